// @ts-check
/**
 * The index of a second tier: one stored value that says which entries are there. Times in it count
 * from when it was written, so that a clock that is set back gives no entry a longer life than it had.
 */

import { StorageError } from './errors.js'
import { utf8Length } from './utf8-length.js'

/**
 * What is known of a stored entry: what it takes in the store (0 until it was written) and in memory, and
 * its times by the cache's clock.
 * @typedef {{ bytes: number, size: number, freshUntil: number, endsAt: number }} Row
 */

/**
 * A row as it is stored; null for ever.
 * @typedef {[key: string, bytes: number, size: number, fresh: number | null, ends: number | null,
 *   tags: readonly string[]]} StoredRow
 */

/** @typedef {{ version: number, at: number, rows: StoredRow[] }} StoredIndex */

const VERSION = 1
/** The longest key that can be stored, in bytes, the mark of an entry included. */
const KEY_BYTES_MAX = 1024

/**
 * @param {Iterable<[string, Row]>} rows
 * @param {number} now
 * @param {number} wall The same moment by the clock on the wall.
 * @param {(key: string) => readonly string[]} tagsOf
 * @returns {StoredIndex}
 */
export function writeIndex(rows, now, wall, tagsOf) {
  /** @type {StoredRow[]} */
  const stored = []
  for (const [key, { bytes, size, freshUntil, endsAt }] of rows) {
    if (bytes > 0) stored.push([key, bytes, size, span(freshUntil - now), span(endsAt - now), tagsOf(key)])
  }
  return { version: VERSION, at: wall, rows: stored }
}

/**
 * @param {any} index
 * @param {number} now
 * @param {number} wall
 * @returns {[key: string, row: Row, tags: readonly string[]][]}
 */
export function readIndex(index, now, wall) {
  const { version, at, rows } = /** @type {StoredIndex} */ (index)
  if (version !== VERSION) throw new StorageError('UNSUPPORTED', 'a later version has stored this cache')
  const age = Math.max(0, wall - at)
  return rows.map(([key, bytes, size, fresh, ends, tags]) => {
    const freshUntil = now + (fresh ?? Infinity) - age
    return [key, { bytes, size, freshUntil, endsAt: now + (ends ?? Infinity) - age }, tags]
  })
}

/** @param {string} key */
export function isStorable(key) {
  return key.length < KEY_BYTES_MAX && utf8Length(key) < KEY_BYTES_MAX
}

/** @param {number} ms @returns {number | null} */
function span(ms) {
  return ms === Infinity ? null : ms
}
