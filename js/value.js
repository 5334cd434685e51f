// @ts-check
/**
 * The value codec: a JavaScript value as text, and back. What comes back equals what went in, or
 * `encode` refuses it. Here live the two doors, the forms, the limits and the grammar; what is read
 * from a value lies in value-write.js, what is made from text in value-read.js.
 *
 * Form 0, JSON: the text is JSON, and `JSON.parse` alone gives the value back. No string on
 * its own, no lone surrogate anywhere, no own key `__proto__`.
 * Form 1, TAGGED: the text is JSON of the grammar below.
 * Form 2, STRING: the text is the value, a non-empty string without lone surrogates.
 *
 * ```text
 * node      = null | true | false | number | string      themselves
 *           | [ node, ... ]                              a dense array                            *
 *           | { key: node, ... }                         a plain object, unless its only key is ~ *
 *           | { "~": tag }                               everything else
 * props     = { key: node, ... }                         always plain properties, whatever the keys
 *
 * tag       = "undefined" | "NaN" | "-0" | "Infinity" | "-Infinity"
 *           | ["BigInt", hex]                            "ff", "-1a": lower case, no leading zero
 *           | ordinal                                    the object with this number, once more
 *           | ["Object", props]                          a plain object whose only key is ~       *
 *           | ["null", props]                            an object without a prototype            *
 *           | ["Array", length, props]                   an array with holes or named properties  *
 *           | ["Date", ms | null]                        null: an invalid date                    *
 *           | ["RegExp", source, flags, node]            the node is lastIndex                    *
 *           | ["Map", node, node, ...]                   key, value, key, value                   *
 *           | ["Set", node, ...]                                                                  *
 *           | ["Error", class, props, props]             first those of name, message, stack, cause,
 *                                                        errors that no listing shows, then the rest *
 *           | ["ArrayBuffer", base64]                    RFC 4648 section 4, padded               *
 *           | [view, node]                               a view of the whole ArrayBuffer of the node *
 *           | [view, node, offset, length]               of a part: from a byte, so many elements *
 * class     = "Error" | "EvalError" | "RangeError" | "ReferenceError" | "SyntaxError" | "TypeError"
 *           | "URIError" | "AggregateError"
 * view      = "DataView" | "Int8Array" | "Uint8Array" | "Uint8ClampedArray" | "Int16Array"
 *           | "Uint16Array" | "Int32Array" | "Uint32Array" | "Float16Array" | "Float32Array"
 *           | "Float64Array" | "BigInt64Array" | "BigUint64Array"
 * ```
 * Each line with a star makes an object, and objects are numbered from 0 in the order in which they
 * begin in the text. Lone surrogates are written as \uXXXX, so the text is always well-formed.
 */

import { StorageError } from './errors.js'
import { tooLarge } from './value-path.js'
import { read } from './value-read.js'
import { isWellFormed } from './value-text.js'
import { TEXT_CHARS_MAX, write } from './value-write.js'

/** Plain JSON that holds the value exactly. */
export const JSON_FORM = 0
/** The tagged text of the grammar above, for what JSON cannot hold. */
export const TAGGED_FORM = 1
/** The text itself is the value. */
export const STRING_FORM = 2

/**
 * A value as text.
 * @typedef {object} Encoded
 * @property {number} form One of JSON_FORM, TAGGED_FORM and STRING_FORM.
 * @property {string} text Never empty, and free of lone surrogates.
 */

/**
 * Writes a value as text, so that `decode` returns an equal one.
 *
 * Getters are called once and Proxies are stored as what they show. An object with `toJSON` (other
 * than a Date) is stored as what that returns. Values of another realm come back as ours. What no
 * listing shows is not part of a value: properties that are not enumerable, accessors as such,
 * whether an object is frozen.
 * @param {unknown} value
 * @returns {Encoded}
 * @throws {StorageError} INVALID_VALUE, with the path of what cannot come back as it is;
 *   VALUE_TOO_LARGE above the limits of value-write.js
 */
export function encode(value) {
  if (typeof value === 'string' && value !== '' && isWellFormed(value)) {
    if (value.length > TEXT_CHARS_MAX) throw tooLarge()
    return { form: STRING_FORM, text: value }
  }
  const { text, exact } = write(value)
  // What a toJSON returned may be a string, too.
  if (exact && text[0] === '"') return { form: STRING_FORM, text: JSON.parse(text) }
  return { form: exact ? JSON_FORM : TAGGED_FORM, text }
}

/**
 * Makes the value that a text stands for.
 * @param {number} form
 * @param {string} text
 * @returns {any}
 * @throws {StorageError} CORRUPT if the text is not one that `encode` writes; UNSUPPORTED if this
 *   engine lacks a class that the value needs
 */
export function decode(form, text) {
  if (typeof text !== 'string') throw new StorageError('CORRUPT', 'the stored value is not a text')
  if (form === STRING_FORM) return text
  if (form !== JSON_FORM && form !== TAGGED_FORM) {
    throw new StorageError('CORRUPT', 'the stored value has an unknown form')
  }
  let parsed
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new StorageError('CORRUPT', 'the stored value is not readable as JSON', { cause })
  }
  return form === JSON_FORM ? parsed : read(parsed)
}
