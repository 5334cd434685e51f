// @ts-check
/**
 * The entry `ministash/storage/inline`: `ministash/storage` with its core inside the script, as
 * `ministash/inline` has the whole one.
 */

import { CORE } from './core/storage_inline.js'
import { withCore } from './load/inline.js'
import { open as openBeside } from './open-storage.js'

export * from './storage.js'

/**
 * Opens the store of a host, as the `open` of `ministash/storage` does; the option `wasm` is the core in the
 * script if it is not given.
 * @template {boolean} [Immediate=true]
 * @param {import('./open-storage.js').StorageOpenOptions<Immediate>} [options]
 * @returns {ReturnType<typeof openBeside<Immediate>>} Rejects as the other `open` does.
 * @example
 * import { open } from 'ministash/storage/inline'
 * const stash = await open()
 */
export async function open(options = {}) {
  return openBeside(withCore(options, CORE))
}
