// @ts-check
/**
 * What the file of a record is called, and what is in it.
 *
 * Names are those of file-names.js, with the sign `%`, as long as they are short enough. No file is touched
 * here.
 *
 *     user/42      user%2f42.record
 *     a key above 128 characters of name:   its first 64 ~ the SHA-256 of all of it .record
 */

import { ESCAPED_LENGTH_MAX, PREFIX_LENGTH, SUFFIX, escapeKey, keyOfEscaped } from './file-names.js'
import { fault } from './host.js'
import { recordBytes } from './ledger.js'
import { builtin } from './node-steps.js'

/** @import { Data } from './host.js' */
/** @typedef {{ key: string, name: string, content: Uint8Array, bytes: number }} NewRecord */

const SIGN = '%'
const NEWLINE = 0x0a

/**
 * The name of the file that holds this key: never the same for two keys, not even to a disk that
 * ignores case, and at most 143 characters, all ASCII.
 * @param {string} key
 * @returns {string}
 */
export function nameOfKey(key) {
  const escaped = escapeKey(key, SIGN)
  if (escaped.length <= ESCAPED_LENGTH_MAX) return escaped + SUFFIX
  const hash = builtin('node:crypto').createHash('sha256').update(headerOfKey(key)).digest('hex')
  // `~` is never in an escaped key, so a hashed name cannot be the plain name of another key.
  return `${escaped.slice(0, PREFIX_LENGTH)}~${hash}${SUFFIX}`
}

/**
 * The key in a plain name; `undefined` for a hashed name, whose key is in its file, and for a name
 * that is not ours.
 * @param {string} name
 * @returns {string | undefined}
 */
export function keyOfName(name) {
  if (!name.endsWith(SUFFIX)) return undefined
  const key = keyOfEscaped(name.slice(0, -SUFFIX.length), SIGN)
  return key !== undefined && nameOfKey(key) === name ? key : undefined
}

/**
 * Whether the key of this name is to be found only in the first line of its file.
 * @param {string} name
 * @returns {boolean}
 */
export function isHashedName(name) {
  return /^[a-z0-9_.%-]+~[0-9a-f]{64}\.record$/.test(name)
}

/**
 * A record ready to be written: the key as one line of JSON, for hashed names and for whoever has to
 * rescue data by hand, and then a copy of the data as they are.
 * @type {(entry: [key: string, data: Data]) => NewRecord}
 */
export function newRecord([key, data]) {
  if (!(data instanceof Uint8Array)) throw fault('HOST_FAILED', `this host holds bytes, not ${typeof data}`)
  const content = Buffer.concat([Buffer.from(headerOfKey(key)), data])
  return { key, name: nameOfKey(key), content, bytes: recordBytes(key, data) }
}

/**
 * The record in a file's content. Nothing is verified: of a file without a first line all is
 * returned, and the core, which knows its records by checksum, finds the damage.
 * @param {Uint8Array} content
 * @returns {Uint8Array}
 */
export function dataOf(content) {
  // A copy of its own: what Node reads may lie in a pool that other buffers share.
  return new Uint8Array(content.subarray(content.indexOf(NEWLINE) + 1))
}

/**
 * The key in the first line of a file that has this hashed name; `undefined` if the line is damaged
 * or belongs to another name.
 * @param {string} name
 * @param {Uint8Array} beginning
 * @returns {string | undefined}
 */
export function keyOfBeginning(name, beginning) {
  try {
    const line = Buffer.from(beginning.subarray(0, beginning.indexOf(NEWLINE)))
    const key = JSON.parse(line.toString('utf8'))
    return typeof key === 'string' && nameOfKey(key) === name ? key : undefined
  } catch {
    return undefined
  }
}

/**
 * The first line of the file of this key.
 * @param {string} key
 * @returns {string}
 */
export function headerOfKey(key) {
  return `${JSON.stringify(key)}\n`
}
