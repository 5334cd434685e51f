// @ts-check
/**
 * Loading the core where there is standard WebAssembly: the module is instantiated and connected with its
 * glue. Where the bytes come from, each loader knows.
 */

import { connectCore, unavailable } from './connect.js'

/** @typedef {import('./source.js').CoreSource} CoreSource */
/** @typedef {import('./connect.js').GeneratedGlue} GeneratedGlue */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * The files of one core: what each is called, and where it lies seen from this folder. The places are written
 * out in each list of files, `new URL('…', import.meta.url)` in one piece: that is what webpack and Vite look
 * for to bring the file along, and what is not imported must not be brought.
 * @typedef {object} CoreFiles
 * @property {string} small The module compiled for size.
 * @property {string} fast The same compiled for speed, with instructions that some processors lack.
 * @property {string} plain The core in plain JavaScript.
 * @property {() => Promise<GeneratedGlue>} glue
 * @property {() => URL} url Where `small` lies.
 * @property {() => URL} plainUrl
 */

/** How engines say that a content security policy forbids to compile. */
const FORBIDDEN = /content security policy|unsafe-eval|disallowed by embedder|blocked by csp/i

/** Whether this place has a WebAssembly. */
export function hasWebAssembly() {
  return typeof WebAssembly !== 'undefined'
}

/**
 * @param {CoreFiles} files
 * @returns {Promise<GeneratedGlue>}
 */
export async function importGlue(files) {
  try {
    return await files.glue()
  } catch (cause) {
    throw unavailable('the core is not built: run `npm run build`, or install the package again', cause)
  }
}

/**
 * Makes an instance of the core and connects the generated glue with it; the glue holds one only.
 * @param {GeneratedGlue} glue
 * @param {ArrayBuffer | ArrayBufferView | Response} source A response is compiled while it arrives.
 * @returns {Promise<Instance>}
 */
export async function startCore(glue, source) {
  if (!hasWebAssembly()) {
    throw unavailable('this JavaScript engine has no WebAssembly: use one that has it, or, in a mini-program '
      + 'built by another bundler than WeChat\'s, import ministash/miniprogram')
  }
  let exports
  try {
    const imports = /** @type {any} */ ({ './core_bg.js': glue })
    const started = 'headers' in source ? WebAssembly.instantiateStreaming(source, imports)
      : WebAssembly.instantiate(/** @type {BufferSource} */ (source), imports)
    exports = (await started).instance.exports
  } catch (cause) {
    throw unavailable(FORBIDDEN.test(String(cause))
      ? "the content security policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
      : 'the core is damaged or of another version: install the package again', cause)
  }
  return connectCore(glue, exports)
}
