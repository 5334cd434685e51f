// @ts-check
/**
 * How browsers send a file as a form: by XMLHttpRequest, which tells how far it is, else by `fetch`, as in
 * service workers.
 */

import { StorageError } from '../errors.js'
import { headerPairs } from '../http-headers.js'

/** @import { HttpAnswer, HttpForm, HttpSend } from './http.js' */

/**
 * Sends a form.
 * @param {HttpForm} form
 * @param {HttpSend} send The network, where there is no XMLHttpRequest.
 * @returns {{ answer: Promise<HttpAnswer>, abort: () => void }}
 */
export function sendFormData(form, send) {
  let isAborted = false
  let abort = () => {}
  const answer = bodyOf(form).then(body => {
    if (isAborted) throw new StorageError('ABORTED', 'the upload was given up')
    const { url, headers, timeout } = form
    const sending = typeof XMLHttpRequest === 'function' ? sendByXhr(form, body)
      : send({ method: 'POST', url, headers, kind: 'text', body, timeout })
    abort = sending.abort
    return sending.answer
  })
  return { answer, abort: () => { isAborted = true; abort() } }
}

/** @param {HttpForm} form */
async function bodyOf({ file, name, fileName, fields }) {
  const body = new FormData()
  for (const [field, value] of Object.entries(fields)) body.append(field, value)
  // The file comes last: servers that store it at once have the fields by then.
  const parts = /** @type {BlobPart[]} */ (file.blob ? [] : [await file.read(0, Number(file.size))])
  body.append(name, /** @type {Blob | undefined} */ (file.blob) ?? new Blob(parts), fileName)
  return body
}

/**
 * @param {HttpForm} form
 * @param {FormData} body
 * @returns {{ answer: Promise<HttpAnswer>, abort: () => void }}
 */
function sendByXhr({ url, headers, timeout = 0, onProgress }, body) {
  const xhr = new XMLHttpRequest()
  const answer = /** @type {Promise<HttpAnswer>} */ (new Promise((resolve, reject) => {
    /** @type {(code: import('../errors.js').ErrorCode, message: string) => () => void} */
    const fail = (code, message) => () => reject(new StorageError(code, message))
    xhr.open('POST', url)
    xhr.timeout = timeout
    for (const [name, value] of headerPairs(headers)) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total)
    xhr.onerror = fail('NETWORK_FAILED', 'the file could not be sent')
    xhr.ontimeout = fail('TIMEOUT', `no answer within ${timeout} ms`)
    xhr.onabort = fail('ABORTED', 'the upload was given up')
    xhr.onload = () => resolve({
      status: xhr.status,
      statusText: xhr.statusText,
      headers: xhr.getAllResponseHeaders().replace(/\r\n/g, '\n'),
      read: async () => xhr.responseText,
    })
    xhr.send(body)
  }))
  return { answer, abort: () => xhr.abort() }
}
