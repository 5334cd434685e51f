// @ts-check
/**
 * The storage of mini-programs whose calls are named and shaped as WeChat's: `wx`, `tt`, `qq`, `swan`,
 * `ks`, and the wrappers of frameworks. Every write is through. The words of refusals are in mini-faults.js;
 * what makes one place differ from another is given.
 */

import { roomOf } from './mini-facts.js'
import { faultOf, isMissing } from './mini-faults.js'
import { miniHost } from './mini-host.js'

/** @import { Data, Host } from './host.js' */
/** @import { Facts, Mini } from './mini-facts.js' */

/**
 * Makes a host on a storage of this shape.
 * @template {boolean} [Deferred=false]
 * @param {Mini} mini
 * @param {Facts} facts
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 */
export function miniStorage(mini, facts, options) {
  return miniHost(mini, facts, options,
    isDeferred => isDeferred ? deferredVerbs(mini, facts) : immediateVerbs(mini, facts))
}

/** @type {(mini: Mini, facts: Facts) => Partial<Host<true>>} */
function immediateVerbs(mini, { limits }) {
  /** @type {<T>(act: () => T) => T} */
  const ask = act => {
    try {
      return act()
    } catch (refusal) {
      throw faultOf(refusal)
    }
  }
  const info = () => ask(() => mini.getStorageInfoSync())
  return {
    read(key) {
      try {
        return held(mini.getStorageSync(key))
      } catch (refusal) {
        if (isMissing(refusal)) return undefined
        throw faultOf(refusal)
      }
    },
    write: (key, data) => ask(() => mini.setStorageSync(key, data)),
    remove: key => ask(() => mini.removeStorageSync(key)),
    list: prefix => info().keys.filter((/** @type {string} */ key) => key.startsWith(prefix)),
    info: typeof mini.getStorageInfoSync === 'function' ? () => roomOf(info(), limits) : undefined,
    readMany: typeof mini.batchGetStorageSync === 'function'
      ? keys => ask(() => mini.batchGetStorageSync(keys)).map(held) : undefined,
    writeMany: typeof mini.batchSetStorageSync === 'function'
      ? entries => ask(() => mini.batchSetStorageSync(entries.map(pairOf))) : undefined
  }
}

/** @type {(mini: Mini, facts: Facts) => Partial<Host<false>>} */
function deferredVerbs(mini, { limits }) {
  // Old base libraries return no Promise, and others none where a callback is given: only callbacks count.
  /** @type {(name: string, args: object) => Promise<any>} */
  const call = (name, args) => new Promise((resolve, reject) => {
    mini[name](Object.assign({}, args, { success: resolve, fail: reject }))
  })
  /** @type {(name: string, args: object) => Promise<any>} */
  const ask = (name, args) => call(name, args).then(undefined, refusal => { throw faultOf(refusal) })
  /** @type {(key: string) => Promise<Data | undefined>} */
  const read = key => call('getStorage', { key }).then(({ data }) => held(data), refusal => {
    if (isMissing(refusal)) return undefined
    throw faultOf(refusal)
  })
  const nothing = () => undefined
  return {
    read,
    write: (key, data) => ask('setStorage', { key, data }).then(nothing),
    remove: key => ask('removeStorage', { key }).then(nothing),
    list: prefix => ask('getStorageInfo', {}).then(told =>
      told.keys.filter((/** @type {string} */ key) => key.startsWith(prefix))),
    info: typeof mini.getStorageInfo === 'function'
      ? () => ask('getStorageInfo', {}).then(told => roomOf(told, limits)) : undefined,
    // Where the answer lies is not documented; where it is not there each key is asked for by itself.
    readMany: typeof mini.batchGetStorage === 'function'
      ? keyList => ask('batchGetStorage', { keyList }).then(({ dataList }) =>
        Array.isArray(dataList) ? dataList.map(held) : Promise.all(keyList.map(read))) : undefined,
    writeMany: typeof mini.batchSetStorage === 'function'
      ? entries => ask('batchSetStorage', { kvList: entries.map(pairOf) }).then(nothing) : undefined
  }
}

/**
 * A missing key, an empty text and what the place could not store all read as `''`.
 * @type {(data: any) => any}
 */
const held = data => data === '' ? undefined : data

/** @type {(entry: [key: string, data: Data]) => { key: string, value: Data }} */
const pairOf = ([key, value]) => ({ key, value })
