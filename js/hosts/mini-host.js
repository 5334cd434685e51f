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

/** Whose storage is open: two writers on one of them would know nothing of each other. */
const taken = /** @type {WeakSet<object>} */ (new WeakSet())

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
  checkGlobal(mini, facts.global, isDeferred)
  /** @type {Partial<Host<any>>} */
  const shared = {
    name: facts.name,
    immediate: !isDeferred,
    holds: 'native',
    exclusive: facts.exclusive !== false,
    limits: facts.limits,
    foreignPrefixes: facts.foreignPrefixes.slice(),
    entropy: entropyOf(mini),
    listen: listenTo(mini),
    // A plugin has none of these: what is stored there is found by its key only.
    lists: typeof mini[isDeferred ? 'getStorageInfo' : 'getStorageInfoSync'] === 'function',
    network: networkByRequest(mini, facts.words),
    files: filesOfWx(mini),
    open() {
      if (taken.has(mini)) {
        throw fault('BUSY', `the storage of this \`${facts.global}\` is open already; close it first`)
      }
      taken.add(mini)
    },
    close() { taken.delete(mini) }
  }
  return defineHost(/** @type {any} */ (Object.assign(shared, verbsOf(isDeferred))))
}
