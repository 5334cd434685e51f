// @ts-check
/**
 * Loads the core in Node, from ES modules, from CommonJS, and from a bundle. Nothing else of the
 * shell names WebAssembly. A process has one core, which all its stashes use: the generated glue
 * can hold only one.
 */

import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

import { StorageError } from '../errors.js'
import { Instance } from '../session.js'

/**
 * Where the core lies, or its bytes.
 * @typedef {string | URL | BufferSource} CoreSource
 */

/** @typedef {import('../door.js').Glue} Glue */
/** @typedef {Pick<typeof import('../core/core_bg.js'), 'Core' | 'Batch' | '__wbg_set_wasm'>} GeneratedGlue */

/** Seen from this file, and from a bundle that lies beside this folder, or beside the core itself. */
const PLACES = Object.freeze(['../core/core_bg.wasm', '../js/core/core_bg.wasm', './core_bg.wasm'])

/** @type {Promise<Instance> | undefined} */
let loading

/**
 * Loads the core; what was loaded first serves the whole process.
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE, and may then be called again.
 */
export function loadCore(source) {
  loading ??= load(source).catch(error => {
    loading = undefined
    throw error
  })
  return loading
}

/**
 * @param {CoreSource} [source]
 * @returns {Promise<Instance>}
 */
async function load(source) {
  if (typeof WebAssembly === 'undefined') {
    throw unavailable('this JavaScript engine has no WebAssembly: use one that has it')
  }
  const bytes = source === undefined ? await readDefault() : await bytesOf(source)
  return startCore(await importGlue(), bytes)
}

/**
 * Makes an instance of the core and connects the generated glue with it; the glue holds one only.
 * @param {GeneratedGlue} glue
 * @param {BufferSource} bytes
 * @returns {Promise<Instance>}
 */
export async function startCore(glue, bytes) {
  let exports
  try {
    const imports = /** @type {any} */ ({ './core_bg.js': glue })
    exports = (await WebAssembly.instantiate(bytes, imports)).instance.exports
  } catch (cause) {
    throw unavailable('the core is damaged or of another version: install the package again', cause)
  }
  glue.__wbg_set_wasm(exports)
  const start = exports.__wbindgen_start
  if (typeof start === 'function') start()
  const { Core, Batch } = glue
  const disarm = () => glue.__wbg_set_wasm(inert(exports))
  // The generated class takes only the batches it made itself, which is what it will get.
  return new Instance(/** @type {Glue} */ (/** @type {unknown} */ ({ Core, Batch, disarm })))
}

/** @returns {Promise<GeneratedGlue>} */
async function importGlue() {
  try {
    return await import('../core/core_bg.js')
  } catch (cause) {
    throw unavailable('the core is not built: run `npm run build`, or install the package again', cause)
  }
}

async function readDefault() {
  /* global __filename -- of CommonJS */
  // A bundle in CommonJS has no `import.meta.url`, but it has the name of its file.
  const here = import.meta.url ?? pathToFileURL(__filename).href
  for (const place of PLACES) {
    try {
      return await readFile(new URL(place, here))
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'ENOENT') throw unreadable(error)
    }
  }
  throw unavailable('core_bg.wasm is missing: install the package again, or say where it lies in `wasm`')
}

/** @param {CoreSource} source */
async function bytesOf(source) {
  if (typeof source !== 'string' && !(source instanceof URL)) return source
  try {
    return await readFile(typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source)
  } catch (cause) {
    throw unreadable(cause)
  }
}

/** @param {unknown} cause */
function unreadable(cause) {
  return unavailable('the file of the core cannot be read: check its path and its permissions', cause)
}

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
function unavailable(message, cause) {
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
