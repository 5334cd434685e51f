// @ts-check
/** The `open` of `ministash/storage`: the core with storage alone, and no feature. */

import { loadStorage } from './load/load-storage.js'
import { openWith } from './open-with.js'

/**
 * How to open a store with storage alone: as in `ministash`, without the options of features.
 * @template {boolean} [Immediate=boolean]
 * @typedef {Omit<import('./open.js').OpenOptions<Immediate>,
 *   'secret' | 'cache' | 'http' | 'uploads' | 'sync'>} StorageOpenOptions
 */

/**
 * What `open` of `ministash/storage` gives: a stash without features.
 * @template {boolean} [Immediate=boolean]
 * @typedef {Omit<import('./stash.js').Stash<Immediate>, 'secure' | 'cache' | 'createCache'>} StorageStash
 */

/**
 * Opens the store of a host, as the `open` of `ministash` does. What that one stored is read, but for what is
 * sealed: asked for, it is UNSUPPORTED, and it stays as it is.
 * @template {boolean} [Immediate=true]
 * @param {StorageOpenOptions<Immediate>} [options]
 * @returns {Promise<StorageStash<Immediate>>} Rejects as the other `open` does; with UNSUPPORTED if an option
 *   of a feature is given.
 * @example
 * import { open } from 'ministash/storage'
 * const stash = await open()
 * stash.storage.setSync('user', { name: 'John' }, { ttl: '1d' })
 */
export function open(options) {
  return openWith(loadStorage, options)
}
