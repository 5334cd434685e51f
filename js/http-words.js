// @ts-check
/**
 * Requests and answers in the words of the hosts: WeChat's, which most mini-programs share, and Alipay's.
 */

import { StorageError } from './errors.js'
import { SmallController } from './abort.js'
import { kindOf } from './checks.js'
import { abortedError } from './http-flight.js'
import { headerObject, headerText } from './http-headers.js'
import { bytesOf } from './http-range.js'

/** @typedef {import('./hosts/http.js').HttpRequest} HttpRequest */
/** @typedef {import('./http-engine.js').Served} Served */
/** @typedef {import('./http-options.js').HttpWish} HttpWish */

/**
 * What the host's own `request` takes, and what the cache is asked besides.
 * @typedef {HttpWish & {
 *   url: string, data?: any, header?: Record<string, string>, headers?: Record<string, string>, method?:
 *   string, timeout?: number, dataType?: string, responseType?: string, success?: (answer: any) => void,
 *   fail?: (error: any) => void, complete?: (result: any) => void, [native: string]: any }} RequestOptions
 */

/**
 * What the host's own `request` answers, and where it came from. `status` and `headers` on Alipay.
 * @typedef {{ data: any, statusCode: number, header: Record<string, string>, cookies: string[], errMsg:
 *   string, fromCache: boolean, age: number, status?: number, headers?: Record<string, string> }}
 *   RequestAnswer
 */

/**
 * Takes a request apart.
 * @param {'wx' | 'my'} words
 * @param {RequestOptions} options
 * @returns {{ request: HttpRequest, wish: HttpWish }}
 */
export function requestIn(words, options) {
  const isObject = typeof options === 'object' && options !== null
  if (!isObject || typeof options.url !== 'string' || options.url === '') {
    throw new StorageError('INVALID_OPTION', `expected { url } with a string, got ${
      kindOf(isObject ? options.url : options)}`)
  }
  const { url, data, method = 'GET', timeout } = options
  const { cache, strategy, ttl, key, tags, partition, signal } = options
  const fields = words === 'my' ? options.headers ?? options.header : options.header ?? options.headers
  const isQuery = method.toUpperCase() === 'GET' && typeof data === 'object' && data !== null
  return {
    request: {
      method: method.toUpperCase(),
      url: isQuery ? withQuery(url, data) : url,
      headers: headerText(fields),
      kind: isForBytes(options) ? 'bytes' : 'text',
      ...(isQuery ? {} : { body: data }),
      ...(timeout === undefined ? {} : { timeout }),
      native: options,
    },
    wish: { cache, strategy, ttl, key, tags, partition, signal },
  }
}

/**
 * Puts an answer together.
 * @param {'wx' | 'my'} words
 * @param {RequestOptions} options
 * @param {Served} served
 * @returns {Promise<RequestAnswer>}
 */
export async function answerIn(words, options, served) {
  const body = served.raw ? await served.raw.read() : served.body ?? ''
  const data = dataIn(options, body)
  const fields = headerObject(served.headers)
  const cookies = served.raw?.cookies ?? []
  const { status, fromCache, age } = served
  const answer = /** @type {any} */ (words === 'wx'
    ? { data, statusCode: status, header: fields, cookies, fromCache, age, errMsg: 'request:ok' }
    : { data, status, headers: fields, cookies, fromCache, age })
  if (words === 'my' && (status < 200 || status > 299)) {
    const error = new StorageError('HTTP_STATUS', `the server answered with status ${served.status}`)
    throw Object.assign(error, { answer })
  }
  return answer
}

/** @param {RequestOptions} options */
function isForBytes({ responseType, dataType }) {
  return responseType === 'arraybuffer' || dataType === 'arraybuffer'
}

/**
 * JSON is taken apart unless something else is asked for; what is no JSON stays text, as on WeChat.
 * @param {RequestOptions} options
 * @param {string | Uint8Array} body
 */
function dataIn(options, body) {
  const { dataType = 'json' } = options
  // A view of its own, so that nobody changes what is kept.
  if (typeof body !== 'string') return body.slice().buffer
  // Text is kept as such, also for those who want bytes.
  if (isForBytes(options)) return bytesOf(body).buffer
  if (dataType.toLowerCase() !== 'json') return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/**
 * Runs a request as a task: a Promise that can be aborted, and the callbacks of the host's own request.
 * @param {RequestOptions} options
 * @param {(signal: import('./http-flight.js').Abortable) => Promise<RequestAnswer>} run
 * @returns {Promise<RequestAnswer> & { abort: () => void }}
 */
export function taskOf(options, run) {
  // Nothing that needs the engine's own signal hears of it, and that one takes longer to make than a hit.
  const task = new SmallController()
  if (options?.signal?.aborted) task.abort()
  options?.signal?.addEventListener('abort', () => task.abort())
  const promise = Promise.resolve().then(() => {
    if (task.signal.aborted) throw abortedError()
    return run(task.signal)
  })
  const { success, fail, complete } = options ?? {}
  if (success || fail || complete) {
    promise.then(answer => {
      try {
        success?.(answer)
      } finally {
        complete?.(answer)
      }
    }, error => {
      // What old code looks at.
      error.errMsg = `request:fail ${error.message}`
      try {
        fail?.(error)
      } finally {
        complete?.(error)
      }
    }).catch(rethrowLater)
  }
  return Object.assign(promise, { abort: () => task.abort() })
}

/** What a callback throws is the app's own error, and is told as such. @param {unknown} error */
function rethrowLater(error) {
  setTimeout(() => { throw error }, 0)
}

/**
 * A URL with the data of a GET as its query, as the hosts write it.
 * @param {string} url
 * @param {Record<string, unknown>} data
 */
function withQuery(url, data) {
  const [base = '', fragment] = url.split('#', 2)
  const query = Object.keys(data).map(name => {
    const value = data[name]
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
    return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`
  }).join('&')
  const joint = query === '' ? '' : base.includes('?') ? '&' : '?'
  return `${base}${joint}${query}${fragment === undefined ? '' : `#${fragment}`}`
}
