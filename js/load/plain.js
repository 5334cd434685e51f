// @ts-check
/**
 * The core in plain JavaScript, and when it is taken. It is made of the same WebAssembly and stores the same
 * bytes; it is larger and slower. Where its script lies, each loader knows.
 */

import { connectCore, unavailable } from './connect.js'

/** @typedef {import('./connect.js').GeneratedGlue} GeneratedGlue */
/** @typedef {import('./source.js').Choice} Choice */
/** @typedef {import('./source.js').CoreSource} CoreSource */
/** @typedef {import('./source.js').PlainCore} PlainCore */
/** @typedef {import('../session.js').Instance} Instance */

/**
 * How a place has the cores.
 * @typedef {object} Ways
 * @property {() => boolean} hasWebAssembly
 * @property {(source?: CoreSource) => Promise<Instance>} load Loads the core in WebAssembly.
 * @property {() => Promise<GeneratedGlue>} glue
 * @property {() => Promise<PlainCore>} findPlain
 */

/**
 * Makes a loader that takes the core in plain JavaScript where the other one cannot be had. Why it could not,
 * the console is told in a line, unless it is that there is no WebAssembly: nobody could mend that.
 * @param {Ways} ways
 * @returns {(source?: CoreSource, choice?: Choice) => Promise<Instance>}
 */
export function withPlain({ hasWebAssembly, load, glue, findPlain }) {
  const loadPlain = async (/** @type {Choice} */ { plain }) =>
    startPlain(await glue(), plain === undefined ? await findPlain() : plain)
  return async (source, choice = {}) => {
    const { fallback = 'auto' } = choice
    if (fallback === 'always') return loadPlain(choice)
    try {
      return await load(source)
    } catch (cause) {
      if (fallback === 'never') throw cause
      const instance = await loadPlain(choice).catch(error => { throw joined(cause, error) })
      if (hasWebAssembly()) warn(cause)
      return instance
    }
  }
}

/**
 * Starts the core in plain JavaScript.
 * @param {GeneratedGlue} glue
 * @param {PlainCore} plain
 * @returns {Instance}
 */
function startPlain(glue, plain) {
  /** @type {any} */
  let exports
  try {
    // The buffer of its memory is replaced by a larger one as it grows: then the glue has to look anew.
    exports = plain(glue, () => glue.__wbg_set_wasm(exports))
  } catch (cause) {
    throw unavailable('the core in plain JavaScript is damaged: install the package again', cause)
  }
  if (typeof exports !== 'object' || exports === null) {
    throw unavailable('this is not the core in plain JavaScript: give `plain` what ministash/plain exports')
  }
  const instance = connectCore(glue, exports)
  instance.isPlain = true
  return instance
}

/** @param {any} first @param {any} second */
function joined(first, second) {
  return unavailable(`${first.message}; nor is there one in plain JavaScript: ${second.message}`, first.cause)
}

/** @param {any} error */
function warn(error) {
  const { cause } = error
  const why = cause && cause.message ? `${error.message} (${cause.message})` : error.message
  const line = `ministash: the core runs in plain JavaScript, which is slower: ${why}`.replace(/\s+/g, ' ')
  if (typeof console !== 'undefined') console.warn(line)
}
