// @ts-check
/**
 * Real tus servers: one in this process, behind a front that may answer in its place, and one in a process of
 * its own, behind a wire that counts, so that both ends can be killed.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

/** @import { TestContext } from 'node:test' */

/**
 * A request at the front.
 * @typedef {{ method: string, url: string, headers: import('node:http').IncomingHttpHeaders, body: Buffer,
 *   count: number }} Seen
 */

/** @typedef {{ status: number, headers?: Record<string, string> } | 'reset'} FrontAnswer */

/**
 * @typedef {object} Front
 * @property {(seen: Seen) => FrontAnswer | undefined} [decide] What is answered in place of the server.
 * @property {(seen: Seen, headers: Headers) => void} [change] Changes the header fields of its answer.
 */

/** @param {TestContext} context @param {Front & { maxSize?: number }} [front] */
export async function tusServer(context, { decide = () => undefined, change = () => {}, maxSize } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), 'ministash-tus-'))
  const server = new Server({ path: '/files', relativeLocation: true, datastore: new FileStore({ directory }),
    exposedHeaders: [], ...(maxSize === undefined ? {} : { maxSize }) })
  const back = createHttpServer((request, response) => {
    // As the protocol wants it; this server leaves it to what stands before it.
    const { 'x-http-method-override': method = request.method } = request.headers
    request.method = String(method)
    void server.handle(request, response)
  })
  const backPort = await listening(back)
  /** @type {Seen[]} */
  const seen = []
  const http = createHttpServer((request, response) => {
    /** @type {Buffer[]} */
    const parts = []
    request.on('data', part => parts.push(part))
    request.on('error', () => {})
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(parts), count: seen.length + 1 }
      seen.push(one)
      const decided = decide(one)
      if (decided === 'reset') request.socket.destroy()
      else if (decided) response.writeHead(decided.status, decided.headers).end()
      else forward(one, response).catch(() => request.socket.destroy())
    })
  })
  /** @type {(one: Seen, response: import('node:http').ServerResponse) => Promise<void>} */
  const forward = async (one, response) => {
    const { host, connection, 'content-length': length, ...headers } = one.headers
    const body = one.body.length > 0 ? new Uint8Array(one.body) : undefined
    const answer = await fetch(`http://127.0.0.1:${backPort}${one.url}`,
      { method: one.method, headers: /** @type {any} */ (headers), ...(body && { body }) })
    const fields = new Headers(answer.headers)
    change(one, fields)
    const whole = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, Object.fromEntries(fields)).end(whole)
  }
  const port = await listening(http)
  context.after(async () => {
    for (const one of [http, back]) {
      one.closeAllConnections()
      one.close()
      await once(one, 'close')
    }
    rmSync(directory, { recursive: true, force: true })
  })
  return { endpoint: `http://127.0.0.1:${port}/files`, directory, seen, files: () => uploadsIn(directory) }
}

/**
 * What a file store holds: the size, the digest and the metadata of each upload.
 * @param {string} directory
 */
export function uploadsIn(directory) {
  return readdirSync(directory).filter(name => !name.endsWith('.json')).map(name => {
    const bytes = readFileSync(path.join(directory, name))
    const { metadata } = JSON.parse(readFileSync(path.join(directory, `${name}.json`), 'utf8'))
    const digest = createHash('sha256').update(bytes).digest('hex')
    return { name, size: bytes.length, digest, metadata }
  })
}

/**
 * A wire to a server that may be away: counts the bytes that go up, and tells of each piece.
 * @param {TestContext} context
 * @param {number} target The port of the server.
 * @param {(sent: number) => void} onSent
 */
export async function countingWire(context, target, onSent) {
  let sent = 0
  /** @type {Set<import('node:net').Socket>} */
  const open = new Set()
  const wire = createTcpServer(near => {
    const far = connect(target, '127.0.0.1')
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one)
      one.on('error', () => {})
      // What one end sent before it died is still on its way.
      one.on('close', () => { open.delete(one); other.end() })
      one.on('data', piece => {
        if (!other.write(piece)) {
          one.pause()
          other.once('drain', () => one.resume())
        }
        if (one !== near) return
        sent += piece.length
        onSent(sent)
      })
      one.on('end', () => other.end())
    }
  })
  wire.listen(0, '127.0.0.1')
  await once(wire, 'listening')
  context.after(() => {
    for (const socket of open) socket.destroy()
    wire.close()
  })
  const { port } = /** @type {import('node:net').AddressInfo} */ (wire.address())
  return { port, sent: () => sent }
}

/**
 * Starts a process of this folder that says `ready` once it is.
 * @param {string} file
 * @param {string[]} args
 */
export async function startChild(file, args) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const isReady = new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', text => {
      said += text
      if (said.includes('ready')) resolve(undefined)
    })
    child.on('exit', code => reject(new Error(`${file} ended with ${code}: ${said}`)))
  })
  // A process that is killed while it starts is not waited for.
  const exited = once(child, 'exit')
  return { child, isReady, exited, said: () => said }
}

/** @param {import('node:http').Server} server */
async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}
