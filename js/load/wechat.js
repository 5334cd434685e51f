// @ts-check
/**
 * Loads the core in a mini-program of WeChat, whose WebAssembly is called WXWebAssembly and takes the
 * path of a file in the code package: never bytes, a URL or a file that was downloaded.
 */

import * as glue from '../core/core_bg.js'
import { connectCore, unavailable } from './connect.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * Where WeChat's npm build puts the files of this package, from the root of the code package. Either file
 * will do, so that a mini-program may leave the other one out; the compressed one is for base library
 * 2.14.0 and later.
 */
const PLACES = Object.freeze(['core.wasm', 'core.wasm.br'].map(name => `miniprogram_npm/ministash/${name}`))

/**
 * Loads the core anew.
 * @param {CoreSource} [source] The path of `core.wasm` or `core.wasm.br`; where the npm build puts it if
 *   not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(source) {
  const places = source === undefined ? PLACES : [pathOf(source)]
  const platform = wxWebAssembly()
  /** @type {unknown} */
  let first
  for (const place of places) {
    let exports
    try {
      // The typings say that it resolves to the instance, most clients to an object that holds it.
      const made = await platform.instantiate(place, { './core_bg.js': glue })
      exports = (made.instance || made).exports
    } catch (cause) {
      first = first || cause
      continue
    }
    return connectCore(glue, exports)
  }
  throw unavailable(`WeChat could not load ${places.join(' or ')}: build npm in the developer tools, `
    + 'or say in `wasm` where the file lies in the code package', first)
}

/** @type {(source: CoreSource) => string} */
function pathOf(source) {
  if (typeof source === 'string') return source
  throw unavailable('WeChat loads the core from the code package only: give its path as `wasm`')
}

/** @returns {{ instantiate(path: string, imports: object): Promise<any> }} */
function wxWebAssembly() {
  /* global WXWebAssembly -- of mini-programs */
  // @ts-ignore -- a global of mini-programs, which has types in their projects only
  const platform = typeof WXWebAssembly === 'undefined' ? undefined : WXWebAssembly
  if (platform && typeof platform.instantiate === 'function') return platform
  throw unavailable('this WeChat has no WXWebAssembly: it needs base library 2.13.0 or later, '
    + 'in a plugin 2.18.1')
}
