// A large file through the queue and by tus, while the process of the queue and that of the server are killed
// again and again, at places that a seed decides. What a process leaves is in the folder of its store.
// @ts-check
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { freePort } from './support/free-port.js'
import { countingWire, startChild, uploadsIn } from './support/tus-servers.js'
import { randomBytes, randomOf, sha256 } from './support/upload-kinds.js'

const FILE_BYTES = 20 * 1024 * 1024
const KILLS = 50
const SENT_MOST = 1.3
const SEED = Number(process.env.SEED ?? 7)

test(`a file of 20 MB arrives while client and server are each killed ${KILLS} times`, async context => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ministash-tus-kill-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const bytes = randomBytes(FILE_BYTES, SEED)
  const file = path.join(folder, 'film.mp4')
  writeFileSync(file, bytes)
  const port = await freePort()
  const killed = { client: 0, server: 0 }
  const plan = planOf(SEED)
  /** @type {Record<'client' | 'server', Awaited<ReturnType<typeof startChild>> | undefined>} */
  const running = { client: undefined, server: undefined }
  const wire = await countingWire(context, port, sent => {
    const [next] = plan
    if (!next || sent < next.at || !running[next.who]) return
    plan.shift()
    killed[next.who] += 1
    running[next.who]?.child.kill('SIGKILL')
    running[next.who] = undefined
  })
  const directory = mkdtempSync(path.join(folder, 'server-'))
  const starts = {
    server: () => startChild('./tus-server-child.js', [directory, String(port)]),
    client: () => startChild('./tus-client-child.js',
      [`http://127.0.0.1:${wire.port}/files`, file, path.join(folder, 'store')]),
  }
  let isDone = false
  context.after(() => { isDone = true; for (const one of Object.values(running)) one?.child.kill('SIGKILL') })
  /** @type {(who: 'client' | 'server') => Promise<void>} */
  const keepAlive = async who => {
    while (!isDone) {
      const one = await starts[who]()
      running[who] = one
      one.isReady.catch(() => {})
      const [code] = await one.exited
      running[who] = undefined
      if (who === 'client' && code === 0) isDone = true
      else assert.equal(code, null, `the ${who} ended by itself: ${one.said()}`)
    }
  }
  const server = keepAlive('server')
  await keepAlive('client')
  running.server?.child.kill('SIGKILL')
  await server

  const [upload, ...others] = uploadsIn(directory)
  assert.deepEqual(killed, { client: KILLS, server: KILLS }, 'every kill happened')
  assert.equal(others.length, 0, 'one upload')
  assert.deepEqual([upload.size, upload.digest], [FILE_BYTES, sha256(bytes)])
  const share = wire.sent() / FILE_BYTES
  context.diagnostic(`sent ${wire.sent()} bytes, ${share.toFixed(3)} times the file (seed ${SEED})`)
  assert.ok(share <= SENT_MOST, `sent ${share} times the file`)
})

/**
 * Who dies after how many bytes on the wire: both ends in any order, all of them before the file is through.
 * @param {number} seed
 */
function planOf(seed) {
  const random = randomOf(seed)
  const places = Array.from({ length: 2 * KILLS }, () => Math.floor(random() * FILE_BYTES * 0.95))
    .sort((one, other) => one - other)
  const left = { client: KILLS, server: KILLS }
  return places.map(at => {
    const isClient = random() * (left.client + left.server) < left.client
    const who = /** @type {'client' | 'server'} */ (isClient ? 'client' : 'server')
    left[who] -= 1
    return { at, who }
  })
}
