// @ts-check
/**
 * The network of hosts that have `fetch`: browsers, workers and Node.
 */

import { StorageError } from '../errors.js'
import { headerPairs, headerText } from '../http-headers.js'
import { sendFormData } from './form-data.js'

/** @import { HttpAnswer, HttpNetwork, HttpRequest } from './http.js' */

/** Media types whose bodies are text; what is valid UTF-8 of theirs is kept as text. */
const TEXT = /^(text\/|application\/(json|javascript|xml|[^;]+\+(json|xml)))/i
/** Members of `init` that are ours. */
const OURS = ['cache', 'strategy', 'ttl', 'key', 'tags', 'partition']

/**
 * The network by `fetch`; undefined where there is none.
 * @returns {HttpNetwork | undefined}
 */
export function networkByFetch() {
  if (typeof fetch !== 'function') return undefined
  return { words: 'wx', send, sendForm: form => sendFormData(form, send), respond }
}

/** @type {HttpNetwork['send']} */
function send(request) {
  const controller = new AbortController()
  let isLate = false
  const timer = request.timeout === undefined ? undefined
    : setTimeout(() => { isLate = true; controller.abort() }, request.timeout)
  const { input, init = {} } = request.native?.init ? request.native : {}
  const own = Object.fromEntries(Object.entries(init).filter(([name]) => !OURS.includes(name)))
  const isRequest = typeof input === 'object' && 'url' in input
  const body = isRequest && own.body === undefined ? undefined : bodyOf(request)
  const answer = fetch(isRequest ? input : request.url, {
    ...own,
    method: request.method,
    headers: headersOf(request, body),
    ...(body === undefined ? {} : { body }),
    signal: controller.signal,
  }).then(response => answerOf(request, response), cause => {
    if (isLate) throw new StorageError('TIMEOUT', `no answer within ${request.timeout} ms`)
    if (controller.signal.aborted) throw new StorageError('ABORTED', 'the request was given up')
    throw new StorageError('NETWORK_FAILED', 'the request could not be sent', { cause })
  }).finally(() => clearTimeout(timer))
  return { answer, abort: () => controller.abort() }
}

/**
 * @param {HttpRequest} request
 * @param {Response} response
 * @returns {HttpAnswer}
 */
function answerOf({ kind }, response) {
  return {
    status: response.status,
    statusText: response.statusText,
    headers: headerText(response.headers),
    isRedirected: response.redirected,
    response,
    async read() {
      try {
        if (kind === 'text') return await response.text()
        const bytes = new Uint8Array(await response.arrayBuffer())
        return TEXT.test(response.headers.get('content-type') ?? '') ? textOf(bytes) : bytes
      } catch (cause) {
        throw new StorageError('NETWORK_FAILED', 'the answer was cut off', { cause })
      }
    },
  }
}

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes
  }
}

/** @type {NonNullable<HttpNetwork['respond']>} */
function respond({ status, statusText, headers, body, raw, fromCache, age }, url) {
  const init = { status, statusText, headers: /** @type {[string, string][]} */ (headerPairs(headers)) }
  const isBodiless = status === 204 || status === 205 || status === 304
  const content = isBodiless ? null : raw ? raw.response.body : body ?? ''
  const response = new Response(/** @type {BodyInit | null} */ (content), init)
  return /** @type {any} */ (Object.defineProperties(response, {
    url: { value: raw ? raw.response.url : url },
    redirected: { value: raw ? raw.response.redirected : false },
    fromCache: { value: fromCache },
    age: { value: age },
  }))
}

/**
 * What a mini-program's request would send (WeChat's rules): JSON unless the field `content-type` says a
 * form.
 * @param {HttpRequest} request
 */
function bodyOf({ method, body, headers }) {
  if (method === 'GET' || method === 'HEAD' || body === undefined || body === null) return undefined
  const isPlain = Object.getPrototypeOf(body) === Object.prototype || Array.isArray(body)
  if (!isPlain) return body
  if (!/content-type:\s*application\/x-www-form-urlencoded/i.test(headers)) return JSON.stringify(body)
  return new URLSearchParams(/** @type {any} */ (body)).toString()
}

/**
 * @param {HttpRequest} request
 * @param {any} body
 */
function headersOf({ headers, body: given }, body) {
  const pairs = headerPairs(headers)
  const isJson = typeof body === 'string' && typeof given === 'object' && !/content-type:/i.test(headers)
  if (isJson) pairs.push(['content-type', 'application/json'])
  // Left alone, `fetch` adds `no-cache` to a validation, which caches on the way would take amiss.
  const isConditional = /^if-(none-match|modified-since):/im.test(headers)
  const isValidation = isConditional && !/^cache-control:/im.test(headers)
  if (isValidation) pairs.push(['cache-control', 'max-age=0'])
  return pairs
}
