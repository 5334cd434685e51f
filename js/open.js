// @ts-check
/** The `open` of the front door: the whole core, and every feature. */

import { features } from './features.js'
import { loadCore } from './load/load.js'
import { openWith } from './open-with.js'

/**
 * How to open a store; nothing is required.
 * @template {boolean} [Immediate=boolean]
 * @typedef {object} OpenOptions
 * @property {import('./hosts/host.js').Host<Immediate>} [host] What a host function returns, or
 *   an object of your own. Without it the environment is looked at: see `detect`.
 * @property {import('./load/source.js').CoreSource} [wasm] Where the core lies, or its bytes, if it
 *   is not at its default place. A process loads it once, so only the first `open` looks at it.
 * @property {'auto' | 'never' | 'always'} [fallback] When to use the core in plain JavaScript, which stores
 *   the same bytes and is slower. 'auto', the default: where WebAssembly is missing, forbidden or fails to
 *   load; why it failed, the console is told in a line. 'never': that is CORE_UNAVAILABLE. 'always': without
 *   trying. Only the first `open` of a process looks at it, as at `wasm`.
 * @property {import('./load/source.js').PlainCore} [plain] The core in plain JavaScript, `plain` of
 *   `ministash/plain`. Mini-programs have to give it, elsewhere it is found in the package.
 * @property {import('./http-options.js').HttpOptions} [http] How `stash.http` caches.
 * @property {import('./secure-verbs.js').Secret} [secret] Unlocks the encrypted storage: 32 bytes, or a
 *   passphrase; may come later, too: `stash.secure.unlock`.
 * @property {import('./upload-options.js').UploadOptions} [uploads] How `stash.uploads` uploads; without it
 *   there is no queue.
 * @property {import('./sync-options.js').SyncOptions} [sync] How `stash.sync` synchronises; without it there
 *   is none.
 * @property {() => number} [clock] The time in milliseconds; `Date.now` if not given.
 * @property {() => Uint8Array | Promise<Uint8Array>} [entropy] 32 bytes or more from a secure
 *   source; the host's own if not given. Asked once.
 * @property {import('./cache-options.js').CacheOptions} [cache] How `stash.cache` behaves.
 * @property {import('./watch.js').ListenerErrorReport} [onListenerError] Hears what listeners
 *   throw; the console if not given.
 */

/**
 * Opens the store of a host: finishes what a killed process left half done, and tells whether the
 * host has wiped it.
 * @template {boolean} [Immediate=true]
 * @param {OpenOptions<Immediate>} [options]
 * @returns {Promise<import('./stash.js').Stash<Immediate> & import('./features.js').Members>} Rejects with a
 *   `StorageError`: INVALID_OPTION, BUSY if another process holds the store, CORE_UNAVAILABLE, or what the
 *   host refuses.
 * @example
 * const stash = await open()
 * stash.storage.setSync('user', { name: 'John' }, { ttl: '1d' })
 * await stash.close()
 */
export function open(options) {
  return /** @type {Promise<any>} */ (openWith(loadCore, options, features()))
}
