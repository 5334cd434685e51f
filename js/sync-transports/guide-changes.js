// @ts-check
/**
 * What a server tells by `GET /changes`, as rows and a cursor. Such a server has neither versions nor
 * cursors:
 * both are made here, of its own time and of what it has told before, never of the device's clock. Nothing
 * here asks the network.
 */

import { breach, check, checkRowKey } from './wire-rows.js'

/** @import { WireRow, WireValue } from './transport.js' */

/**
 * The place in what the server tells.
 * @typedef {object} Place
 * @property {number} since What is asked for: a time of the server.
 * @property {number} version The greatest version that was made.
 * @property {string[]} seen What is known of the changes of the last answer, which may be told again.
 */

/**
 * @typedef {{ type: 'create' | 'update' | 'delete', key: string, data?: any, timestamp?: number,
 *   id?: string | number }} Change
 */

/** How many changes are known again. */
const SEEN_MAX = 1000
/** A stamp that is further ahead of the server is written down to that. */
const AHEAD_MAX_MS = 60_000
const STAMP_MS_MAX = 2 ** 48 - 1
/** How values travel that JSON does not hold, or that only devices can read. */
const ENCODED = 'ministash_encoded'
const SEALED = 'ministash_sealed'

/** What a cursor looks like: `1;since;version;seen,seen`. */
const CURSOR = /^1;(\d{1,16});(\d{1,16});([\da-z,]*)$/

/**
 * @param {string} cursor
 * @returns {Place | undefined} Nothing if it is no cursor of these.
 */
export function placeOf(cursor) {
  if (cursor === '') return { since: 0, version: 0, seen: [] }
  const [, since, version, seen] = CURSOR.exec(cursor) ?? []
  if (seen === undefined) return undefined
  return { since: Number(since), version: Number(version), seen: seen === '' ? [] : seen.split(',') }
}

/** @param {Place} place */
export function cursorOf({ since, version, seen }) {
  return `1;${since};${version};${seen.slice(-SEEN_MAX).join(',')}`
}

/**
 * The changes of an answer, all of them or none.
 * @param {any} body
 * @returns {{ now: number | undefined, changes: Change[] }}
 */
export function checkChanges(body) {
  const { changes, now } = Object(body)
  check(Array.isArray(changes), 'changes', 'an array', changes)
  check(now === undefined || isTime(now), 'now', 'a time in milliseconds', now)
  for (const [at, change] of changes.entries()) {
    const where = `changes[${at}]`
    const { type, key, data, timestamp, id } = Object(change)
    const isType = type === 'create' || type === 'update' || type === 'delete'
    if (!isType) throw breach(`${where}.type`, 'create, update or delete', typeof type)
    checkRowKey(key, `${where}.key`)
    check(type === 'delete' || data !== undefined, `${where}.data`, 'a value', data)
    check(timestamp === undefined || isTime(timestamp), `${where}.timestamp`, 'a time in milliseconds',
      timestamp)
    check(id === undefined || typeof id === 'string' || Number.isFinite(id), `${where}.id`, 'text', id)
  }
  return { now, changes }
}

/**
 * Makes rows of the changes that are new, one for each key, in the order of their last change.
 * @param {Change[]} changes
 * @param {Place} place Goes on to the place behind them, but for its time.
 * @param {number | undefined} now The time of the server, if it is known.
 * @param {(key: string) => Promise<unknown>} read What the device holds: an update is laid over that.
 * @returns {Promise<WireRow[]>}
 */
export async function rowsOf(changes, place, now, read) {
  const known = new Set(place.seen)
  const seen = changes.map(markOf)
  /** @type {Map<string, WireRow>} */
  const rows = new Map()
  for (const [at, change] of changes.entries()) {
    if (known.has(/** @type {string} */ (seen[at]))) continue
    const { key, type, data, timestamp } = change
    const before = rows.get(key)
    const isMerge = type === 'update' && isPlain(data) && formOf(data) === undefined
    const held = !isMerge ? undefined : before ? before.value : await read(key)
    const value = type === 'delete' ? { deleted: true }
      : formOf(data) ?? { value: isMerge && isPlain(held) ? { ...held, ...data } : data }
    rows.delete(key)
    rows.set(key, { key, version: 0, hlc: stampOf(timestamp, now), ...value })
  }
  // Rising, also when one begins anew: the time of the server is greater than any count of changes.
  place.version = Math.max(place.version, now ?? 0)
  place.seen = seen
  return Array.from(rows.values(), row => ({ ...row, version: place.version += 1 }))
}

/**
 * A value as such a server keeps it.
 * @param {WireValue} given
 * @returns {unknown}
 */
export function dataOf({ value, encoded, sealed }) {
  if (encoded !== undefined) return { [ENCODED]: encoded }
  return sealed === undefined ? value : { [SEALED]: sealed }
}

/**
 * Whether something is an object of fields.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isPlain(value) {
  if (Object.prototype.toString.call(value) !== '[object Object]') return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * What `dataOf` wrapped.
 * @param {any} data
 * @returns {WireValue | undefined}
 */
function formOf(data) {
  if (!isPlain(data) || Object.keys(data).length !== 1) return undefined
  const { [ENCODED]: encoded, [SEALED]: sealed } = /** @type {any} */ (data)
  if (typeof sealed === 'string') return { sealed }
  const isPair = Array.isArray(encoded) && encoded.length === 2 && Number.isSafeInteger(encoded[0])
    && typeof encoded[1] === 'string'
  return isPair ? { encoded: [encoded[0], encoded[1]] } : undefined
}

/**
 * @param {number | undefined} timestamp
 * @param {number | undefined} now
 */
function stampOf(timestamp, now) {
  const most = now === undefined ? STAMP_MS_MAX : now + AHEAD_MAX_MS
  const ms = Math.floor(Math.min(timestamp ?? now ?? 0, most, STAMP_MS_MAX))
  return `${ms.toString(16).padStart(12, '0')}0000`
}

/**
 * What a change is known by: its id if it has one, else all of it. Two sums of FNV-1a, of 32 bits each.
 * @param {Change} change
 */
function markOf({ type, key, data, timestamp, id }) {
  const text = JSON.stringify(id === undefined ? [type, key, timestamp, data] : [type, key, id])
  let [one, two] = [0x811c9dc5, 0x050c5d1f]
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two ^ (code + at), 0x01000193)
  }
  return (one >>> 0).toString(36) + (two >>> 0).toString(36)
}

/** @param {any} time */
function isTime(time) {
  return Number.isFinite(time) && time >= 0 && time <= STAMP_MS_MAX
}
