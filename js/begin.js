// @ts-check
/**
 * The beginnings of operations: the arguments of verbs, pushed in the order in which
 * `src/wasm/verb.rs` reads them. They are checked already.
 */

import { ANY_VERSION, KIND, OVERWRITE } from './door.js'

/** @typedef {import('./door.js').Core} Core */
/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {{ form: number, text: string }} Encoded */

/** The bounds of a listing, in the order of the door. */
const BOUNDS = Object.freeze(/** @type {const} */ (['prefix', 'gt', 'gte', 'lt', 'lte']))

/**
 * Begins a verb that is about keys.
 * @param {Core} core
 * @param {number} verb
 * @param {string} path
 * @param {number} now
 * @param {string[]} keys
 */
export function beginWithKeys(core, verb, path, now, keys) {
  const operation = core.begin(verb, path, now)
  for (const key of keys) operation.push(KIND.TEXT, key)
  return operation
}

/**
 * Begins a listing.
 * @param {Core} core
 * @param {number} verb
 * @param {string} path
 * @param {number} now
 * @param {Range} range
 */
export function beginListing(core, verb, path, now, range) {
  const operation = core.begin(verb, path, now)
  for (const name of BOUNDS) {
    const bound = range[name]
    if (bound === undefined) operation.pushMissing()
    else operation.push(KIND.TEXT, bound)
  }
  operation.pushNumber(range.limit ?? -1)
  operation.pushNumber(range.reverse ? 1 : 0)
  return operation
}

/**
 * Adds a put to a commit.
 * @param {Operation} operation
 * @param {string} key
 * @param {Encoded} value
 * @param {import('./checks.js').Put} options
 * @param {number} version The version that must be there: 0 for nothing.
 * @param {Encoded} [content] The native value that must be there.
 */
export function pushPut(operation, key, value, options, version = ANY_VERSION, content) {
  operation.push(KIND.TEXT, key)
  operation.push(value.form, value.text)
  if (content) operation.push(content.form, content.text)
  else operation.pushMissing()
  operation.pushNumber(options.ttl)
  operation.pushNumber(options.compression + (options.overwrite ? OVERWRITE : 0))
  operation.pushNumber(version)
}

/**
 * Adds a remove to a commit.
 * @param {Operation} operation
 * @param {string} key
 */
export function pushRemove(operation, key) {
  operation.push(KIND.TEXT, key)
  operation.pushMissing()
  operation.pushMissing()
  operation.pushNumber(0)
  operation.pushNumber(0)
  operation.pushNumber(ANY_VERSION)
}
