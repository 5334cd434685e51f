// @ts-check
/**
 * A small server on this machine that takes files in parts: `HEAD /name` says how much it has, `PATCH` adds
 * a part at an offset. It takes its time, as a network does.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

/** How long a part takes. */
const PART_MS = 8

/** Starts it on a free port. */
export async function startServer() {
  /** @type {Map<string, Buffer>} */
  const parts = new Map()
  /** @type {Map<string, string>} The digests of the files that are complete, by name. */
  const arrived = new Map()
  const state = { bytes: 0, arrived, url: '', close }

  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1)
    const held = parts.get(name) ?? Buffer.alloc(0)
    if (request.method === 'HEAD') {
      response.setHeader('upload-offset', String(held.length)).end()
      return
    }
    /** @type {Buffer[]} */
    const chunks = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => setTimeout(() => {
      const part = Buffer.concat(chunks)
      const isNext = Number(request.headers['upload-offset']) === (parts.get(name)?.length ?? 0)
      if (isNext) {
        const grown = Buffer.concat([held, part])
        parts.set(name, grown)
        state.bytes += part.length
        const isWhole = grown.length === Number(request.headers['upload-length'])
        if (isWhole) arrived.set(name, createHash('sha256').update(grown).digest('hex'))
      }
      response.writeHead(isNext ? 204 : 409).end()
    }, PART_MS))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  state.url = `http://127.0.0.1:${address.port}`
  return state

  async function close() {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}
