// @ts-check
/**
 * Requests to a sync server over the host's own network: who asks (header fields, a token, another one if it
 * is refused), giving up, and answers as JSON. What the answers mean is not decided here.
 */

import { StorageError } from '../errors.js'
import { expect } from '../checks.js'
import { headerText } from '../http-headers.js'
import { isForLater, statusError } from '../http-later.js'
import { during } from '../uploads/task.js'
import { breach } from './wire-rows.js'

/** @import { SyncConditions } from './transport.js' */

/** @typedef {Record<string, string>} Fields */

/**
 * Whom the server is to believe the device to be.
 * @typedef {object} Identity
 * @property {Fields | (() => Fields | Promise<Fields>)} [headers] Header fields of every request.
 * @property {string | ((asked: { isRefused: boolean }) => string | undefined | Promise<string | undefined>)}
 *   [auth] The token, sent as `Authorization: Bearer`; or what gives it. Asked once more, with `isRefused`,
 *   if the server answers 401; undefined: nobody is signed in.
 */

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {string} headers A line `name:value` for each field.
 * @property {string} text
 */

const UNAUTHORIZED = 401
const GIVEN_UP = 'the synchronisation'
/** What a code of the server may look like to be told in a message. */
const CODE = /^[\w.-]{1,64}$/

export class RestCalls {
  /**
   * @param {string} url Without a slash at its end.
   * @param {Identity} identity
   */
  constructor(url, { headers = {}, auth }) {
    this.url = url
    this.headers = headers
    this.auth = auth
  }

  /**
   * @param {string} place Begins with a slash.
   * @param {SyncConditions} how
   * @returns {Promise<Reply>}
   */
  get(place, how) {
    return this.call('GET', place, undefined, how)
  }

  /**
   * @param {string} place Begins with a slash.
   * @param {unknown} body
   * @param {SyncConditions} how
   * @returns {Promise<Reply>}
   */
  post(place, body, how) {
    return this.call('POST', place, JSON.stringify(body), how)
  }

  /**
   * @private
   * @param {string} method
   * @param {string} place
   * @param {string | undefined} body
   * @param {SyncConditions} how
   */
  async call(method, place, body, how) {
    const { auth } = this
    const token = await this.token(false, how)
    const reply = await this.send(method, place, body, token, how)
    if (reply.status !== UNAUTHORIZED || typeof auth !== 'function') return reply
    const fresh = await this.token(true, how)
    // The same token would be refused again.
    return fresh === token ? reply : this.send(method, place, body, fresh, how)
  }

  /**
   * @private
   * @param {string} method
   * @param {string} place
   * @param {string | undefined} body
   * @param {string | undefined} token
   * @param {SyncConditions} how
   * @returns {Promise<Reply>}
   */
  async send(method, place, body, token, { network, signal, timeoutMs: timeout }) {
    if (!network) throw new StorageError('UNSUPPORTED', 'this host sends nothing over a network')
    const { headers: given } = this
    const fields = typeof given === 'function' ? await asked(signal, given, 'headers') : given
    const headers = headerText({
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      Accept: 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...fields,
    })
    return during(signal, () => {
      const { answer, abort } = network.send(
        { method, url: this.url + place, headers, body, kind: 'text', timeout })
      // Given up is also who waits for the body.
      const whole = answer.then(async come =>
        ({ status: come.status, headers: come.headers, text: String(await come.read()) }))
      return { answer: whole, abort }
    }, GIVEN_UP)
  }

  /**
   * @private
   * @param {boolean} isRefused
   * @param {SyncConditions} how
   * @returns {Promise<string | undefined>}
   */
  async token(isRefused, { signal }) {
    const { auth } = this
    if (auth === undefined || typeof auth === 'string') return auth
    const token = await asked(signal, () => auth({ isRefused }), 'auth')
    if (typeof token === 'string' && token !== '') return token
    throw new StorageError('HTTP_STATUS', 'nobody is signed in: `auth` gave no token',
      { status: UNAUTHORIZED })
  }
}

/**
 * The body of a success as JSON; its failure is thrown.
 * @param {Reply} reply
 * @param {SyncConditions} how
 * @returns {any}
 */
export function bodyOf(reply, how) {
  if (!isSuccess(reply.status)) throw failureOf(reply, how)
  try {
    return JSON.parse(reply.text)
  } catch {
    throw breach('the body', 'JSON', 'something else')
  }
}

/**
 * What a status outside of 200 to 299 throws.
 * @param {Reply} reply
 * @param {SyncConditions} how
 */
export function failureOf(reply, how) {
  const { status } = reply
  const told = toldBy(reply)
  const code = typeof told.code === 'string' && CODE.test(told.code) ? ` (${told.code})` : ''
  const error = statusError(reply, how.now(), `the server answered with status ${status}${code}`)
  // A server that does not know a method today may be another one tomorrow; what waits is not lost meanwhile.
  error.retryable = isForLater(status) || status >= 500
  return error
}

/**
 * What a failure says of itself: `{ error: { code, message } }`, as far as it does.
 * @param {Reply} reply
 * @returns {{ code?: unknown, message?: unknown }}
 */
export function toldBy({ text }) {
  try {
    return Object(Object(JSON.parse(text)).error)
  } catch {
    return {}
  }
}

/** @param {number} status */
export function isSuccess(status) {
  return status >= 200 && status <= 299
}

/**
 * Runs a check of an answer; what it throws gets the status.
 * @template T
 * @param {Reply} reply
 * @param {() => T} run
 * @returns {T}
 */
export function checking({ status }, run) {
  try {
    return run()
  } catch (error) {
    if (StorageError.is(error)) error.status ??= status
    throw error
  }
}

/**
 * Refuses what is no identity or no URL.
 * @param {Record<string, any>} given
 * @returns {string} The URL without slashes at its end.
 */
export function checkServer({ url, headers, auth }) {
  const isUrl = typeof url === 'string' && /^https?:\/\/[^?#]+$/i.test(url)
  expect(isUrl, 'url', 'a URL that begins with http, without ? and #,', url)
  const isFields = headers === undefined || typeof headers === 'function'
    || (Object(headers) === headers && !Array.isArray(headers))
  expect(isFields, 'headers', 'an object of strings, or a function that gives one,', headers)
  const isAuth = auth === undefined || typeof auth === 'function' || (typeof auth === 'string' && auth !== '')
  expect(isAuth, 'auth', 'a token, or a function that gives one,', auth)
  return url.replace(/\/+$/, '')
}

/**
 * Asks the app for something; that it did not come by it is as good as no network.
 * @template T
 * @param {import('../cache-options.js').SignalLike} signal
 * @param {() => T | Promise<T>} ask
 * @param {string} name
 * @returns {Promise<T>}
 */
async function asked(signal, ask, name) {
  try {
    return await during(signal, () => ({ answer: (async () => ask())(), abort() {} }), GIVEN_UP)
  } catch (cause) {
    if (StorageError.is(cause)) throw cause
    throw new StorageError('NETWORK_FAILED', `\`${name}\` of the sync transport failed`, { cause })
  }
}
