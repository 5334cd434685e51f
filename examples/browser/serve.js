// @ts-check
/**
 * Serves the app on this machine only: its own files, the package under /ministash/, and all that the server
 * of the journals answers.
 */

import { readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openJournalServer } from '../journal-server/server.js'

const HERE = path.dirname(fileURLToPath(import.meta.url))
const DATA = path.join(HERE, '../journal-server/data')
const PACKAGE = path.join(HERE, '../../pkg')
const TYPES = Object.freeze(/** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}))

/**
 * Starts the server; gives its address.
 * @param {{ port?: number, folder?: string, database?: string }} [options] Any free port if not given; what
 *   the server of the journals takes, its own folder if not given.
 */
export async function serveExample({ port = 0, folder = DATA, database } = {}) {
  const server = await openJournalServer({ folder, database, otherwise: (request, response) => {
    const place = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const body = bodyOf(place)
    response.writeHead(body ? 200 : 404, {
      'content-type': TYPES[path.extname(place) || '.html'] ?? 'text/plain', 'cache-control': 'no-store',
    })
    response.end(body ?? 'there is nothing here')
  } })
  return { url: `${await server.listen(port)}/`, close: server.close }
}

/** @param {string} place */
function bodyOf(place) {
  const isPackage = place.startsWith('/ministash/')
  const folder = isPackage ? PACKAGE : HERE
  const name = isPackage ? place.slice('/ministash'.length) : place === '/' ? '/index.html' : place
  try {
    const file = realpathSync(path.join(folder, name))
    return file.startsWith(realpathSync(folder)) ? readFileSync(file) : undefined
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serveExample({ port: Number(process.env.PORT ?? 8080) })
  console.log(`open ${url} in two tabs; end with Ctrl+C`)
}
