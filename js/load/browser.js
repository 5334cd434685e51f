// @ts-check
/**
 * Loads the core in browsers and their workers, from ES modules as they are and from bundles.
 */

import { unavailable } from './connect.js'
import { importGlue, startCore } from './core.js'
import { isPlace, textOf } from './source.js'

/** @typedef {import('./core.js').CoreFiles} CoreFiles */
/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * Loads a core anew.
 * @param {CoreFiles} files
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(files, source) {
  const glue = await importGlue(files)
  if (source === undefined) return startCore(glue, await fetchDefault(files))
  return startCore(glue, isPlace(source) ? await fetchCore(files, textOf(source)) : source)
}

/**
 * Imports the core in plain JavaScript.
 * @param {CoreFiles} files
 * @returns {Promise<import('./source.js').PlainCore>}
 */
export async function findPlain({ plain: name, plainUrl }) {
  const wanted = places(plainUrl, name)
  let first
  for (const place of wanted) {
    try {
      // By its place and not by its name: bundlers without chunks would put it into the bundle.
      return (await import(/* webpackIgnore: true */ /* @vite-ignore */ place.href)).plain
    } catch (error) {
      first ??= error
    }
  }
  throw unavailable(`${name} is not at ${wanted[0]}: put it there, or give it as open({ plain })`, first)
}

/** @param {CoreFiles} files */
async function fetchDefault(files) {
  let first
  for (const place of places(files.url, files.small)) {
    try {
      return await fetchCore(files, place)
    } catch (error) {
      first ??= error
    }
  }
  throw first
}

/**
 * Its own place first; whoever bundles without a rule for `new URL` puts the file beside the bundle.
 * @param {() => URL} own
 * @param {string} name
 * @returns {URL[]}
 */
function places(own, name) {
  const here = import.meta.url
  return here ? [own(), new URL(name, here)] : [new URL(name, page())]
}

function page() {
  /* global document, location -- of pages; a worker has no document */
  // A bundle that is no module has no URL of its own: the page is what it lies beside, most often.
  return typeof document === 'object' ? document.baseURI : location.href
}

/**
 * @param {CoreFiles} files
 * @param {string | URL} place
 * @returns {Promise<BufferSource | Response>}
 */
async function fetchCore({ small }, place) {
  let response
  try {
    response = await fetch(place)
  } catch (cause) {
    throw unavailable(`the core cannot be fetched from ${place}: check the connection and connect-src`, cause)
  }
  const type = response.headers.get('content-type') ?? ''
  // Servers of single-page applications answer with their page what they do not have.
  if (!response.ok || type.startsWith('text/html')) {
    throw unavailable(`${small} is not at ${place} (HTTP ${response.status}, ${type}): `
      + 'put it there, or say where it lies in `wasm`')
  }
  const canStream = type.startsWith('application/wasm') && 'instantiateStreaming' in WebAssembly
  try {
    return canStream ? response : await response.arrayBuffer()
  } catch (cause) {
    throw unavailable(`the core cannot be fetched from ${place}: check the connection`, cause)
  }
}
