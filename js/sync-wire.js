// @ts-check
/**
 * Values between the store, where they are text, and the wire, where they are JSON: the other way round and
 * back. What JSON cannot hold goes as the store has it.
 */

import { KIND } from './door.js'
import { StorageError } from './errors.js'
import { decode, encode, JSON_FORM, STRING_FORM, TAGGED_FORM } from './value.js'

/** @typedef {import('./begin.js').Encoded} Encoded */
/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./sync-transports/transport.js').WireValue} WireValue */

/**
 * A stored value on the wire.
 * @param {Encoded} stored
 * @returns {WireValue}
 */
export function toWire({ form, text }) {
  if (form === STRING_FORM) return { value: text }
  return form === JSON_FORM ? { value: JSON.parse(text) } : { encoded: [form, text] }
}

/**
 * A value of the wire as it is stored; CORRUPT or INVALID_VALUE for what cannot be, SECRET_MISSING for a
 * sealed one.
 * @param {WireValue} wire
 * @returns {Encoded}
 */
export function fromWire({ value, encoded, sealed }) {
  if (sealed !== undefined) {
    throw new StorageError('SECRET_MISSING', 'the values of this account are sealed: '
      + 'open with sync: { encrypt: true }, and unlock with its passphrase')
  }
  if (encoded === undefined) return encode(value)
  const [form, text] = encoded
  // A server may send anything; what cannot be read is not stored.
  if (form !== TAGGED_FORM || typeof text !== 'string') throw wrong()
  decode(form, text)
  return { form, text }
}

/**
 * Pushes a value of the wire, or that there is none.
 * @param {Operation} operation
 * @param {Encoded | undefined} stored
 */
export function pushValue(operation, stored) {
  if (stored) operation.push(stored.form, stored.text)
  else operation.pushMissing()
}

/**
 * Reads a value of a result.
 * @param {Operation} operation
 * @param {number} index
 * @returns {Encoded | undefined}
 */
export function readValue(operation, index) {
  const form = operation.kind(index)
  return form === KIND.MISSING ? undefined : { form, text: operation.text(index) }
}

/**
 * Whether two values are the same, as they are stored.
 * @param {unknown} a
 * @param {unknown} b
 */
export function isSame(a, b) {
  if (a === undefined || b === undefined) return a === b
  const [one, other] = [encode(a), encode(b)]
  return one.form === other.form && one.text === other.text
}

/** @param {Encoded | undefined} stored */
export const valueOf = stored => stored && decode(stored.form, stored.text)

function wrong() {
  return new StorageError('CORRUPT', 'the server sent a value that cannot be read')
}
