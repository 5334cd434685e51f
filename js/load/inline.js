// @ts-check
/** The core that is text in a script. */

import { fromBase64 } from '../value-base64.js'
import { unavailable } from './connect.js'

/**
 * Gives the options of `open` with the core in them, unless they name another one.
 * @template Options
 * @param {Options} options What is no object is given as it is: `open` refuses it in its own words.
 * @param {string} text The core as base64.
 * @returns {Options}
 */
export function withCore(options, text) {
  if (typeof options !== 'object' || options === null || Object(options).wasm !== undefined) return options
  const wasm = fromBase64(text)
  if (wasm === undefined) throw unavailable('the core in the script is damaged: install the package again')
  return { ...options, wasm }
}
