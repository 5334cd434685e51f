// @ts-check
/**
 * Sending again what failed, for methods that change nothing and only if the app asked for it.
 */

import { StorageError } from './errors.js'
import { isForLater, retryAfterOf } from './http-later.js'

/** @typedef {import('./hosts/http.js').HttpRequest} HttpRequest */
/** @typedef {import('./hosts/http.js').HttpAnswer} HttpAnswer */

const RETRIED_METHODS = Object.freeze(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Sends a request, and again after a failure: exponential backoff with full jitter, or as long as
 * `Retry-After` says, up to the cap.
 * @param {{ send: import('./hosts/http.js').HttpSend, retry: { attempts: number, base: number, cap: number },
 *   random: () => number, now: () => number }} settings
 * @param {HttpRequest} request
 * @returns {{ answer: Promise<HttpAnswer>, abort: () => void }}
 */
export function sendWithRetries({ send, retry, random, now }, request) {
  const attempts = RETRIED_METHODS.includes(request.method) ? retry.attempts : 1
  let isAborted = false
  let abort = () => {}
  const answer = (async () => {
    for (let attempt = 1; ; attempt += 1) {
      const sending = send(request)
      abort = sending.abort
      /** @type {HttpAnswer | undefined} */
      let come
      try {
        come = await sending.answer
        if (attempt >= attempts || !isForLater(come.status)) return come
      } catch (error) {
        const isFinal = attempt >= attempts || isAborted || !StorageError.is(error) || !error.retryable
        if (isFinal) throw error
      }
      const told = (come && retryAfterOf(come.headers, now())) || 0
      const backoff = random() * Math.min(retry.cap, retry.base * 2 ** (attempt - 1))
      await pause(told > 0 ? Math.min(told, retry.cap) : backoff, end => { abort = end })
      if (isAborted) throw new StorageError('ABORTED', 'the request was given up')
    }
  })()
  return { answer, abort: () => { isAborted = true; abort() } }
}

/**
 * Waits, unless it is ended before.
 * @param {number} ms
 * @param {(end: () => void) => void} onEnd Takes what ends it.
 * @returns {Promise<void>}
 */
function pause(ms, onEnd) {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    onEnd(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
