// @ts-check
/**
 * How Node sends a file as a form (RFC 7578): written part by part, so that it tells how far it is and never
 * holds the whole file, with its length said beforehand.
 */

import { withHeader } from '../http-headers.js'
import { builtin } from './node-steps.js'

/** @import { HttpForm, HttpSend, HttpSendForm } from './http.js' */

const PART_BYTES = 256 * 1024

/**
 * Makes the `sendForm` of a network by `fetch`.
 * @param {HttpSend} send
 * @returns {HttpSendForm}
 */
export function formBySend(send) {
  return form => {
    const { url, headers, file, timeout, onProgress } = form
    const boundary = `ministash-${builtin('node:crypto').randomUUID()}`
    const head = new TextEncoder().encode(headOf(form, boundary))
    const tail = new TextEncoder().encode(`\r\n--${boundary}--\r\n`)
    const size = Number(file.size)
    let refusal = /** @type {unknown} */ (undefined)
    const typed = withHeader(headers, 'content-type', `multipart/form-data; boundary=${boundary}`)
    const { answer, abort } = send({
      method: 'POST',
      url,
      headers: withHeader(typed, 'content-length', String(head.length + size + tail.length)),
      kind: 'text',
      body: /** @type {any} */ (ReadableStream).from(body()),
      ...(timeout === undefined ? {} : { timeout }),
      native: { init: { duplex: 'half' } },
    })
    // `fetch` hides why the body ended.
    return { answer: answer.catch(error => { throw refusal ?? error }), abort }

    async function* body() {
      try {
        yield head
        for (let at = 0; at < size; at += PART_BYTES) {
          yield await file.read(at, Math.min(PART_BYTES, size - at))
          onProgress(Math.min(size, at + PART_BYTES), size)
        }
        yield tail
      } catch (error) {
        refusal = error
        throw error
      }
    }
  }
}

/**
 * @param {HttpForm} form
 * @param {string} boundary
 */
function headOf({ fields, name, fileName }, boundary) {
  const field = (/** @type {string} */ attributes) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${attributes}\r\n`
  const before = Object.entries(fields).map(([key, value]) =>
    `${field(`name="${escaped(key)}"`)}\r\n${value}\r\n`).join('')
  const file = field(`name="${escaped(name)}"; filename="${escaped(fileName)}"`)
  return `${before}${file}Content-Type: application/octet-stream\r\n\r\n`
}

/** As browsers write it (HTML, multipart/form-data encoding algorithm). @param {string} text */
function escaped(text) {
  return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')
}
