// @ts-check
/**
 * Loads the core in Node, from ES modules, from CommonJS, and from a bundle.
 */

import { builtin } from '../hosts/node-steps.js'
import { unavailable } from './connect.js'
import { importGlue, startCore } from './core.js'
import { isPlace, textOf } from './source.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/** Seen from this file, and from a bundle that lies beside this folder, or beside the core itself. */
const PLACES = Object.freeze(['../core/core_bg.wasm', '../js/core/core_bg.wasm', './core_bg.wasm'])

/**
 * Loads the core anew.
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(source) {
  const bytes = source === undefined ? await readDefault() : await bytesOf(source)
  return startCore(await importGlue(), bytes)
}

async function readDefault() {
  /* global __filename -- of CommonJS */
  // A bundle in CommonJS has no `import.meta.url`, but it has the name of its file.
  const here = import.meta.url ?? builtin('node:url').pathToFileURL(__filename).href
  for (const place of [...PLACES.map(path => new URL(path, here)), ...installed(here)]) {
    try {
      return await readFile(place)
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'ENOENT') throw unreadable(error)
    }
  }
  throw unavailable('core_bg.wasm is missing: install the package again, or say where it lies in `wasm`')
}

/**
 * The core of the installed package: a bundle that lies elsewhere finds it as long as the package is there.
 * @param {string} here
 * @returns {URL[]}
 */
function installed(here) {
  try {
    const manifest = builtin('node:module').createRequire(here).resolve('ministash/package.json')
    return [new URL('./js/core/core_bg.wasm', builtin('node:url').pathToFileURL(manifest))]
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
