// @ts-check
/**
 * What every host on a mini-program's storage has besides its verbs: what it may hold, its chance, its life,
 * its network and files, and that only one at a time is open.
 */

import { defineHost } from './define-host.js'
import { networkByRequest } from './http-wx.js'
import { fault } from './host.js'
import { checkGlobal, entropyOf } from './mini-facts.js'
import { filesOfWx } from './mini-files.js'
import { listenTo } from './mini-life.js'

/** @import { Host } from './host.js' */
/** @import { Facts, Mini } from './mini-facts.js' */

/**
 * @template {boolean} [Deferred=false]
 * @typedef {object} MiniOptions
 * @property {Deferred} [deferred] True: over the asynchronous calls, which do not stop the page while
 *   they last. Default false.
 */

const IMMEDIATE = ['getStorageSync', 'setStorageSync', 'removeStorageSync']
const DEFERRED = ['getStorage', 'setStorage', 'removeStorage']

/** Whose stores are open, by what they are called: two writers would know nothing of each other. */
const taken = /** @type {WeakMap<object, Set<string>>} */ (new WeakMap())

/**
 * Makes a host on the global of a mini-program. Nothing is touched before it is opened; then a second one on
 * the same global is BUSY. Plain values of the default namespace lie there as the place itself keeps them,
 * and `''` counts as missing. Keys of others are neither listed nor cleared.
 * @template {boolean} [Deferred=false]
 * @param {Mini} mini
 * @param {Facts} facts
 * @param {MiniOptions<Deferred> | undefined} options
 * @param {(isDeferred: boolean) => Partial<Host<any>>} verbsOf Called when the global is known to have what
 *   is needed.
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 */
export function miniHost(mini, facts, options, verbsOf) {
  const isDeferred = options !== undefined && options.deferred === true
  checkGlobal(mini, facts.global, isDeferred ? DEFERRED : IMMEDIATE)
  /** @type {Partial<Host<any>>} */
  const shared = {
    ...membersOf(mini, facts),
    name: facts.name,
    immediate: !isDeferred,
    holds: 'native',
    exclusive: facts.exclusive !== false,
    limits: facts.limits,
    foreignPrefixes: facts.foreignPrefixes.slice(),
    // A plugin has none of these: what is stored there is found by its key only.
    lists: typeof mini[isDeferred ? 'getStorageInfo' : 'getStorageInfoSync'] === 'function',
    open: () => take(mini, 'storage', facts.global),
    close: () => letGo(mini, 'storage')
  }
  return defineHost(/** @type {any} */ (Object.assign(shared, verbsOf(isDeferred))))
}

/**
 * What a host has of its mini-program, wherever the records lie.
 * @param {Mini} mini
 * @param {Facts} facts
 * @returns {Pick<Host, 'entropy' | 'listen' | 'network' | 'files'>}
 */
export function membersOf(mini, facts) {
  return {
    entropy: entropyOf(mini),
    listen: listenTo(mini),
    network: networkByRequest(mini, facts.words),
    files: filesOfWx(mini)
  }
}

/**
 * Takes a store for one owner; refused as BUSY while it has another one.
 * @param {Mini} mini
 * @param {string} store
 * @param {string} global What the mini-program is called.
 */
export function take(mini, store, global) {
  const stores = taken.get(mini) ?? new Set()
  if (stores.has(store)) throw fault('BUSY', `the ${store} of this \`${global}\` is open already; close it first`)
  taken.set(mini, stores.add(store))
}

/** @param {Mini} mini @param {string} store */
export function letGo(mini, store) {
  taken.get(mini)?.delete(store)
}
