// @ts-check
/**
 * The entry `ministash/inline`: `ministash` with the core inside the script, a third larger than as a
 * file. For bundlers that bring no file along (esbuild, rollup), and for programs that are one file.
 */

import { CORE } from './core/core_inline.js'
import { withCore } from './load/inline.js'
import { open as openBeside } from './open.js'

export * from './index.js'

/**
 * Opens the store of a host, as the `open` of `ministash` does; the option `wasm` is the core in the script
 * if it is not given.
 * @template {boolean} [Immediate=true]
 * @param {import('./open.js').OpenOptions<Immediate>} [options]
 * @returns {ReturnType<typeof openBeside<Immediate>>} Rejects as the other `open` does.
 * @example
 * import { open } from 'ministash/inline'
 * const stash = await open()
 */
export async function open(options = {}) {
  return openBeside(withCore(options, CORE))
}
