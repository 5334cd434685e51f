// A `wx` that is fast, counts its calls, and charges each the price of the bridge. It does with values what
// the base library of WeChat does: JSON text in, JSON text out. The faithful double lies in
// tests/js/doubles; it is too thorough to be measured against.
// @ts-check
import { webcrypto } from 'node:crypto'
import { processorNs } from './kit.js'

/**
 * @param {number} bridgeMs What a call costs, spent by waiting busily: a call across a bridge blocks.
 */
export function simulatedWx(bridgeMs) {
  /** @type {Map<string, string>} */
  const records = new Map()
  const state = { calls: 0 }
  const cross = () => {
    state.calls += 1
    if (bridgeMs === 0) return
    const end = processorNs() + bridgeMs * 1e6
    while (processorNs() < end);
  }
  const held = (/** @type {string} */ key) => decode(records.get(key))
  return {
    state,
    wx: {
      /** @param {string} key */
      getStorageSync(key) {
        cross()
        return held(key)
      },
      /** @param {string} key @param {any} value */
      setStorageSync(key, value) {
        cross()
        records.set(key, encode(value))
      },
      /** @param {string} key */
      removeStorageSync(key) {
        cross()
        records.delete(key)
      },
      getStorageInfoSync() {
        cross()
        return { keys: [...records.keys()], currentSize: 1, limitSize: 10240 }
      },
      /** @param {string[]} keys */
      batchGetStorageSync(keys) {
        cross()
        return keys.map(held)
      },
      /** @param {{ key: string, value: any }[]} list */
      batchSetStorageSync(list) {
        cross()
        for (const { key, value } of list) records.set(key, encode(value))
      },
      /** @param {{ length: number, success: (told: { randomValues: ArrayBuffer }) => void }} args */
      getRandomValues({ length, success }) {
        const { buffer } = webcrypto.getRandomValues(new Uint8Array(length))
        setImmediate(() => success({ randomValues: buffer }))
      },
    },
  }
}

/** A letter for the type before the text, as WeChat keeps a type beside it. @param {any} value */
function encode(value) {
  return typeof value === 'string' ? `s${value}` : `j${JSON.stringify(value)}`
}

/** @param {string | undefined} text */
function decode(text) {
  if (text === undefined) return ''
  return text[0] === 's' ? text.slice(1) : JSON.parse(text.slice(1))
}
