// @ts-check
/**
 * Loads the core in a mini-program, whose WebAssembly has another name, WXWebAssembly on WeChat and
 * TTWebAssembly on Douyin, and takes the path of a file in the code package: never bytes, a URL or a file
 * that was downloaded.
 */

import * as glue from '../core/core_bg.js'
import { connectCore, unavailable } from './connect.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * Where the npm build of the developer tools puts the files of this package, from the root of the code
 * package. Either file will do, so that a mini-program may leave the other one out; the compressed one is for
 * base library 2.14.0 of WeChat, 2.92.0 of Douyin and later.
 */
const PLACES = Object.freeze(['core.wasm', 'core.wasm.br'].map(name => `miniprogram_npm/ministash/${name}`))

/**
 * Loads the core anew.
 * @param {CoreSource} [source] The path of `core.wasm` or `core.wasm.br`; where the npm build puts it if
 *   not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
export async function load(source) {
  const { platform, root } = miniWebAssembly()
  const places = source === undefined ? PLACES.map(place => root + place) : [pathOf(source)]
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
  throw unavailable(`this mini-program could not load ${places.join(' or ')}: build npm in the developer tools, `
    + 'or say in `wasm` where the file lies in the code package', first)
}

/** @type {(source: CoreSource) => string} */
function pathOf(source) {
  if (typeof source === 'string') return source
  throw unavailable('a mini-program loads the core from its code package only: give its path as `wasm`')
}

/** Whether this place has a WebAssembly. */
export function hasWebAssembly() {
  return findWebAssembly() !== undefined
}

function miniWebAssembly() {
  const found = findWebAssembly()
  if (found) return found
  throw unavailable('this mini-program has no WebAssembly: WeChat has it from base library 2.13.0 on, in a '
    + 'plugin 2.18.1, Douyin from 2.34.0')
}

/**
 * The WebAssembly of this place, and how a path from the root of the code package begins there: Douyin takes
 * every other for one from the folder of the page.
 * @returns {{ platform: { instantiate(path: string, imports: object): Promise<any> }, root: string }
 *   | undefined}
 */
function findWebAssembly() {
  /* global WXWebAssembly, TTWebAssembly -- of mini-programs */
  // @ts-ignore -- globals of mini-programs, which have types in their projects only
  const ofWechat = typeof WXWebAssembly === 'undefined' ? undefined : WXWebAssembly
  // @ts-ignore
  const ofDouyin = typeof TTWebAssembly === 'undefined' ? undefined : TTWebAssembly
  if (isPlatform(ofDouyin)) return { platform: ofDouyin, root: '/' }
  return isPlatform(ofWechat) ? { platform: ofWechat, root: '' } : undefined
}

/** @param {any} found */
function isPlatform(found) {
  return Boolean(found) && typeof found.instantiate === 'function'
}
