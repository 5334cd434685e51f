// @ts-check
/**
 * `wx.request` as devices have it, over real HTTP: callbacks only, in a later task; any status is a success;
 * JSON that cannot be parsed stays text; no PATCH; at most ten at once. See what is known in
 * src/docs/hosts.md.
 */

import { types } from 'node:util'

const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']
const CONCURRENT_MAX = 10
const TIMEOUT_MS = 60_000

/**
 * Makes a `request` for a `wx`, which also counts.
 * @returns {{ request: (options: any) => { abort: () => void }, running: () => number }}
 */
export function wechatRequest() {
  let running = 0
  const request = (/** @type {any} */ options) => {
    const controller = new AbortController()
    let end = 'fail'
    let isAborted = false
    /** @type {(name: 'success' | 'fail', result: any) => void} */
    const settle = (name, result) => {
      setTimeout(() => {
        options[name]?.(result)
        options.complete?.(result)
      }, 0)
    }
    const { method = 'GET', timeout = TIMEOUT_MS } = options
    if (!METHODS.includes(method) || running >= CONCURRENT_MAX) {
      const why = running >= CONCURRENT_MAX ? 'exceed max task count' : 'invalid method'
      settle('fail', { errMsg: `request:fail ${why}`, errno: 600000 })
      return { abort() {} }
    }
    running += 1
    const timer = setTimeout(() => { end = 'timeout'; controller.abort() }, timeout)
    send(options, method, controller.signal).then(result => settle('success', result), () => {
      const why = isAborted ? 'abort' : end === 'timeout' ? 'timeout' : 'errcode:-102 cronet_error_code:-102'
      settle('fail', { errMsg: `request:fail ${why}`, errno: isAborted ? 600004 : 600001 })
    }).finally(() => {
      running -= 1
      clearTimeout(timer)
    })
    return { abort() { isAborted = true; controller.abort() } }
  }
  return { request, running: () => running }
}

/**
 * @param {any} options
 * @param {string} method
 * @param {AbortSignal} signal
 */
async function send({ url, data, header = {}, dataType = 'json', responseType = 'text' }, method, signal) {
  // A buffer goes as it is, of whatever realm; a view is an object as any other.
  const isObject = typeof data === 'object' && data !== null && !types.isAnyArrayBuffer(data)
  const body = method === 'GET' || method === 'HEAD' || data === undefined ? undefined
    : isObject ? JSON.stringify(data) : data
  const type = isObject && body !== undefined ? { 'content-type': 'application/json' } : {}
  const response = await fetch(url, { method, headers: { ...type, ...header }, body, signal })
  /** @type {Record<string, string>} */
  const headers = {}
  for (const [name, value] of response.headers) {
    // Devices give the names as the server spelled them, which fetch has lost.
    headers[name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase())] = value
  }
  const isBytes = responseType === 'arraybuffer'
  return {
    data: isBytes ? await response.arrayBuffer() : parsed(await response.text(), dataType),
    statusCode: response.status,
    header: headers,
    cookies: response.headers.getSetCookie(),
    errMsg: 'request:ok',
  }
}

/**
 * @param {string} text
 * @param {string} dataType
 */
function parsed(text, dataType) {
  if (dataType !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
