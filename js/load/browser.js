// @ts-check
/**
 * Loads the core in browsers and their workers, from ES modules as they are and from bundles.
 */

import { unavailable } from './connect.js'
import { importGlue, startCore } from './core.js'
import { isPlace, textOf } from './source.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/** Where whoever bundles without a rule for `new URL` puts the files: beside the bundle. */
const BESIDE = './core_bg.wasm'
const PLAIN_BESIDE = './core_plain.js'

/**
 * Loads the core anew.
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(source) {
  const glue = await importGlue()
  if (source === undefined) return startCore(glue, await fetchDefault())
  return startCore(glue, isPlace(source) ? await fetchCore(textOf(source)) : source)
}

/**
 * Imports the core in plain JavaScript.
 * @returns {Promise<import('./source.js').PlainCore>}
 */
export async function findPlain() {
  const here = import.meta.url
  // By its place and not by its name: bundlers without chunks would put it into the bundle.
  const wanted = here ? [new URL('../core/core_plain.js', import.meta.url), new URL(PLAIN_BESIDE, here)]
    : [new URL(PLAIN_BESIDE, page())]
  let first
  for (const place of wanted) {
    try {
      return (await import(/* webpackIgnore: true */ /* @vite-ignore */ place.href)).plain
    } catch (error) {
      first ??= error
    }
  }
  throw unavailable(`core_plain.js is not at ${wanted[0]}: put it there, or give open({ plain }) what `
    + 'ministash/plain exports', first)
}

async function fetchDefault() {
  let first
  for (const place of places()) {
    try {
      return await fetchCore(place)
    } catch (error) {
      first ??= error
    }
  }
  throw first
}

/** @returns {URL[]} */
function places() {
  const here = import.meta.url
  if (!here) return [new URL(BESIDE, page())]
  // Written out in one piece: it is what webpack and Vite look for to bring the file along. The other one is
  // not, or they would look for that, too.
  return [new URL('../core/core_bg.wasm', import.meta.url), new URL(BESIDE, here)]
}

function page() {
  /* global document, location -- of pages; a worker has no document */
  // A bundle that is no module has no URL of its own: the page is what it lies beside, most often.
  return typeof document === 'object' ? document.baseURI : location.href
}

/**
 * @param {string | URL} place
 * @returns {Promise<BufferSource | Response>}
 */
async function fetchCore(place) {
  let response
  try {
    response = await fetch(place)
  } catch (cause) {
    throw unavailable(`the core cannot be fetched from ${place}: check the connection and connect-src`, cause)
  }
  const type = response.headers.get('content-type') ?? ''
  // Servers of single-page applications answer with their page what they do not have.
  if (!response.ok || type.startsWith('text/html')) {
    throw unavailable(`core_bg.wasm is not at ${place} (HTTP ${response.status}, ${type}): `
      + 'put it there, or say where it lies in `wasm`')
  }
  const canStream = type.startsWith('application/wasm') && 'instantiateStreaming' in WebAssembly
  try {
    return canStream ? response : await response.arrayBuffer()
  } catch (cause) {
    throw unavailable(`the core cannot be fetched from ${place}: check the connection`, cause)
  }
}
