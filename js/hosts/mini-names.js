// @ts-check
/**
 * What the file of a record is called in a mini-program: the key as file-names.js writes it, with the sign
 * `_`, for of `%` nobody knows what becomes of it in paths that look like URLs. No file is touched here.
 *
 *     user/42      user_2f42.record
 *     a key above 128 characters of name:   its first 64 _n its checksum, and a number .record
 */

import { ESCAPED_LENGTH_MAX, PREFIX_LENGTH, SUFFIX, escapeKey, keyOfEscaped } from './file-names.js'
import { hashOf } from './hash.js'

const SIGN = '_'

/**
 * @param {string} key
 * @param {(name: string) => boolean} isOfAnother Whether another key has this name already.
 * @returns {string}
 */
export function nameOfKey(key, isOfAnother) {
  const escaped = escapeKey(key, SIGN)
  if (escaped.length <= ESCAPED_LENGTH_MAX) return escaped + SUFFIX
  // No escape begins with `_n`.
  const stem = `${escaped.slice(0, PREFIX_LENGTH)}_n${hashOf(key)}`
  let number = 0
  while (isOfAnother(`${stem}${number}${SUFFIX}`)) number += 1
  return `${stem}${number}${SUFFIX}`
}

/**
 * The key in a name; `undefined` for a name that is not ours, and for a long one.
 * @param {string} name
 * @returns {string | undefined}
 */
export function keyOfName(name) {
  return name.endsWith(SUFFIX) ? keyOfEscaped(name.slice(0, -SUFFIX.length), SIGN) : undefined
}

/**
 * Whether the key of this name is to be found only in its file.
 * @param {string} name
 */
export function isLongName(name) {
  return /_n[0-9a-f]{16}\d+\.record$/.test(name)
}
