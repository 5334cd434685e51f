// @ts-check
/**
 * What a server says of trying again: by its status, and by `Retry-After`.
 */

import { StorageError } from './errors.js'
import { headerOf } from './http-headers.js'

/**
 * Whether a status says "later" (RFC 9110 section 15; RFC 6585 section 4). A server that does not know the
 * method or the version will not know it later either.
 * @param {number} status
 */
export function isForLater(status) {
  return status === 408 || status === 425 || status === 429
    || (status >= 500 && status !== 501 && status !== 505)
}

/**
 * How long an answer asks to wait (RFC 9110 section 10.2.3), from when it was sent; undefined if it does not.
 * A date counts from the `Date` of the server, whose clock it is written by.
 * @param {string} headers A line `name:value` for each field.
 * @param {number} now
 * @returns {number | undefined}
 */
export function retryAfterOf(headers, now) {
  const told = headerOf(headers, 'retry-after')
  if (told === undefined) return undefined
  if (/^\d+$/.test(told)) return Number(told) * 1000
  const from = dateOf(headerOf(headers, 'date'))
  const wait = dateOf(told) - (from >= 0 ? from : now)
  return wait >= 0 ? wait : undefined
}

/**
 * The error of an answer that is no success.
 * @param {{ status: number, headers: string }} answer
 * @param {number} now
 * @param {string} [what] What the status means here.
 */
export function statusError({ status, headers }, now, what = `the server answered with status ${status}`) {
  const retryAfterMs = retryAfterOf(headers, now)
  return new StorageError('HTTP_STATUS', what, { status, retryAfterMs, retryable: isForLater(status) })
}

/**
 * The time of a date of HTTP; NaN if it is none. Only what ends in GMT is one; engines read others by the
 * clock
 * of their place.
 * @param {string | undefined} text
 */
export function dateOf(text) {
  return text !== undefined && / GMT$/.test(text) ? Date.parse(text) : NaN
}
