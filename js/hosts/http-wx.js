// @ts-check
/**
 * The network of mini-programs: `wx.request` and what is called alike, and Alipay's `my.request`; files go
 * as forms by `uploadFile`. What refusals mean is in http-wx-errors.js.
 */

import { StorageError } from '../errors.js'
import { headerObject, headerText } from '../http-headers.js'
import { errorOf } from './http-wx-errors.js'

/** @import { HttpAnswer, HttpForm, HttpNetwork, HttpRequest } from './http.js' */

/** What Alipay wants to know of a file, by the end of its name. */
const KINDS = { video: /\.(mp4|mov|avi|mkv|webm)$/i, audio: /\.(mp3|aac|m4a|wav|ogg|amr|silk)$/i }

/** Requests, uploads and downloads each; what becomes of the next one is not said. */
const AT_ONCE_MAX = 10

/**
 * The network of an object with `request`; undefined if it has none.
 * @param {{ request?: (options: any) => any, uploadFile?: (options: any) => any }} host
 * @param {'wx' | 'my'} [words]
 * @returns {HttpNetwork | undefined}
 */
export function networkByRequest(host, words = 'wx') {
  if (typeof host.request !== 'function') return undefined
  return {
    words,
    limit: AT_ONCE_MAX,
    lacksPatch: true,
    send: request => run(callbacks => host.request?.({
      ...native(request.native),
      ...requestIn(request, words),
      ...callbacks,
    })),
    sendForm: typeof host.uploadFile !== 'function' ? undefined : form => {
      const { path } = form.file
      if (path === undefined) {
        const error = new StorageError('UNSUPPORTED', 'mini-programs send forms from a path only: write the '
          + 'bytes to a file, or use tus()')
        return { answer: Promise.reject(error), abort() {} }
      }
      let headers = ''
      const sending = run(callbacks => {
        const task = host.uploadFile?.({ ...formIn(form, path, words), ...callbacks })
        // The answer of an upload has no header fields, but its task tells them, from base library 2.1.0 on.
        task?.onHeadersReceived?.((/** @type {any} */ told) => { headers = headerText(told.header) })
        task?.onProgressUpdate?.((/** @type {any} */ told) =>
          form.onProgress(told.totalBytesSent, told.totalBytesExpectedToSend))
        return task
      })
      const answer = sending.answer.then(come => ({ ...come, headers: come.headers || headers }))
      return { answer, abort: sending.abort }
    },
  }
}

/**
 * Makes a call with callbacks, which is a task.
 * @param {(callbacks: { success: (result: any) => void, fail: (refusal: any) => void }) => any} call
 * @returns {{ answer: Promise<HttpAnswer>, abort: () => void }}
 */
function run(call) {
  /** @type {{ abort?: () => void } | undefined} */
  let task
  let isAborted = false
  const answer = /** @type {Promise<HttpAnswer>} */ (new Promise((resolve, reject) => {
    task = call({
      success: result => resolve(answerOf(result)),
      fail: refusal => {
        // Alipay calls an answer outside of 200 to 299 a failure, and gives it along.
        if (refusal?.error === 19 && refusal.status >= 100) resolve(answerOf(refusal))
        else reject(errorOf(refusal, isAborted))
      },
    })
  }))
  return { answer, abort: () => { isAborted = true; task?.abort?.() } }
}

/**
 * @param {HttpRequest} request
 * @param {'wx' | 'my'} words
 */
function requestIn({ url, method, body, headers, kind, timeout }, words) {
  return {
    url,
    method,
    // A view would be sent as the JSON of an object.
    data: ArrayBuffer.isView(body) ? bufferOf(body) : body,
    [words === 'my' ? 'headers' : 'header']: headerObject(headers),
    ...(timeout === undefined ? {} : { timeout }),
    // The text as it came: it is taken apart on its way to the caller.
    dataType: words === 'my' && kind === 'bytes' ? 'arraybuffer' : 'text',
    responseType: kind === 'bytes' ? 'arraybuffer' : 'text',
  }
}

/**
 * @param {HttpForm} form
 * @param {string} filePath
 * @param {'wx' | 'my'} words
 */
function formIn({ url, name, headers, fields, fileName, timeout }, filePath, words) {
  const fileType = KINDS.video.test(fileName) ? 'video' : KINDS.audio.test(fileName) ? 'audio' : 'image'
  return {
    url,
    filePath,
    name,
    ...(words === 'my' ? { fileName: name, fileType } : {}),
    header: headerObject(headers),
    formData: fields,
    ...(timeout === undefined ? {} : { timeout }),
  }
}

/** @param {ArrayBufferView} view */
function bufferOf({ buffer, byteOffset, byteLength }) {
  const isWhole = byteLength === buffer.byteLength
  return isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
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
