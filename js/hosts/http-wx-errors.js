// @ts-check
/** How the networks of mini-programs say no, as errors of ours. The texts differ by client and by call. */

import { StorageError } from '../errors.js'

const ABORTED = /abort/i
const LATE = /time\s?d?\s?out/i
/** What is in flight five seconds after the app was hidden ends so. */
const INTERRUPTED = /interrupted/i
const MISSING = /no such file|file(path)? (is )?not (found|exist)|(doesn't|does not|not) exist/i
/** What no second attempt changes: a domain or a parameter that the app itself has wrong. */
const FINAL = /domain list|invalid url|parameter error/i

/**
 * The error of what a call gave to `fail`.
 * @param {any} refusal
 * @param {boolean} isAborted Whether the caller gave it up.
 * @returns {StorageError}
 */
export function errorOf(refusal, isAborted) {
  const { errMsg, errorMessage, message: text, error } = Object(refusal)
  const message = String(errMsg ?? errorMessage ?? text ?? 'the host gave no reason')
  const details = { cause: refusal }
  const isInterrupted = !isAborted && INTERRUPTED.test(message)
  if (isInterrupted) return new StorageError('NETWORK_FAILED', message, { ...details, interrupted: true })
  if (isAborted || ABORTED.test(message)) return new StorageError('ABORTED', message, details)
  if (LATE.test(message) || error === 13) return new StorageError('TIMEOUT', message, details)
  if (MISSING.test(message)) return new StorageError('INVALID_VALUE', `no such file (${message})`, details)
  return new StorageError('NETWORK_FAILED', message,
    FINAL.test(message) ? { ...details, retryable: false } : details)
}
