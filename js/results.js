// @ts-check
/**
 * What comes out of a finished operation of the core, made into what users see. The functions that
 * take an operation run while it is alive, and read registers only; `valueOf` decodes, and may
 * fail, so it runs afterwards.
 */

import { StorageError } from './errors.js'
import { keysFrom } from './ask.js'
import { decode } from './value.js'
import { namespaceOf } from './watch.js'
import { KIND, NO_TTL } from './door.js'

/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./session.js').Space} Space */

/**
 * A value as the core holds it; version 0 is a native value, which has none.
 * @typedef {{ form: number, text: string, version: number }} Held
 */

/**
 * What is known of a stored value. Of one that the host holds natively (`native: true`), which has
 * no place for more, only the size is known.
 * @typedef {object} Meta
 * @property {number} size What the record takes, in bytes, without its key.
 * @property {boolean} native Whether the host holds the value as itself.
 * @property {number} [createdAt] When the key was first set, in milliseconds.
 * @property {number} [updatedAt] When it was last set.
 * @property {number} [expiresAt] When it will be gone; missing if it lives for ever.
 * @property {number} [version] Changes with every write, and never comes back; see `ifVersion`.
 * @property {boolean} [encrypted]
 * @property {boolean} [compressed]
 */

/**
 * What the storage holds, as `wx.getStorageInfo` tells it, and in bytes. What the host cannot tell
 * is undefined.
 * @typedef {object} Info
 * @property {string[]} keys The keys of this namespace.
 * @property {number | undefined} currentSize The room taken by the whole store, in KB (1,024
 *   bytes), rounded up.
 * @property {number | undefined} limitSize The room there is, in KB.
 * @property {number | undefined} usedBytes The room taken by the whole store.
 * @property {number | undefined} limitBytes The room there is.
 * @property {number | undefined} entryLimitBytes What the host takes in one record; larger values
 *   are split.
 * @property {boolean} [isPersisted] Whether the browser has promised to keep the data when room runs
 *   short; only where it tells.
 */

/**
 * @param {Space} space
 * @param {string} key
 * @param {Held} held
 */
export function valueOf(space, key, { form, text }) {
  try {
    return decode(form, text)
  } catch (cause) {
    // A value whose class this engine lacks is UNSUPPORTED: it is whole, and another engine reads it.
    const code = StorageError.is(cause) ? cause.code : 'CORRUPT'
    const message = cause instanceof Error ? cause.message : 'the stored value cannot be read'
    throw new StorageError(code, message, { key, namespace: namespaceOf(space.path), cause })
  }
}

/**
 * @param {Operation} operation
 * @param {number} index
 * @returns {Held | undefined}
 */
function heldAt(operation, index) {
  const form = operation.kind(index)
  if (form === KIND.MISSING) return undefined
  return { form, text: operation.text(index), version: operation.number(index) }
}

/** @param {Operation} operation */
export function heldFirst(operation) {
  return heldAt(operation, 0)
}

/** @param {Operation} operation */
export function heldAll(operation) {
  const { count } = operation
  const all = []
  for (let index = 0; index < count; index += 1) all.push(heldAt(operation, index))
  return all
}

/**
 * @param {Operation} operation
 * @returns {Meta | undefined}
 */
export function metaOf(operation) {
  if (operation.kind(0) === KIND.MISSING) return undefined
  const size = operation.number(0)
  if (operation.number(7) === 1) return { size, native: true }
  const expiresAt = operation.number(3)
  return {
    size,
    native: false,
    createdAt: operation.number(1),
    updatedAt: operation.number(2),
    expiresAt: expiresAt === NO_TTL ? undefined : expiresAt,
    version: operation.number(4),
    encrypted: operation.number(5) === 1,
    compressed: operation.number(6) === 1,
  }
}

/** @param {Operation} operation */
export function keysOf(operation) {
  return keysFrom(operation, 0)
}

/**
 * @param {Operation} operation
 * @returns {{ key: string, held: Held | undefined }[]}
 */
export function heldPairs(operation) {
  return heldAll(operation).map((held, index) => ({ key: operation.key(index), held }))
}

/**
 * @param {Operation} operation
 * @returns {Info}
 */
export function infoOf(operation) {
  const usedBytes = knownNumber(operation, 0)
  const limitBytes = knownNumber(operation, 1)
  return {
    keys: keysOf(operation),
    currentSize: usedBytes === undefined ? undefined : Math.ceil(usedBytes / 1024),
    limitSize: limitBytes === undefined ? undefined : Math.floor(limitBytes / 1024),
    usedBytes,
    limitBytes,
    entryLimitBytes: knownNumber(operation, 2),
  }
}

/** @param {Operation} operation */
export function isYes(operation) {
  return operation.number(0) === 1
}

/** @param {Operation} operation */
export function firstNumber(operation) {
  return operation.number(0)
}

/**
 * @param {Operation} operation
 * @param {number} index
 */
function knownNumber(operation, index) {
  const number = operation.number(index)
  return number < 0 ? undefined : number
}

/** The result of a verb that has none. */
export function nothing() {}
