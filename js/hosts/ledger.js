// @ts-check
/**
 * What the records of a host take, and whether more may come: for hosts that count for themselves.
 * A replaced record is charged its growth only. Nothing is stored here.
 */

import { utf8Length } from '../utf8-length.js'
import { fault } from './host.js'

/** @import { Limits } from './host.js' */

/**
 * @typedef {object} Ledger
 * @property {() => number} usedBytes What all records take.
 * @property {(sizes: Iterable<[key: string, bytes: number]>) => void} admit Throws the fault if these
 *   records, each key once, would not fit together; changes nothing.
 * @property {(key: string, bytes: number) => void} admitOne The same for one record.
 * @property {(key: string, bytes: number) => void} note Counts what a record takes from now on; a
 *   removed one takes 0.
 * @property {() => void} clear Counts from nothing.
 */

/** @type {(limits: Limits) => Ledger} */
export function makeLedger({ entryBytes, totalBytes }) {
  const sizes = /** @type {Map<string, number>} */ (new Map())
  let used = 0
  /** @type {(key: string, bytes: number) => number} */
  const growthOf = (key, bytes) => {
    if (entryBytes !== undefined && bytes > entryBytes) {
      throw fault('VALUE_TOO_LARGE', `a record of ${bytes} bytes is above the limit of ${entryBytes}`)
    }
    return bytes - (sizes.get(key) ?? 0)
  }
  /** @type {(growth: number) => void} */
  const grow = growth => {
    if (totalBytes !== undefined && growth > 0 && used + growth > totalBytes) {
      throw fault('QUOTA_EXCEEDED', `${used} of ${totalBytes} bytes are taken, ${growth} more are needed`)
    }
  }
  return {
    usedBytes: () => used,
    admit(news) {
      let growth = 0
      for (const [key, bytes] of news) growth += growthOf(key, bytes)
      grow(growth)
    },
    admitOne: (key, bytes) => grow(growthOf(key, bytes)),
    note(key, bytes) {
      used += bytes - (sizes.get(key) ?? 0)
      if (bytes === 0) sizes.delete(key)
      else sizes.set(key, bytes)
    },
    clear() {
      used = 0
      sizes.clear()
    }
  }
}

/**
 * How many bytes a record takes as UTF-8, its key included.
 * @param {string} key
 * @param {string | Uint8Array} data
 */
export function recordBytes(key, data) {
  return utf8Length(key) + (typeof data === 'string' ? utf8Length(data) : data.length)
}
