// @ts-check
/**
 * Times to live as callers write them, made into milliseconds. Nothing here knows the time:
 * expiry is decided in the core.
 */

import { StorageError } from './errors.js'

/** The longest time to live, in milliseconds: a hundred years, as in the core. */
export const TTL_MS_MAX = 100 * 365 * 24 * 3_600_000

/** The units that a time to live may carry, in milliseconds. */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** The longest wrong ttl that a message quotes, in characters. */
const QUOTE_CHARS_MAX = 40

/**
 * How long a value lives: milliseconds, or a whole number with a unit such as '30s', '10m', '1h', '7d'.
 * @typedef {number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`} Ttl
 */

/**
 * Returns a time to live in milliseconds: a whole number from 1 to `TTL_MS_MAX`.
 *
 * Zero, negative, fractional and infinite times are refused: a value that shall live for ever has no
 * ttl, and one that shall not live is not stored.
 * @param {Ttl} ttl
 * @returns {number}
 * @throws {StorageError} INVALID_OPTION
 */
export function parseTtl(ttl) {
  const ms = typeof ttl === 'string' ? spelled(ttl) : ttl
  if (Number.isInteger(ms) && ms >= 1 && ms <= TTL_MS_MAX) return ms
  throw new StorageError('INVALID_OPTION', refusal(ttl, ms))
}

/**
 * @param {string} text
 * @returns {number} NaN if the text is not a whole number with a unit.
 */
function spelled(text) {
  const match = /^(\d{1,15})(ms|[smhdw])$/.exec(text)
  if (match === null) return NaN
  return Number(match[1]) * UNIT_MS[/** @type {keyof typeof UNIT_MS} */ (match[2])]
}

/**
 * @param {unknown} ttl
 * @param {unknown} ms
 */
function refusal(ttl, ms) {
  const expected = "expected a ttl such as 5000 or '10m'"
  if (ms === Infinity) return `${expected}, got Infinity: leave the ttl out for a value that lives for ever`
  if (Number.isInteger(ms) && Number(ms) > TTL_MS_MAX) return `${expected} of at most 36500 days, got ${show(ttl)}`
  return `${expected}, got ${show(ttl)}`
}

/**
 * @param {unknown} ttl
 * @returns {string}
 */
function show(ttl) {
  if (typeof ttl === 'string') {
    return ttl.length > QUOTE_CHARS_MAX ? `a string of ${ttl.length} characters` : JSON.stringify(ttl)
  }
  if (typeof ttl === 'number' || ttl === undefined || ttl === null) return String(ttl)
  return typeof ttl === 'object' ? 'an object' : `a ${typeof ttl}`
}
