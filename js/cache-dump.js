// @ts-check
/**
 * A whole cache as plain data, for hosts that offer to save state, and back.
 */

import { expect } from './checks.js'
import { measure } from './cache-size.js'

/** @typedef {import('./cache-entries.js').Entries} Entries */

/**
 * An entry as a dump holds it.
 * @typedef {object} DumpedEntry
 * @property {string} key
 * @property {any} value
 * @property {number} [ttl] How long it is fresh from the time of the dump, in milliseconds; below 0 if it
 *   is not.
 * @property {number} [ends] After how long it goes altogether.
 * @property {readonly string[]} [tags]
 * @property {number} [size]
 */

/**
 * A whole cache as plain data, as plain as its values are.
 * @typedef {object} CacheDump
 * @property {1} version
 * @property {number} at When it was made.
 * @property {DumpedEntry[]} entries The one least worth keeping first.
 */

/**
 * @param {Entries} cache
 * @returns {CacheDump}
 */
export function dump(cache) {
  cache.session.refuseIfFinished()
  const { memory, clock, tags } = cache
  const now = clock.now()
  memory.sweep(now)
  const entries = []
  for (const slot of memory.order().reverse()) {
    /** @type {DumpedEntry} */
    const entry = { key: memory.keys[slot] ?? '', value: memory.values[slot] }
    const ttl = memory.freshEndOf(slot) - now
    const ends = memory.endOf(slot) - now
    const size = memory.sizeOf(slot)
    if (ttl < Infinity) entry.ttl = ttl
    if (ends < Infinity) entry.ends = ends
    if (tags.of(entry.key).length > 0) entry.tags = tags.of(entry.key)
    if (size > 0 || cache.isSized) entry.size = size
    entries.push(entry)
  }
  cache.events.tell()
  return { version: 1, at: clock.toWall(now), entries }
}

/**
 * @param {Entries} cache
 * @param {unknown} given
 * @returns {number} How many entries were taken in.
 */
export function load(cache, given) {
  const { at, entries } = checkDump(given)
  cache.session.refuseIfFinished()
  const now = cache.clock.now()
  // A clock that was set back since gives nothing a longer life than it had.
  const age = Math.max(0, cache.clock.toWall(now) - at)
  let count = 0
  for (const { key, value, ttl = Infinity, ends = Infinity, tags = [], size } of entries) {
    const bytes = size ?? (cache.isSized ? measure(value) + key.length * 2 : 0)
    if (ends <= age || bytes > cache.sizeMax) continue
    cache.place(key, value, bytes, now + ttl - age, now + ends - age, tags, now)
    count += 1
  }
  cache.events.tell()
  return count
}

/**
 * @param {any} given
 * @returns {CacheDump}
 */
function checkDump(given) {
  const isDump = typeof given === 'object' && given !== null && given.version === 1
    && typeof given.at === 'number' && Array.isArray(given.entries) && given.entries.every(isDumped)
  expect(isDump, 'dump', 'what dump() gave', given)
  return given
}

/** @param {any} entry */
function isDumped(entry) {
  if (typeof entry !== 'object' || entry === null || typeof entry.key !== 'string') return false
  // What is stale has a ttl below 0.
  const isNumber = (/** @type {unknown} */ number) => number === undefined || Number.isFinite(number)
  return isNumber(entry.ttl) && isNumber(entry.ends) && (entry.size === undefined || entry.size >= 0)
    && (entry.tags === undefined || Array.isArray(entry.tags))
}
