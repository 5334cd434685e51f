// @ts-check
/** How WeChat's cloud says no, as errors of ours. */

import { StorageError } from '../errors.js'
import { errorOf } from '../hosts/http-wx-errors.js'

/** @typedef {[code: import('../errors.js').ErrorCode, retryable: boolean, status?: number]} Meaning */
/**
 * What the numbers of WeChat mean here; that there are too many requests is what 429 says elsewhere.
 * @type {Readonly<Record<string, Meaning>>}
 */
const REFUSALS = {
  '-401002': ['INVALID_VALUE', false], '-401003': ['INVALID_VALUE', false],
  '-501007': ['INVALID_VALUE', false], '-403001': ['VALUE_TOO_LARGE', false],
  '-501017': ['QUOTA_EXCEEDED', false],
  '-501002': ['TIMEOUT', true], '-501003': ['BUSY', true, 429], '-501004': ['BUSY', true, 429],
  '-501001': ['NETWORK_FAILED', true], '-503001': ['NETWORK_FAILED', true],
  '-601001': ['NETWORK_FAILED', true], '-601003': ['NETWORK_FAILED', true],
}

/**
 * The error of what a call of `wx.cloud` gave to `fail`.
 * @param {any} refusal
 * @param {boolean} isAborted
 */
export function cloudError(refusal, isAborted) {
  const { errCode, errMsg } = Object(refusal)
  const known = isAborted ? undefined : REFUSALS[String(errCode)]
  if (known) {
    const [code, retryable, status] = known
    return new StorageError(code, `${errMsg} (${errCode})`, { cause: refusal, retryable, status })
  }
  // The numbers between are final: no permission, no such environment, no such file there.
  const isFinal = !isAborted && errCode <= -400_000
  return isFinal ? new StorageError('HOST_FAILED', `${errMsg} (${errCode})`, { cause: refusal, retryable: false })
    : errorOf(refusal, isAborted)
}
