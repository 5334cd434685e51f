// @ts-check
/**
 * `wx.uploadFile` as devices have it, over real HTTP: multipart, from a path only, with an UploadTask; the
 * answer is text whatever its type, any status is a success, at most ten at once. What is in flight when the
 * app was hidden for five seconds fails as interrupted.
 */

import { request as send } from 'node:http'

const CONCURRENT_MAX = 10
const TIMEOUT_MS = 60_000
const PART_BYTES = 16 * 1024

/**
 * Makes an `uploadFile` for a `wx`.
 * @param {Map<string, Uint8Array>} files What lies under which path.
 */
export function wechatUpload(files) {
  /** @type {Set<(why: string) => void>} */
  const running = new Set()
  let most = 0
  const uploadFile = (/** @type {any} */ options) => {
    const { url, filePath, name, header = {}, formData = {}, timeout = TIMEOUT_MS } = options
    const task = uploadTask()
    /** @type {(kind: 'success' | 'fail', result: any) => void} */
    const settle = (kind, result) => {
      setImmediate(() => {
        options[kind]?.(result)
        options.complete?.(result)
      })
    }
    const bytes = files.get(filePath)
    const why = typeof url !== 'string' || !name ? 'parameter error: parameter.name should be String'
      : !bytes ? 'createUploadTask:fail file not found'
          : running.size >= CONCURRENT_MAX ? 'exceed max task count' : undefined
    if (why !== undefined || !bytes) {
      settle('fail', { errMsg: `uploadFile:fail ${why}`, errno: 600_000 })
      return task.face
    }
    const form = multipart(bytes, { name, formData, fileName: filePath.slice(filePath.lastIndexOf('/') + 1) })
    const type = `multipart/form-data; boundary=${form.boundary}`
    const outgoing = send(url, { method: 'POST',
      headers: { ...header, 'content-type': type, 'content-length': form.body.length } })
    let isOver = false
    /** @type {(why: string) => void} */
    const end = reason => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      running.delete(end)
      outgoing.destroy()
      settle('fail', { errMsg: `uploadFile:fail ${reason}` })
    }
    const timer = setTimeout(() => end('timeout'), timeout)
    running.add(end)
    most = Math.max(most, running.size)
    task.onAbort = () => end('abort')
    outgoing.on('error', () => end('errcode:-101 cronet_error_code:-101 error_msg:net::ERR_CONNECTION_RESET'))
    outgoing.on('response', response => {
      task.tell('HeadersReceived', { header: capitals(response.headers) })
      let data = ''
      response.setEncoding('utf8').on('data', part => { data += part })
      response.on('error', () => end('errcode:-101'))
      response.on('end', () => {
        if (isOver) return
        isOver = true
        clearTimeout(timer)
        running.delete(end)
        settle('success', { data, statusCode: response.statusCode, errMsg: 'uploadFile:ok' })
      })
    })
    write(outgoing, form.body, sent => {
      if (isOver) return
      const total = form.body.length
      task.tell('ProgressUpdate', { progress: Math.floor(sent / total * 100), totalBytesSent: sent,
        totalBytesExpectedToSend: total })
    })
    return task.face
  }
  return {
    wx: { uploadFile },
    running: () => running.size,
    /** The most that ran at once. */
    most: () => most,
    /** The app was hidden, and its time is over. */
    interrupt() { for (const end of [...running]) end('interrupted') },
  }
}

/** An UploadTask, and what moves it. */
export function uploadTask() {
  /** @type {Record<string, Set<(told: any) => void>>} */
  const heard = { ProgressUpdate: new Set(), HeadersReceived: new Set() }
  const task = {
    onAbort: () => {},
    /** @param {string} name @param {any} told */
    tell(name, told) { for (const listener of heard[name]) listener(told) },
    face: /** @type {any} */ ({ abort: () => task.onAbort() }),
  }
  for (const [name, listeners] of Object.entries(heard)) {
    task.face[`on${name}`] = (/** @type {any} */ listener) => { listeners.add(listener) }
    task.face[`off${name}`] = (/** @type {any} */ listener) => { listeners.delete(listener) }
  }
  return task
}

/**
 * @param {Uint8Array} bytes
 * @param {{ name: string, fileName: string, formData: Record<string, unknown> }} parts
 */
function multipart(bytes, { name, fileName, formData }) {
  const boundary = `----WeChat${Math.random().toString(36).slice(2)}`
  const fields = Object.entries(formData).map(([key, value]) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${String(value)}\r\n`).join('')
  const head = `${fields}--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n`
    + 'Content-Type: application/octet-stream\r\n\r\n'
  return { boundary, body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]) }
}

/**
 * @param {import('node:http').ClientRequest} outgoing
 * @param {Buffer} body
 * @param {(sent: number) => void} onSent
 */
function write(outgoing, body, onSent) {
  let at = 0
  const next = () => {
    if (outgoing.destroyed) return
    if (at >= body.length) {
      outgoing.end()
      return
    }
    const part = body.subarray(at, at + PART_BYTES)
    outgoing.write(part, error => {
      if (error) return
      at += part.length
      onSent(at)
      next()
    })
  }
  next()
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function capitals(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) =>
    [name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase()), value]))
}
