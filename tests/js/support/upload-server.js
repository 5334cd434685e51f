// @ts-check
/**
 * A real form server on loopback: takes multipart apart, keeps each file by its idempotency key, once, and
 * does as a script says: resets, stalls, refuses, reads slowly.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * What happens to a request.
 * @typedef {object} Fate
 * @property {number} [status] @property {Record<string, string>} [headers] @property {string} [body]
 * @property {'reset' | 'stall' | 'slow' | 'lost answer'} [fault]
 * @property {number} [after] How many bytes of its body are read before.
 */

/**
 * @typedef {object} Arrival
 * @property {Record<string, string>} fields
 * @property {string} name The field of the file.
 * @property {string} fileName
 * @property {string} digest
 * @property {number} size
 * @property {number} times How often it came whole.
 * @property {import('node:http').IncomingHttpHeaders} headers
 */

/** @typedef {Awaited<ReturnType<typeof formServer>>} FormServer */

/** @param {(request: import('node:http').IncomingMessage, count: number) => Fate | undefined} [fateOf] */
export async function formServer(fateOf = () => undefined) {
  /** @type {Map<string, Arrival>} */
  const arrivals = new Map()
  /** @type {Record<string, number>} */
  const fates = {}
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    // Pages of another origin ask first.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    response.setHeader('access-control-expose-headers', '*')
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    const fate = fateOf(request, count) ?? {}
    const { fault, after = 0, status = 200, headers = {}, body = '{"ok":true}' } = fate
    const kind = fault ?? String(status)
    fates[kind] = (fates[kind] ?? 0) + 1
    /** @type {Buffer[]} */
    const parts = []
    let read = 0
    request.on('error', () => {})
    request.on('data', (/** @type {Buffer} */ part) => {
      parts.push(part)
      read += part.length
      if (fault === 'reset' && read > after) request.socket.destroy()
      if (fault === 'stall' && read > after) request.pause()
      if (fault === 'slow') {
        request.pause()
        setTimeout(() => request.resume(), 1)
      }
    })
    request.on('end', () => {
      if (fault === 'stall') return
      if (fault === 'reset') {
        request.socket.destroy()
        return
      }
      if (status >= 200 && status < 300) note(request.headers, Buffer.concat(parts))
      // It arrived, and nobody hears of it.
      if (fault === 'lost answer') request.socket.destroy()
      else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
    })
  })
  /** @type {(headers: import('node:http').IncomingHttpHeaders, body: Buffer) => void} */
  const note = (headers, body) => {
    const { fields, name, fileName, content } = takeApart(String(headers['content-type']), body)
    const key = String(headers['idempotency-key'] ?? fields.key)
    const times = (arrivals.get(key)?.times ?? 0) + 1
    const digest = createHash('sha256').update(content).digest('hex')
    arrivals.set(key, { fields, name, fileName, digest, size: content.length, times, headers })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}/upload`,
    arrivals,
    fates,
    requests: () => count,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Takes a multipart body apart (RFC 2046 section 5.1).
 * @param {string} type
 * @param {Buffer} body
 */
function takeApart(type, body) {
  const boundary = /boundary=(.+)$/.exec(type)?.[1]
  if (boundary === undefined) throw new Error(`no boundary in ${type}`)
  const mark = Buffer.from(`\r\n--${boundary}`)
  const whole = Buffer.concat([Buffer.from('\r\n'), body])
  /** @type {Record<string, string>} */
  const fields = {}
  const file = { name: '', fileName: '', content: Buffer.alloc(0) }
  for (let at = whole.indexOf(mark); at >= 0;) {
    const next = whole.indexOf(mark, at + mark.length)
    if (next < 0) break
    const part = whole.subarray(at + mark.length + 2, next)
    const gap = part.indexOf('\r\n\r\n')
    const head = part.subarray(0, gap).toString()
    const content = part.subarray(gap + 4)
    const name = / name="([^"]*)"/.exec(head)?.[1] ?? ''
    const fileName = /filename="([^"]*)"/.exec(head)?.[1]
    if (fileName === undefined) fields[name] = content.toString()
    else Object.assign(file, { name, fileName, content })
    at = next
  }
  return { fields, ...file }
}
