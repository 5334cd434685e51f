// @ts-check
/**
 * The storage of mini-programs whose calls are named and shaped as WeChat's: `wx`, `tt`, `qq`, `swan`,
 * `ks`, and the wrappers of frameworks. Every write is through. The words of refusals are in mini-faults.js,
 * what such places tell of their lives in mini-life.js; what makes one differ from another is given.
 */

import { defineHost } from './define-host.js'
import { networkByRequest } from './http-wx.js'
import { fault } from './host.js'
import { checkGlobal, entropyOf, roomOf } from './mini-facts.js'
import { faultOf, isMissing } from './mini-faults.js'
import { filesOfWx } from './mini-files.js'
import { listenTo } from './mini-life.js'

/** @import { Data, Host } from './host.js' */
/** @import { Facts, Mini } from './mini-facts.js' */

/**
 * @template {boolean} [Deferred=false]
 * @typedef {object} MiniOptions
 * @property {Deferred} [deferred] True: over the asynchronous calls, which do not stop the page while
 *   they last. Default false.
 */

/** Whose storage is open: two writers on one of them would know nothing of each other. */
const taken = /** @type {WeakSet<object>} */ (new WeakSet())

/**
 * Makes a host on the global of a mini-program. Nothing is touched before it is opened; then a second one on
 * the same global is BUSY. Plain values of the default namespace lie there as the place itself keeps them,
 * and `''` counts as missing. Keys of others are neither listed nor cleared.
 * @template {boolean} [Deferred=false]
 * @param {Mini} mini
 * @param {Facts} facts
 * @param {MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 */
export function miniStorage(mini, facts, options) {
  const isDeferred = options !== undefined && options.deferred === true
  checkGlobal(mini, facts.global, isDeferred)
  /** @type {Partial<Host<any>>} */
  const shared = {
    name: facts.name,
    holds: 'native',
    exclusive: facts.exclusive !== false,
    limits: facts.limits,
    foreignPrefixes: facts.foreignPrefixes.slice(),
    entropy: entropyOf(mini),
    listen: listenTo(mini),
    // A plugin has none of these: what is stored there is found by its key only.
    lists: typeof mini[isDeferred ? 'getStorageInfo' : 'getStorageInfoSync'] === 'function',
    network: networkByRequest(mini),
    files: filesOfWx(mini),
    open() {
      if (taken.has(mini)) {
        throw fault('BUSY', `the storage of this \`${facts.global}\` is open already; close it first`)
      }
      taken.add(mini)
    },
    close() { taken.delete(mini) }
  }
  const verbs = isDeferred ? deferredVerbs(mini, facts) : immediateVerbs(mini, facts)
  return defineHost(/** @type {any} */ (Object.assign(shared, verbs)))
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
    immediate: true,
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
    immediate: false,
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
