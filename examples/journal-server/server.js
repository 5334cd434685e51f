// @ts-check
/**
 * The server of the travel journal, which three of the examples are: `/sync` keeps entries, `/photos` takes
 * photos, `/guide` is worth a cache, `/entropy` draws random bytes. For trying out: everybody who reaches it
 * is one and the same traveller.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { openDatabase } from '../sync-server/database.js'
import { createSyncServer } from '../sync-server/server.js'
import { guide } from './guide.js'
import { photoStore } from './photos.js'

/** @import { IncomingMessage, ServerResponse } from 'node:http' */

/**
 * @typedef {object} JournalOptions
 * @property {string} folder Where photos lie, and the database if no other one is given.
 * @property {string} [database] As DATABASE_URL of the sync server.
 * @property {(request: IncomingMessage, response: ServerResponse) => void} [otherwise] Answers what is not
 *   of the journal: the page of an app, say.
 */

/** @param {JournalOptions} options */
export async function openJournalServer({ folder, database: place, otherwise = nothingHere }) {
  const photos = photoStore(path.join(folder, 'photos'))
  const database = await openDatabase(place ?? path.join(folder, 'entries'))
  const sync = createSyncServer({ database, authenticate: async () => 'traveller' })

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  const answer = async (request, response) => {
    const { pathname, searchParams } = new URL(`http://host${request.url ?? '/'}`)
    const [, first = '', second = ''] = pathname.split('/')
    if (first === 'sync') {
      request.url = String(request.url).slice('/sync'.length)
      return sync.handle(request, response)
    }
    if (first === 'guide' && request.method === 'GET') {
      return send(response, guide(searchParams.get('lang') ?? '', request.headers['if-none-match']))
    }
    if (first === 'entropy' && request.method === 'GET') return send(response, drawn())
    if (first === 'photos' && request.method === 'POST') return send(response, await photos.take(request))
    if (first === 'photos' && request.method === 'GET') return send(response, await photos.give(second))
    return otherwise(request, response)
  }
  const server = createServer((request, response) => {
    request.on('error', () => {})
    answer(request, response).catch(error => {
      console.error(error)
      send(response, { status: 500, body: 'something went wrong' })
    })
  })

  return {
    /** Starts to listen; gives the address. @param {number} [port] @param {string} [host] */
    async listen(port = 0, host = '127.0.0.1') {
      server.listen(port, host)
      await once(server, 'listening')
      const { port: taken } = /** @type {import('node:net').AddressInfo} */ (server.address())
      return `http://${host}:${taken}`
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await database.close()
    },
  }
}

/** Random bytes, for devices that have none. */
function drawn() {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status: 200, headers, body: JSON.stringify([...randomBytes(32)]) }
}

/** @param {ServerResponse} response @param {import('./photos.js').Answer} answer */
function send(response, { status, headers, body }) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body)
}

/** @param {IncomingMessage} _ @param {ServerResponse} response */
function nothingHere(_, response) {
  send(response, { status: 404, body: 'there is nothing here' })
}
