// @ts-check
/**
 * The entry `ministash/inline`: `ministash` with the core inside the script, a third larger than as a
 * file. For bundlers that bring no file along (esbuild, rollup), and for programs that are one file.
 */

import { CORE } from './core/core_inline.js'
import { StorageError } from './errors.js'
import { open as openBeside } from './open.js'
import { fromBase64 } from './value-base64.js'

export * from './index.js'

/**
 * Opens the store of a host, as the `open` of `ministash` does; the option `wasm` is the core in the script
 * if it is not given.
 * @template {boolean} [Immediate=true]
 * @param {import('./open.js').OpenOptions<Immediate>} [options]
 * @returns {Promise<import('./stash.js').Stash<Immediate>>} Rejects as the other `open` does.
 * @example
 * import { open } from 'ministash/inline'
 * const stash = await open()
 */
export async function open(options = {}) {
  // What is no object, `openBeside` refuses in its own words.
  const isOpen = typeof options === 'object' && options !== null && options.wasm === undefined
  return openBeside(isOpen ? { ...options, wasm: core() } : options)
}

function core() {
  const bytes = fromBase64(CORE)
  if (bytes === undefined) {
    throw new StorageError('CORE_UNAVAILABLE', 'the core in the script is damaged: install the package again')
  }
  return bytes
}
