// @ts-check
/**
 * The host on WeChat's storage: `wx` and whatever has the same calls. Every write is through. The words
 * of refusals are in wechat-faults.js; what is known of `wx`, its limits and its readings in wechat-facts.js;
 * what it tells of the life of the mini-program in wechat-life.js.
 */

import { defineHost } from './define-host.js'
import { networkByRequest } from './http-wx.js'
import { fault } from './host.js'
import { FOREIGN_PREFIXES, LIMITS, checkWx, entropyOf, roomOf } from './wechat-facts.js'
import { faultOf, isMissing } from './wechat-faults.js'
import { filesOfWx } from './wechat-files.js'
import { listenTo } from './wechat-life.js'

/** @import { Data, Host } from './host.js' */
/** @import { Wx } from './wechat-facts.js' */

/**
 * @template {boolean} [Deferred=false]
 * @typedef {object} WechatOptions
 * @property {Deferred} [deferred] True: over the asynchronous calls, which do not stop the page while
 *   they last. Default false.
 */

/** Whose storage is open: two writers on one `wx` would know nothing of each other. */
const taken = /** @type {WeakSet<object>} */ (new WeakSet())

/**
 * Makes a host on `wx`. Nothing is touched before it is opened; then a second one on the same `wx` is BUSY.
 * Plain values of the default namespace lie there as WeChat itself keeps them, and `''` counts as missing.
 * Keys of others are neither listed nor cleared. In a plugin, where WeChat gives no random numbers, `open`
 * needs `entropy`, and what has to list the keys is UNSUPPORTED.
 * @template {boolean} [Deferred=false]
 * @param {Wx} wx
 * @param {WechatOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: wechat(wx) })
 */
export function wechat(wx, options) {
  const isDeferred = options !== undefined && options.deferred === true
  checkWx(wx, isDeferred)
  /** @type {Partial<Host<any>>} */
  const shared = {
    name: 'wechat',
    holds: 'native',
    exclusive: true,
    limits: LIMITS,
    foreignPrefixes: FOREIGN_PREFIXES.slice(),
    entropy: entropyOf(wx),
    listen: listenTo(wx),
    // A plugin has none of these: what is stored there is found by its key only.
    lists: typeof wx[isDeferred ? 'getStorageInfo' : 'getStorageInfoSync'] === 'function',
    network: networkByRequest(wx),
    files: filesOfWx(wx),
    open() {
      if (taken.has(wx)) throw fault('BUSY', 'the storage of this `wx` is open already; close it first')
      taken.add(wx)
    },
    close() { taken.delete(wx) }
  }
  const verbs = isDeferred ? deferredVerbs(wx) : immediateVerbs(wx)
  return defineHost(/** @type {any} */ (Object.assign(shared, verbs)))
}

/** @type {(wx: Wx) => Partial<Host<true>>} */
function immediateVerbs(wx) {
  /** @type {<T>(act: () => T) => T} */
  const ask = act => {
    try {
      return act()
    } catch (refusal) {
      throw faultOf(refusal)
    }
  }
  const info = () => ask(() => wx.getStorageInfoSync())
  return {
    immediate: true,
    read(key) {
      try {
        return held(wx.getStorageSync(key))
      } catch (refusal) {
        if (isMissing(refusal)) return undefined
        throw faultOf(refusal)
      }
    },
    write: (key, data) => ask(() => wx.setStorageSync(key, data)),
    remove: key => ask(() => wx.removeStorageSync(key)),
    list: prefix => info().keys.filter((/** @type {string} */ key) => key.startsWith(prefix)),
    info: typeof wx.getStorageInfoSync === 'function' ? () => roomOf(info()) : undefined,
    readMany: typeof wx.batchGetStorageSync === 'function'
      ? keys => ask(() => wx.batchGetStorageSync(keys)).map(held) : undefined,
    writeMany: typeof wx.batchSetStorageSync === 'function'
      ? entries => ask(() => wx.batchSetStorageSync(entries.map(pairOf))) : undefined
  }
}

/** @type {(wx: Wx) => Partial<Host<false>>} */
function deferredVerbs(wx) {
  // Old base libraries return no Promise, and others none where a callback is given: only callbacks count.
  /** @type {(name: string, args: object) => Promise<any>} */
  const call = (name, args) => new Promise((resolve, reject) => {
    wx[name](Object.assign({}, args, { success: resolve, fail: reject }))
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
    info: typeof wx.getStorageInfo === 'function' ? () => ask('getStorageInfo', {}).then(roomOf) : undefined,
    // Where the answer lies is not documented; where it is not there each key is asked for by itself.
    readMany: typeof wx.batchGetStorage === 'function'
      ? keyList => ask('batchGetStorage', { keyList }).then(({ dataList }) =>
        Array.isArray(dataList) ? dataList.map(held) : Promise.all(keyList.map(read))) : undefined,
    writeMany: typeof wx.batchSetStorage === 'function'
      ? entries => ask('batchSetStorage', { kvList: entries.map(pairOf) }).then(nothing) : undefined
  }
}

/**
 * A missing key, an empty text and what WeChat could not store all read as `''`.
 * @type {(data: any) => any}
 */
const held = data => data === '' ? undefined : data

/** @type {(entry: [key: string, data: Data]) => { key: string, value: Data }} */
const pairOf = ([key, value]) => ({ key, value })
