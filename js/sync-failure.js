// @ts-check
/** What an error of a transport means for synchronisation. Pure. */

import { StorageError } from './errors.js'
import { FAILURE } from './sync-verbs.js'

/** What a server answers that does not take such a request (sync-protocol.md). */
const UNFIT = Object.freeze([400, 413, 422])
const SIGNED_OUT = Object.freeze([401, 403])
/** Statuses of a server that broke, perhaps at one change; the others say that it has too much to do. */
const BROKEN = Object.freeze([500, 501, 502, 504])

/**
 * @param {unknown} error
 * @param {number} now
 */
export function failureOf(error, now) {
  const { code, status, retryAfterMs, message } = StorageError.is(error) ? error
    : { code: 'HOST_FAILED', status: undefined, retryAfterMs: undefined, message: 'the transport failed' }
  const is = (/** @type {readonly number[]} */ statuses) => status !== undefined && statuses.includes(status)
  const failure = is(SIGNED_OUT) ? FAILURE.SIGNED_OUT
    : is(UNFIT) ? FAILURE.UNFIT
      : is(BROKEN) ? FAILURE.SERVER : FAILURE.UNREACHED
  const after = retryAfterMs !== undefined && retryAfterMs >= 0 && now >= 0 ? retryAfterMs : -1
  return { failure, after, code: status === undefined ? code : `${code} ${status}`, message }
}
