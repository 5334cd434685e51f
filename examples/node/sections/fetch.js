// @ts-check
/** A real server with ETags and latency: what the HTTP cache saves, and the app with the server stopped. */

import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { claim } from '../proof.js'
import { explain, say, title } from '../print.js'

const LATENCY_MS = 40
const BYTES = 20_000
const ASKS = 30

/** @param {import('../world.js').World} world */
export async function fetchThings({ stash }) {
  title('Ask a server, and then without it')
  const weather = JSON.stringify({ city: 'Shenzhen', days: 'sunny '.repeat(BYTES / 6) })
  let sent = 0
  const server = createServer((request, response) => {
    const isKnown = request.headers['if-none-match'] === '"w1"'
    if (!isKnown) sent += weather.length
    response.writeHead(isKnown ? 304 : 200,
      { 'content-type': 'application/json', etag: '"w1"', 'cache-control': 'max-age=1, stale-if-error=3600' })
    setTimeout(() => response.end(isKnown ? undefined : weather), LATENCY_MS)
  })
  await new Promise(resolve => { server.listen(0, '127.0.0.1', () => resolve(undefined)) })
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const url = `http://127.0.0.1:${port}/weather`
  await stash.http.invalidate({ prefix: 'http://127.0.0.1:' })

  const start = performance.now()
  for (let count = 0; count < ASKS; count += 1) await stash.http.request({ url })
  await sleep(1100)
  const later = await stash.http.request({ url })
  const ms = performance.now() - start - 1100
  say(`${ASKS + 1} answers in ${ms.toFixed(0)} ms, where the network alone takes ${(ASKS + 1) * LATENCY_MS} ms;`
    + ` ${sent} bytes came instead of ${(ASKS + 1) * weather.length}`)
  claim('the body came once, and one validation without a body made it fresh again',
    sent === weather.length && later.fromCache)

  server.closeAllConnections()
  await new Promise(resolve => { server.close(resolve) })
  await sleep(1100)
  const without = await stash.http.request({ url })
  claim('with the server stopped, the app still shows the weather', without.data.city === 'Shenzhen')
  explain(`the answer says so: ${without.header['Cache-Status']}`)
}
