// @ts-check
/**
 * What the file of a record is called, and what is in it.
 *
 * A name must come back as the same key from every disk: one that ignores case, one that normalises
 * Unicode, one that gives `con` or a trailing dot a meaning of its own. So names are made of
 * `a-z 0-9 _ - . %` alone, whatever the key. No file is touched here.
 *
 *     user/42      user%2f42.record
 *     User         %55ser.record
 *     con          %63on.record
 *     a key above 128 characters of name:   its first 64 ~ the SHA-256 of all of it .record
 */

import { fault } from './host.js'
import { recordBytes } from './ledger.js'
import { builtin } from './node-steps.js'

/** @import { Data } from './host.js' */
/** @typedef {{ key: string, name: string, content: Uint8Array, bytes: number }} NewRecord */

// Some encrypting file systems (eCryptfs) leave 143 bytes of the usual 255 to a name.
const ESCAPED_LENGTH_MAX = 128
const PREFIX_LENGTH = 64
// Tells our files from those that systems drop into folders, such as desktop.ini.
const SUFFIX = '.record'
const NEWLINE = 0x0a

/**
 * The name of the file that holds this key: never the same for two keys, not even to a disk that
 * ignores case, and at most 143 characters, all ASCII.
 * @param {string} key
 * @returns {string}
 */
export function nameOfKey(key) {
  const escaped = escape(key)
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
  const escaped = name.slice(0, -SUFFIX.length)
  const key = escaped === '%' ? '' : escaped.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g,
    (_, unit, ascii) => String.fromCharCode(parseInt(unit ?? ascii, 16)))
  return nameOfKey(key) === name ? key : undefined
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

/** @param {string} key */
function escape(key) {
  if (key === '') return '%'
  // UTF-16 units, not UTF-8: shorter for Chinese, and a lone surrogate keeps its own name.
  const escaped = key.replace(/[^a-z0-9_.-]/g, unit => escapeUnit(unit))
  // A leading dot hides a file or means a folder; Windows reserves some names, whatever follows the dot.
  const isSpecial = /^(?:\.|(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))/.test(escaped)
  return isSpecial ? escapeUnit(key.charAt(0)) + escaped.slice(1) : escaped
}

/** @param {string} unit */
function escapeUnit(unit) {
  const code = unit.charCodeAt(0)
  return code < 0x80 ? `%${code.toString(16).padStart(2, '0')}` : `%u${code.toString(16).padStart(4, '0')}`
}
