// @ts-check
/**
 * Data of a host of texts or values, as bytes for a host of bytes. What has no checksum of its own gets one,
 * so that a torn file is never taken for a value. Nothing is stored here.
 *
 *     e  an envelope, which has a checksum
 *     t  16 digits of a checksum, and a text
 *     j  16 digits of a checksum, and JSON
 */

import { hashOf } from './hash.js'

/** @import { Data } from './host.js' */

/** How an envelope begins. By itself it is a damaged one, which the core tells as CORRUPT. */
const ENVELOPE = '~ms~'
const HASH_LENGTH = 16
/** What is added to the data, at most. */
export const PACKED_BYTES_MORE = 1 + HASH_LENGTH

/**
 * The data as text, however they are packed.
 * @param {Data} data
 * @returns {string}
 */
export function textOf(data) {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

/**
 * @param {Data} data
 * @returns {Uint8Array}
 */
export function pack(data) {
  const text = textOf(data)
  const isEnvelope = data === text && text.startsWith(ENVELOPE)
  const head = isEnvelope ? 'e' : (data === text ? 't' : 'j') + hashOf(text)
  return new TextEncoder().encode(head + text)
}

/**
 * @param {Uint8Array} bytes
 * @returns {Data} The beginning of an envelope, and no more, if they are damaged.
 */
export function unpack(bytes) {
  const packed = new TextDecoder().decode(bytes)
  if (packed.startsWith(`e${ENVELOPE}`)) return packed.slice(1)
  const text = packed.slice(PACKED_BYTES_MORE)
  const isWhole = packed.slice(1, PACKED_BYTES_MORE) === hashOf(text)
  if (!isWhole || (packed[0] !== 't' && packed[0] !== 'j')) return ENVELOPE
  return packed[0] === 't' ? text : JSON.parse(text)
}
