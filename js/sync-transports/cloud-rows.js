// @ts-check
/**
 * Rows as documents of WeChat's cloud database, and what becomes of a change: the rules that a server of the
 * sync protocol has, decided by the device, because a database decides nothing. Nothing here asks the cloud.
 */

import { NO_STAMP, breach, rowOf } from './wire-rows.js'

/** @import { WireMutation, WireResult, WireRow, WireValue } from './transport.js' */

/**
 * A row as it lies there. Values are text, because a database changes what it understands: an object is laid
 * over another one, names of fields may hold no dots.
 * @typedef {object} RowDocument
 * @property {string} _id
 * @property {string} key
 * @property {number} version
 * @property {string} hlc
 * @property {string} by The change that made it: the client and the mutation.
 * @property {'value' | 'encoded' | 'sealed' | 'deleted'} form
 * @property {string} text JSON, but for what is sealed.
 * @property {any} changedAt By the server's clock.
 * @property {string[]} seen The last changes that were accepted: the client, the mutation and its version.
 */

/** @typedef {{ form: RowDocument['form'], text: string }} Content */

/**
 * What is to be done with a change: nothing more, or to write a content where the row has a version; 0: where
 * there is none.
 * @typedef {{ result: WireResult } | { base: number, content: Content, merged?: unknown }} Plan
 */

/**
 * @param {WireMutation} mutation
 * @param {string} name Of the change.
 * @param {RowDocument | undefined} held
 * @returns {Plan}
 */
export function planOf(mutation, name, held) {
  const { id, key, type, base, fields } = mutation
  const isDelete = type === 'delete'
  if (!held) {
    if (base === 0 || isDelete) return { base: 0, content: contentOf(mutation) }
    return { result: { id, status: 'conflict', row: { key, version: 0, hlc: NO_STAMP, deleted: true } } }
  }
  const row = rowIn(held)
  const version = versionOf(held, name)
  if (version !== undefined) {
    // What came of it is known only while nobody has changed it since.
    const isMerged = fields !== undefined && version === row.version && row.value !== undefined
    return { result: { id, status: 'accepted', version, ...(isMerged ? { value: row.value } : {}) } }
  }
  if (row.version === base) return { base, content: contentOf(mutation) }
  if (row.deleted && isDelete) return { result: { id, status: 'accepted', version: row.version } }
  if (row.deleted && base === 0) return { base: row.version, content: contentOf(mutation) }
  const merged = mergedOf(mutation, row)
  if (merged === undefined) return { result: { id, status: 'conflict', row } }
  return { base: row.version, content: contentOf({ value: merged }), merged }
}

/**
 * The row that a document is.
 * @param {RowDocument} document
 * @returns {WireRow}
 */
export function rowIn({ key, version, hlc, by, form, text }) {
  const where = 'a document of the collection'
  /** @type {Record<string, unknown>} */
  const row = { key, version, hlc, by }
  if (form === 'deleted') row.deleted = true
  else if (form === 'sealed') row.sealed = text
  else if (form === 'value' || form === 'encoded') row[form] = parsed(text, where)
  return rowOf(row, where, 1)
}

/**
 * @param {WireValue & { type?: string }} given
 * @returns {Content}
 */
export function contentOf({ type, value, encoded, sealed }) {
  if (type === 'delete') return { form: 'deleted', text: '' }
  if (sealed !== undefined) return { form: 'sealed', text: sealed }
  return encoded === undefined ? { form: 'value', text: JSON.stringify(value) }
    : { form: 'encoded', text: JSON.stringify(encoded) }
}

/**
 * How a change is noted in `seen`.
 * @param {string} name
 * @param {number} version
 */
export const noteOf = (name, version) => `${name}:${version}`

/**
 * The version that a change was given, if it is one of the last.
 * @param {RowDocument} document
 * @param {string} name
 */
function versionOf({ seen }, name) {
  const note = (Array.isArray(seen) ? seen : []).find(one => String(one).startsWith(`${name}:`))
  return note === undefined ? undefined : Number(note.slice(name.length + 1))
}

/**
 * The value with the fields of a change set or removed, if the change may be laid over it.
 * @param {WireMutation} mutation
 * @param {WireRow} row
 */
function mergedOf({ fields, value, hlc }, row) {
  const isBoth = isFields(value) && isFields(row.value)
  if (!fields || !isBoth || hlc <= row.hlc) return undefined
  const changed = /** @type {Record<string, unknown>} */ (value)
  const merged = new Map(Object.entries(/** @type {object} */ (row.value)))
  for (const field of fields) {
    if (Object.prototype.hasOwnProperty.call(changed, field)) merged.set(field, changed[field])
    else merged.delete(field)
  }
  return Object.fromEntries(merged)
}

/** @param {unknown} value */
function isFields(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * @param {string} text
 * @param {string} where
 * @returns {any}
 */
function parsed(text, where) {
  try {
    return JSON.parse(text)
  } catch {
    throw breach(where, 'JSON as its text', 'something else')
  }
}
