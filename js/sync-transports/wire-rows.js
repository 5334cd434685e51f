// @ts-check
/**
 * What a row of a sync server may be, and the words in which one that is none is refused. A row is taken
 * whole or refused whole.
 */

import { StorageError } from '../errors.js'
import { kindOf } from '../checks.js'
import { utf8Length } from '../utf8-length.js'
import { isWellFormed } from '../value-text.js'

/** @import { WireRow, WireValue } from './transport.js' */

/** The longest key, in bytes of UTF-8. */
const KEY_BYTES_MAX = 512
const STAMP = /^[0-9a-f]{16}$/i
/** The stamp of a row that is not there. */
export const NO_STAMP = '0000000000000000'

/**
 * @param {any} row
 * @param {string} where
 * @param {0 | 1} versionMin 0 where it may be a row that is not there.
 * @returns {WireRow}
 */
export function rowOf(row, where, versionMin) {
  check(isObject(row), where, 'an object', row)
  const { version, by, deleted } = row
  const key = checkRowKey(row.key, `${where}.key`)
  const isVersion = isWholeIn(version, versionMin, Infinity)
  check(isVersion, `${where}.version`, `a whole number from ${versionMin}`, version)
  checkText(by, `${where}.by`)
  check(deleted === undefined || typeof deleted === 'boolean', `${where}.deleted`, 'a boolean', deleted)
  const value = valueOf(row, where, deleted ? 0 : 1)
  const isOdd = deleted ? Object.keys(value).length > 0 : version === 0
  if (isOdd) throw breach(where, 'a deleted row without a value, or a row with one', 'both')
  const hlc = version === 0 && row.hlc === undefined ? NO_STAMP : stampOf(row.hlc, where)
  return { key, version, hlc, ...(by === undefined ? {} : { by }), ...(deleted ? { deleted } : value) }
}

/**
 * The value of a row or a result, in whichever of its three forms.
 * @param {any} given
 * @param {string} where
 * @param {0 | 1} least How many there must be.
 * @returns {WireValue}
 */
export function valueOf(given, where, least) {
  const forms = ['value', 'encoded', 'sealed'].filter(name => given[name] !== undefined)
  const isRight = forms.length >= least && forms.length <= 1
  const got = forms.length === 0 ? 'none' : forms.length
  if (!isRight) throw breach(where, 'one of value, encoded and sealed', got)
  const { value, encoded, sealed } = given
  if (value !== undefined) return { value }
  if (encoded !== undefined) {
    const isPair = Array.isArray(encoded) && encoded.length === 2 && isWholeIn(encoded[0], 0, Infinity)
      && typeof encoded[1] === 'string'
    check(isPair, `${where}.encoded`, '[form, text]', encoded)
    return { encoded: [encoded[0], encoded[1]] }
  }
  if (sealed === undefined) return {}
  checkText(sealed, `${where}.sealed`)
  return { sealed }
}

/**
 * Stamps are compared as text, so all of them are written alike.
 * @param {unknown} hlc
 * @param {string} where
 */
export function stampOf(hlc, where) {
  check(typeof hlc === 'string' && STAMP.test(hlc), `${where}.hlc`, '16 hexadecimal digits', hlc)
  return /** @type {string} */ (hlc).toLowerCase()
}

/**
 * Refuses what cannot be a key.
 * @param {unknown} key
 * @param {string} where
 * @returns {string}
 */
export function checkRowKey(key, where) {
  const isKey = typeof key === 'string' && key !== '' && isWellFormed(key) && !key.includes('\u0000')
    && utf8Length(key) <= KEY_BYTES_MAX
  check(isKey, where, `text without NUL of 1 to ${KEY_BYTES_MAX} bytes`, key)
  return /** @type {string} */ (key)
}

/**
 * The error of an answer that is not what the protocol says. It may be mended, or come from a portal that
 * answers in the place of the server: asking again later is right, taking a part of it is not.
 * @param {string} where
 * @param {string} expected
 * @param {string | number} got
 */
export function breach(where, expected, got) {
  return new StorageError('HTTP_STATUS',
    `the server does not speak the protocol: expected ${expected} as ${where}, got ${got}`,
    { retryable: true })
}

/**
 * @param {boolean} isRight
 * @param {string} where
 * @param {string} expected
 * @param {unknown} got
 */
export function check(isRight, where, expected, got) {
  if (!isRight) throw breach(where, expected, kindOf(got))
}

/** @param {unknown} text @param {string} where */
export function checkText(text, where) {
  check(text === undefined || typeof text === 'string', where, 'text', text)
}

/** @param {any} number @param {number} least @param {number} most */
export function isWholeIn(number, least, most) {
  return Number.isSafeInteger(number) && number >= least && number <= most
}

/** @param {unknown} given */
export function isObject(given) {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}
