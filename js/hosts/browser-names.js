// @ts-check
/**
 * What the file of a record is called in a browser, and its first line: as in the folder of the host of Node
 * (node-names.js), by what browsers have. No file is touched here.
 */

import { ESCAPED_LENGTH_MAX, PREFIX_LENGTH, SUFFIX, escapeKey, keyOfEscaped } from './file-names.js'

const SIGN = '%'

/**
 * The first line of the file of a key.
 * @param {string} key
 */
export function lineOf(key) {
  return `${JSON.stringify(key)}\n`
}

/**
 * @param {string} key
 * @returns {Promise<string>}
 */
export async function nameOfKey(key) {
  const escaped = escapeKey(key, SIGN)
  if (escaped.length <= ESCAPED_LENGTH_MAX) return escaped + SUFFIX
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lineOf(key))))
  const digits = Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')
  return `${escaped.slice(0, PREFIX_LENGTH)}~${digits}${SUFFIX}`
}

/**
 * The key of a name; `undefined` for one that is not ours.
 * @param {string} name
 * @param {() => Promise<string>} beginning Reads the beginning of the file, where a long name does not tell.
 * @returns {Promise<string | undefined>}
 */
export async function keyOfName(name, beginning) {
  if (!name.endsWith(SUFFIX)) return undefined
  if (!name.includes('~')) return keyOfEscaped(name.slice(0, -SUFFIX.length), SIGN)
  const text = await beginning()
  try {
    const key = JSON.parse(text.slice(0, text.indexOf('\n')))
    return typeof key === 'string' && await nameOfKey(key) === name ? key : undefined
  } catch {
    return undefined
  }
}
