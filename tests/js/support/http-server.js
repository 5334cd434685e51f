// @ts-check
/**
 * A real server on loopback whose answers a test writes down: for each path a list, one for each request, the
 * last one for all that follow. Its Date is the test's.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * @typedef {object} Reply
 * @property {number} [status]
 * @property {Record<string, string | string[]>} [headers]
 * @property {string | Buffer} [body]
 * @property {'destroy' | 'hang'} [fault] Cuts the connection, or never answers.
 * @property {boolean} [cutBody] Cuts the connection in the middle of the body.
 */

/**
 * @typedef {object} ScriptedServer
 * @property {string} base
 * @property {(path: string, replies: Reply[]) => void} script
 * @property {{ method: string, url: string, headers: import('node:http').IncomingHttpHeaders, body: string
 *   }[]} seen
 * @property {() => Promise<void>} close
 */

/**
 * @param {{ now: number }} time
 * @returns {Promise<ScriptedServer>}
 */
export async function scriptedServer(time) {
  /** @type {Map<string, Reply[]>} */
  const scripts = new Map()
  /** @type {ScriptedServer['seen']} */
  const seen = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => { body += chunk })
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      const replies = scripts.get(request.url ?? '') ?? [{ status: 404,
        body: '"nothing is written down here"' }]
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      if (reply) answer(reply, request, response, time.now)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    base: `http://127.0.0.1:${port}`,
    script: (path, replies) => { scripts.set(path, replies.slice()) },
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * @param {Reply} reply
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {number} now
 */
function answer({ status = 200, headers = {}, body = '', fault, cutBody }, request, response, now) {
  if (fault === 'destroy') request.socket.destroy()
  if (fault !== undefined) return
  response.sendDate = false
  response.writeHead(status, { date: new Date(now).toUTCString(), 'content-type': 'application/json',
    ...(cutBody ? { 'content-length': '1000' } : {}), ...headers })
  response.write(body === '' ? ' ' : body, () => {
    if (cutBody) request.socket.destroy()
    else response.end()
  })
}
