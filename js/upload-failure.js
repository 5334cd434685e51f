// @ts-check
/** What a transport rejected with, as an error of ours. */

import { StorageError } from './errors.js'

/**
 * Makes an error of whatever a transport rejected with. What says nothing of itself may be tried again: a
 * lost connection is thrown in many ways.
 * @param {unknown} thrown
 * @returns {StorageError}
 */
export function failureOf(thrown) {
  if (StorageError.is(thrown)) return thrown
  const said = Object(thrown)
  const status = wholeOf(said.status ?? said.statusCode)
  const words = said.message ?? said.errMsg
  const why = typeof words === 'string' && words !== '' ? `: ${words}` : ''
  const details = {
    cause: thrown,
    status,
    retryAfterMs: wholeOf(said.retryAfterMs),
    interrupted: said.interrupted === true,
    retryable: typeof said.retryable === 'boolean' ? said.retryable : undefined,
  }
  if (status === undefined) return new StorageError('HOST_FAILED', `the transport failed${why}`, details)
  return new StorageError('HTTP_STATUS', `the server answered with status ${status}${why}`, details)
}

/** @param {unknown} number */
function wholeOf(number) {
  return typeof number === 'number' && number > 0 && Number.isFinite(number) ? Math.floor(number) : undefined
}
