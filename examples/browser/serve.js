// @ts-check
/** Serves the app on this machine only: its own files, and the package under /ministash/. */

import { readFileSync, realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = path.dirname(fileURLToPath(import.meta.url))
const PACKAGE = path.join(HERE, '../../pkg')
const TYPES = Object.freeze(/** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}))

/** Starts the server; gives its address. @param {number} [port] Any free one if not given. */
export async function serveExample(port = 0) {
  const server = createServer((request, response) => {
    const place = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const body = bodyOf(place)
    response.writeHead(body ? 200 : 404, {
      'content-type': TYPES[path.extname(place) || '.html'] ?? 'text/plain', 'cache-control': 'no-store',
    })
    response.end(body ?? 'there is nothing here')
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(undefined))
  })
  const { port: taken } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const close = () => new Promise(resolve => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${taken}/`, close }
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
  const { url } = await serveExample(Number(process.env.PORT ?? 8080))
  console.log(`open ${url} in two tabs; end with Ctrl+C`)
}
