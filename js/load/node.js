// @ts-check
/**
 * Loads the core in Node, from ES modules, from CommonJS, and from a bundle.
 */

import { builtin } from '../hosts/node-steps.js'
import { unavailable } from './connect.js'
import { hasWebAssembly, importGlue, startCore } from './core.js'
import { isPlace, textOf } from './source.js'

/** @typedef {import('./core.js').CoreFiles} CoreFiles */
/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/** Seen from this file, and from a bundle that lies beside this folder, or beside the core itself. */
const FOLDERS = Object.freeze(['../core/', '../js/core/', './'])

/** The smallest module that makes a vector of 128 bits: `i32.const 0; i8x16.splat; drop`. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
])

/**
 * Loads a core anew.
 * @param {CoreFiles} files
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(files, source) {
  const bytes = source === undefined ? await readDefault(files) : await bytesOf(source)
  return startCore(await importGlue(files), bytes)
}

/**
 * Finds the core in plain JavaScript, in the same places.
 * @param {CoreFiles} files
 * @returns {Promise<import('./source.js').PlainCore>}
 */
export async function findPlain({ plain: name }) {
  const found = placesOf([name]).find(place => builtin('node:fs').existsSync(place))
  if (found === undefined) throw unavailable(`${name} is missing: install the package again`)
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ found.href)).plain
}

/**
 * Where files of the core may lie.
 * @param {string[]} names The one to be preferred comes first.
 */
function placesOf(names) {
  /* global __filename -- of CommonJS */
  // A bundle in CommonJS has no `import.meta.url`, but it has the name of its file.
  const here = import.meta.url ?? builtin('node:url').pathToFileURL(__filename).href
  const beside = names.flatMap(name => FOLDERS.map(folder => new URL(folder + name, here)))
  return [...beside, ...installed(here, names)]
}

/** @param {CoreFiles} files */
async function readDefault({ small, fast }) {
  const isFast = hasWebAssembly() && WebAssembly.validate(SIMD_PROBE)
  for (const place of placesOf(isFast ? [fast, small] : [small])) {
    try {
      return await readFile(place)
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'ENOENT') throw unreadable(error)
    }
  }
  throw unavailable(`${small} is missing: install the package again, or say where it lies in \`wasm\``)
}

/**
 * The core of the installed package: a bundle that lies elsewhere finds it as long as the package is there.
 * @param {string} here
 * @param {string[]} names
 * @returns {URL[]}
 */
function installed(here, names) {
  try {
    const manifest = builtin('node:module').createRequire(here).resolve('ministash/package.json')
    const folder = new URL('./js/core/', builtin('node:url').pathToFileURL(manifest))
    return names.map(name => new URL(name, folder))
  } catch {
    return []
  }
}

/** @param {CoreSource} source */
async function bytesOf(source) {
  if (!isPlace(source)) return source
  const place = textOf(source)
  try {
    return await readFile(place.startsWith('file:') ? new URL(place) : place)
  } catch (cause) {
    throw unreadable(cause)
  }
}

/** @param {string | URL} place */
function readFile(place) {
  return builtin('node:fs').promises.readFile(place)
}

/** @param {unknown} cause */
function unreadable(cause) {
  return unavailable('the file of the core cannot be read: check its path and its permissions', cause)
}
