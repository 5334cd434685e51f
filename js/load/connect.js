// @ts-check
/**
 * What every way of loading the core ends with: an instance of the module and the generated glue are
 * connected.
 */

import { StorageError } from '../errors.js'
import { Instance } from '../session.js'

/** @typedef {import('../door.js').Glue} Glue */
/** @typedef {typeof import('../core/core_bg.js')} GeneratedGlue */

/**
 * Connects the generated glue with an instance of the core.
 * @param {GeneratedGlue} glue
 * @param {WebAssembly.Exports} exports
 * @returns {Instance}
 */
export function connectCore(glue, exports) {
  // A whole module that is another one would look like a panic at its first call.
  if (!('core_make' in exports)) throw unavailable('this WebAssembly module is not the core: check `wasm`')
  // With the glue of another core a module would run, and spoil its own memory.
  if ('CacheEngine' in glue !== 'cacheengine_new' in exports) {
    throw unavailable('this is the core of another entry: ministash and ministash/storage have one each')
  }
  glue.__wbg_set_wasm(exports)
  const start = exports.__wbindgen_start
  if (typeof start === 'function') start()
  const disarm = () => glue.__wbg_set_wasm(inert(exports))
  return new Instance({ ...glue, disarm })
}

/**
 * The error of a core that cannot be had.
 * @param {string} message
 * @param {unknown} [cause]
 */
export function unavailable(message, cause) {
  return new StorageError('CORE_UNAVAILABLE', message, { cause })
}

/**
 * Functions of the same names that do nothing.
 * @param {WebAssembly.Exports} exports
 * @returns {WebAssembly.Exports}
 */
function inert(exports) {
  return Object.fromEntries(Object.keys(exports).map(name => [name, () => 0]))
}
