// @ts-check
/**
 * The words of a refusal: where in a value something lies, and what it is. Neither ever shows the
 * value itself.
 */

import { StorageError } from './errors.js'

/** The longest path that a message quotes, in characters; the property `path` is whole. */
const PATH_QUOTE_CHARS_MAX = 200

/**
 * A step of a path: a property, an index, a symbol, the two indices of a part of a Map, or nothing.
 * @typedef {string | number | symbol | readonly number[] | undefined} Step
 */

/**
 * @param {any} value
 * @returns {string} What a refused object is: its class, so far as it says.
 */
export function describe(value) {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag === 'Promise') return 'a Promise (await it first)'
  const { constructor } = value
  const name = typeof constructor === 'function' ? constructor.name : ''
  return `an instance of ${typeof name === 'string' && name !== '' ? name : tag}`
}

/**
 * @param {Step[]} steps
 * @returns {string} Such as `$.a.b[3]` or `$["a b"]`; entry 2 of a Map has its key at `[2][0]`.
 */
export function pathOf(steps) {
  let path = '$'
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else if (typeof step === 'symbol') path += `[${String(step)}]`
    else if (typeof step === 'object') path += `[${step.join('][')}]`
    else if (step !== undefined) path += /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  }
  return path
}

/**
 * @param {string} path
 * @returns {string} The path as a message shows it.
 */
export function quoted(path) {
  const half = PATH_QUOTE_CHARS_MAX / 2
  return path.length <= PATH_QUOTE_CHARS_MAX ? path : `${path.slice(0, half)}...${path.slice(-half)}`
}

/** Makes the refusal of a value above the limits. */
export function tooLarge() {
  return new StorageError('VALUE_TOO_LARGE', 'the value is larger than one key can hold: use several keys')
}
