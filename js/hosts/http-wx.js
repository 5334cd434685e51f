// @ts-check
/**
 * The network of mini-programs: `wx.request` and what is called alike, and Alipay's `my.request`.
 */

import { StorageError } from '../errors.js'
import { headerObject, headerText } from '../http-headers.js'

/** @import { HttpAnswer, HttpNetwork } from './http.js' */

/**
 * The network of an object with `request`; undefined if it has none.
 * @param {{ request?: (options: any) => any }} host
 * @param {'wx' | 'my'} [words]
 * @returns {HttpNetwork | undefined}
 */
export function networkByRequest(host, words = 'wx') {
  if (typeof host.request !== 'function') return undefined
  return {
    words,
    send(request) {
      /** @type {{ abort?: () => void } | undefined} */
      let task
      let isAborted = false
      const answer = /** @type {Promise<HttpAnswer>} */ (new Promise((resolve, reject) => {
        task = host.request?.({
          ...native(request.native),
          url: request.url,
          method: request.method,
          data: request.body,
          [words === 'my' ? 'headers' : 'header']: headerObject(request.headers),
          ...(request.timeout === undefined ? {} : { timeout: request.timeout }),
          // The text as it came: it is taken apart on its way to the caller.
          dataType: words === 'my' && request.kind === 'bytes' ? 'arraybuffer' : 'text',
          responseType: request.kind === 'bytes' ? 'arraybuffer' : 'text',
          success: (/** @type {any} */ result) => resolve(answerOf(result)),
          fail: (/** @type {any} */ refusal) => {
            // Alipay calls an answer outside of 200 to 299 a failure, and gives it along.
            if (refusal?.error === 19 && refusal.status >= 100) resolve(answerOf(refusal))
            else reject(errorOf(refusal, isAborted))
          },
        })
      }))
      return { answer, abort: () => { isAborted = true; task?.abort?.() } }
    },
  }
}

/** What goes to the host as the caller gave it. @param {any} options */
function native(options = {}) {
  const { success, fail, complete, cache, strategy, ttl, key, tags, partition, signal, ...rest } = options
  return rest
}

/**
 * @param {any} result
 * @returns {HttpAnswer}
 */
function answerOf(result) {
  const { data } = result
  return {
    status: Number(result.statusCode ?? result.status),
    statusText: '',
    headers: headerText(result.header ?? result.headers),
    cookies: result.cookies ?? [],
    read: async () => {
      if (typeof data === 'string') return data
      const isBuffer = Object.prototype.toString.call(data) === '[object ArrayBuffer]'
      return isBuffer ? new Uint8Array(data) : data === undefined || data === null ? '' : JSON.stringify(data)
    },
  }
}

/**
 * @param {any} refusal
 * @param {boolean} isAborted
 */
function errorOf(refusal, isAborted) {
  const { errMsg, errorMessage, message: text } = Object(refusal)
  const message = String(errMsg ?? errorMessage ?? text ?? 'the host gave no reason')
  const code = isAborted || /abort/i.test(message) ? 'ABORTED'
    : /time\s?out/i.test(message) || refusal?.error === 13 ? 'TIMEOUT' : 'NETWORK_FAILED'
  return new StorageError(code, message, { cause: refusal })
}
