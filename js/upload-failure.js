// @ts-check
/** What a transport rejected with, as an error of ours, and as the engine takes it. */

import { StorageError } from './errors.js'
import { OUTCOME } from './upload-rules.js'

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

/**
 * How an attempt ended, as bits of the door.
 * @param {StorageError | undefined} error Nothing if the file has arrived.
 * @param {boolean} isTimeout Whether the queue itself gave it up.
 * @param {boolean} isCut Whether the network was gone, or nothing had been sent yet.
 */
export function outcomeOf(error, isTimeout, isCut) {
  if (!error) return OUTCOME.DONE
  const isLate = isTimeout || error.code === 'TIMEOUT'
  if (error.interrupted || (isCut && (isLate || error.code === 'NETWORK_FAILED'))) return OUTCOME.INTERRUPTED
  return OUTCOME.FAILED + (error.retryable ? OUTCOME.RETRYABLE : 0) + (isLate ? OUTCOME.TIMEOUT : 0)
}

/** @param {unknown} number */
function wholeOf(number) {
  return typeof number === 'number' && number > 0 && Number.isFinite(number) ? Math.floor(number) : undefined
}
