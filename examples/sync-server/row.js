// @ts-check
/**
 * A row: how it is read from the database, how it goes over the wire, its bucket and its mark. Its value is
 * JSON text from the push to the pull and is not taken apart on the way.
 */

import { createHash } from 'node:crypto'

/** @typedef {'value' | 'encoded' | 'sealed' | 'deleted'} Form What a row holds; `deleted`: a tombstone. */

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {number} version
 * @property {string} hlc
 * @property {string} by
 * @property {Form} form
 * @property {string | null} body The JSON text of what it holds; null for a tombstone.
 */

/** The columns of a row. */
export const COLUMNS = 'key, version, hlc, by, form, body'

/** A row as the database gives it: the key in bytes. @param {any} record @returns {Row} */
export function rowOf({ key, version, hlc, by, form, body }) {
  return { key: keyOf(key), version, hlc, by, form, body }
}

/** @param {Row} row */
export function rowText({ key, version, hlc, by, form, body }) {
  const made = by === '' ? '' : `"by":${JSON.stringify(by)},`
  return `{"key":${JSON.stringify(key)},"version":${version},"hlc":"${hlc}",${made}${heldText(form, body)}}`
}

/** @param {Form} form @param {string | null} body */
function heldText(form, body) {
  return form === 'deleted' ? '"deleted":true' : `"${form}":${body}`
}

/** How a key is handed to the database. @param {string} key */
export const bytesOf = key => Buffer.from(key)

/** How it comes back. @param {Uint8Array} bytes */
export const keyOf = bytes => Buffer.from(bytes).toString()

/** The first byte of SHA-256 of the key. @param {string} key */
export function bucketOf(key) {
  return createHash('sha256').update(key).digest().readUInt8(0)
}

/** The first 6 bytes of SHA-256 of key, line feed, version. @param {string} key @param {number} version */
export function markOf(key, version) {
  return createHash('sha256').update(`${key}\n${version}`).digest().readUIntBE(0, 6)
}
