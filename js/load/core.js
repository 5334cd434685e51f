// @ts-check
/**
 * What every way of loading the core ends with: the module is instantiated and connected with its
 * glue. Where the bytes come from, each loader knows. Nothing else of the shell names WebAssembly.
 */

import { StorageError } from '../errors.js'
import { Instance } from '../session.js'

/**
 * Where the core lies, or its bytes.
 * @typedef {string | URL | BufferSource} CoreSource
 */

/** @typedef {import('../door.js').Glue} Glue */
/** @typedef {Pick<typeof import('../core/core_bg.js'), 'Core' | 'Batch' | '__wbg_set_wasm'>} GeneratedGlue */

/** How engines say that a content security policy forbids to compile. */
const FORBIDDEN = /content security policy|unsafe-eval|disallowed by embedder|blocked by csp/i

/** @returns {Promise<GeneratedGlue>} */
export async function importGlue() {
  if (typeof WebAssembly === 'undefined') {
    throw unavailable('this JavaScript engine has no WebAssembly: use one that has it')
  }
  try {
    return await import('../core/core_bg.js')
  } catch (cause) {
    throw unavailable('the core is not built: run `npm run build`, or install the package again', cause)
  }
}

/**
 * Makes an instance of the core and connects the generated glue with it; the glue holds one only.
 * @param {GeneratedGlue} glue
 * @param {BufferSource | Response} source A response is compiled while it arrives.
 * @returns {Promise<Instance>}
 */
export async function startCore(glue, source) {
  let exports
  try {
    const imports = /** @type {any} */ ({ './core_bg.js': glue })
    const started = 'headers' in source ? WebAssembly.instantiateStreaming(source, imports)
      : WebAssembly.instantiate(source, imports)
    exports = (await started).instance.exports
  } catch (cause) {
    throw unavailable(FORBIDDEN.test(String(cause))
      ? "the content security policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
      : 'the core is damaged or of another version: install the package again', cause)
  }
  // A whole module that is another one would look like a panic at its first call.
  if (!('core_new' in exports)) throw unavailable('this WebAssembly module is not the core: check `wasm`')
  glue.__wbg_set_wasm(exports)
  const start = exports.__wbindgen_start
  if (typeof start === 'function') start()
  const { Core, Batch } = glue
  const disarm = () => glue.__wbg_set_wasm(inert(exports))
  // The generated class takes only the batches it made itself, which is what it will get.
  return new Instance(/** @type {Glue} */ (/** @type {unknown} */ ({ Core, Batch, disarm })))
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
