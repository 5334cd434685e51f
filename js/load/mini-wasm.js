// @ts-check
/**
 * Loads the core in a mini-program, whose WebAssembly has another name, WXWebAssembly on WeChat and
 * TTWebAssembly on Douyin, and takes the path of a file in the code package: never bytes, a URL or a file
 * that was downloaded.
 */

import { connectCore, unavailable } from './connect.js'
import { once } from './once.js'
import { withPlain } from './plain.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('./connect.js').GeneratedGlue} GeneratedGlue */
/** @typedef {import('../session.js').Instance} Instance */

/** Where the npm build of the developer tools puts this package, from the root of the code package. */
const PACKAGE = 'miniprogram_npm/ministash/'

/**
 * Makes the loader of a core, which loads it from where the npm build puts it if no path is given; what was
 * loaded first serves the whole mini-program. The core in plain JavaScript has to be given: what is named in
 * a `require`, every mini-program would have to carry.
 * @param {GeneratedGlue} glue
 * @param {readonly string[]} files Of the package: the first that can be had is taken.
 * @param {string} plainEntry What exports this core in plain JavaScript.
 */
export function miniLoaderOf(glue, files, plainEntry) {
  return once(withPlain({
    hasWebAssembly,
    load: source => load(glue, files, source),
    glue: async () => glue,
    findPlain: async () => {
      throw unavailable(`open({ plain }) was not given it: const { plain } = require('${plainEntry}')`)
    },
  }))
}

/**
 * Loads a core anew.
 * @param {GeneratedGlue} glue
 * @param {readonly string[]} files
 * @param {CoreSource} [source] The path of `core.wasm` or `core.wasm.br`.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE.
 */
async function load(glue, files, source) {
  const { platform, root } = miniWebAssembly()
  const places = source === undefined ? files.map(file => root + PACKAGE + file) : [pathOf(source)]
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
function hasWebAssembly() {
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
