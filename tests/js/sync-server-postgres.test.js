// @ts-check
/** The sync server on PostgreSQL: many devices at once, a server that is killed, a database that is. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openDatabase } from '../../examples/sync-server/database.js'
import { startPostgres } from './support/postgres.js'
import { deviceOf, openSyncServer, startSyncServer } from './support/sync-server.js'

/** @typedef {ReturnType<typeof deviceOf>} Device */

const execute = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../examples/sync-server/main.js', import.meta.url))
const STAMP = '019a8b3c4d5e0001'
const NO_LIMIT = Object.freeze({ requestsAtOnce: 1e9 })

/** @type {import('./support/postgres.js').Postgres} */
let postgres
before(async () => { postgres = await startPostgres() })
after(() => postgres.stop())

test('no row appears before a cursor that was given out, whoever writes at the same time', async context => {
  // Two servers, each with connections of its own.
  const servers = await Promise.all([1, 2].map(() =>
    openSyncServer({ database: postgres.url, limits: NO_LIMIT })))
  for (const server of servers) context.after(() => server.stop())
  const token = await servers[0].token('ann')
  const deviceAt = (/** @type {number} */ i) => deviceOf(servers[i % 2].url, token)
  let writing = 20
  let accepted = 0

  /** @param {Device} device */
  const write = async device => {
    /** @type {Map<string, number>} */
    const known = new Map()
    for (let id = 1; id <= 90; id += 3) {
      const keys = [0, 1, 2].map(i => `k${(id * 7 + i * 11 + Math.floor(Math.random() * 5)) % 60}`)
      const results = await device.push([...new Set(keys)].map((key, i) =>
        ({ id: id + i, key, type: 'update', base: known.get(key) ?? 0, hlc: STAMP, value: id })))
      for (const [i, { status, version, row }] of results.entries()) {
        known.set([...new Set(keys)][i], version ?? row.version)
        if (status === 'accepted') accepted += 1
      }
    }
    writing -= 1
  }
  /** @param {Device} device @param {number} limit */
  const follow = async (device, limit) => {
    /** @type {Map<string, number>} */
    const rows = new Map()
    let cursor = ''
    let place = 0
    for (let isLast = false; ;) {
      const page = await device.pull(cursor, limit)
      for (const { key, version } of page.rows) {
        assert.ok(version > place, `version ${version} comes after the place ${place}`)
        place = version
        rows.set(key, version)
      }
      cursor = page.cursor
      if (page.more) continue
      place = Number(/\.(\d+)$/.exec(cursor)?.[1])
      // What was written before the last writer was done is in the turn that begins after it.
      if (isLast) return { rows, cursor }
      isLast = writing === 0
    }
  }
  const followers = [1, 2, 5, 1000, 1000].map((limit, i) => follow(deviceAt(i), limit))
  await Promise.all(Array.from({ length: 20 }, (_, i) => write(deviceAt(i))))
  const whole = await deviceAt(0).pullAll()
  const expected = whole.rows.map(({ key, version }) => [key, version]).sort()
  // Each of the 60 keys was made once; the rest is how often a device was ahead of the others.
  assert.ok(accepted > 60, `${accepted} accepted`)
  assert.match(whole.cursor, new RegExp(`\\.${accepted}$`))
  for (const { rows, cursor } of await Promise.all(followers)) {
    assert.deepEqual([...rows].sort(), expected)
    assert.equal(cursor, whole.cursor)
  }
})

/**
 * Devices that count, each on a key of its own and all on one that they share, and repeat a push until it is
 * answered. What is counted twice, or not at all, shows.
 * @param {() => Device} newDevice
 * @param {(answered: number) => void} onAnswer
 */
async function countTo(newDevice, onAnswer) {
  const DEVICES = 6
  const PUSHES = 25
  let answered = 0
  let failures = 0
  let wins = 0
  /** @param {number} n */
  const count = async n => {
    const device = newDevice()
    let own = 0
    let shared = { version: 0, value: 0 }
    for (let i = 1; i <= PUSHES; i += 1) {
      const mutations = [
        { id: i * 2 - 1, key: `own ${n}`, base: own, value: i },
        { id: i * 2, key: 'shared', base: shared.version, value: shared.value + 1 },
      ].map(one => ({ ...one, type: 'update', hlc: STAMP }))
      for (let tries = 1; ; tries += 1) {
        const results = await device.push(mutations).catch(error => {
          failures += 1
          if (tries > 2000) throw error
          return undefined
        })
        if (results) {
          const [mine, ours] = results
          assert.equal(mine.status, 'accepted', JSON.stringify(mine))
          own = mine.version
          if (ours.status === 'accepted') wins += 1
          shared = ours.row ?? { version: ours.version, value: shared.value + 1 }
          break
        }
        await pause(10)
      }
      answered += 1
      onAnswer(answered)
    }
  }
  await Promise.all(Array.from({ length: DEVICES }, (_, n) => count(n)))
  const { rows, cursor } = await newDevice().pullAll()
  const values = new Map(rows.map(({ key, value }) => [key, value]))
  for (let n = 0; n < DEVICES; n += 1) assert.equal(values.get(`own ${n}`), PUSHES)
  assert.equal(values.get('shared'), wins)
  // A version is given to what is done, and to nothing else.
  assert.match(cursor, new RegExp(`\\.${DEVICES * PUSHES + wins}$`))
  return { failures }
}

test('a server that is killed in the middle of pushes has done each of them once', async context => {
  const server = await startSyncServer({ database: postgres.url })
  context.after(() => server.stop())
  const token = await server.token('bob')
  /** @type {Promise<void> | undefined} */
  let restart
  let kills = 0
  const { failures } = await countTo(() => deviceOf(server.url, token), answered => {
    if (answered < (kills + 1) * 30 || kills === 4 || restart) return
    kills += 1
    restart = server.kill().then(() => server.restart()).then(() => { restart = undefined })
  })
  await restart
  assert.equal(kills, 4)
  assert.ok(failures > 0)
  assert.equal(await server.stop(), 0, server.said())
})

test('a database that is killed has kept what was answered, and the server finds it again', async context => {
  const server = await openSyncServer({ database: postgres.url, limits: NO_LIMIT, log: () => {} })
  context.after(() => server.stop())
  const token = await server.token('cleo')
  /** @type {Promise<void> | undefined} */
  let restart
  let kills = 0
  const { failures } = await countTo(() => deviceOf(server.url, token), answered => {
    if (answered < (kills + 1) * 40 || kills === 3 || restart) return
    kills += 1
    restart = postgres.kill().then(() => postgres.restart()).then(() => { restart = undefined })
  })
  await restart
  assert.equal(kills, 3)
  assert.ok(failures > 0)

  await postgres.kill()
  const away = await deviceOf(server.url, token).ask('GET', '/pull')
  const said = [away.status, away.body.error.code, away.headers.get('retry-after')]
  assert.deepEqual(said, [503, 'UNAVAILABLE', '1'])
  assert.equal((await fetch(`${server.url}/health`)).status, 503)
  await postgres.restart()
  assert.equal((await deviceOf(server.url, token).pullAll()).rows.length, 7)
})

test('its commands make a token, and begin a new history after a backup', async context => {
  const server = await openSyncServer({ database: postgres.url })
  context.after(() => server.stop())
  const env = { ...process.env, DATABASE_URL: postgres.url }
  /** @param {string[]} args */
  const run = async (...args) => (await execute(process.execPath, [MAIN, ...args], { env })).stdout.trim()
  const device = deviceOf(server.url, await run('token', 'zoë'))
  await device.push([{ id: 1, key: 'k', type: 'create', base: 0, hlc: STAMP, value: 1 }])
  const { cursor } = await device.pullAll()
  assert.equal(await run('new-epochs'), '')
  assert.equal((await device.pull(cursor)).reset, true)
  assert.equal((await device.pullAll()).rows.length, 1)
  await assert.rejects(run('nothing'), /usage: node main.js/)
})

test('a transaction that loses against another is repeated', async context => {
  const database = await openDatabase(postgres.url)
  context.after(() => database.close())
  await database.query(`INSERT INTO accounts (user_id, epoch) VALUES ('dora', '00000000')`)
  let tries = 0
  /** @type {(value?: undefined) => void} */
  let meet = () => {}
  const bothHaveRead = new Promise(resolve => { meet = resolve })
  const add = () => database.transaction('write', async session => {
    await session.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')
    const [{ seq }] = await session.query(`SELECT seq FROM accounts WHERE user_id = 'dora'`)
    tries += 1
    if (tries === 2) meet()
    await bothHaveRead
    await session.query(`UPDATE accounts SET seq = $1 WHERE user_id = 'dora'`, [seq + 1])
  })
  await Promise.all([add(), add()])
  const [{ seq }] = await database.query(`SELECT seq FROM accounts WHERE user_id = 'dora'`)
  assert.deepEqual([seq, tries], [2, 3])
})

test('servers that start at the same time make the tables once', async () => {
  const admin = await openDatabase(postgres.url)
  await admin.query('CREATE DATABASE fresh')
  const url = postgres.url.replace(/postgres$/, 'fresh')
  const databases = await Promise.all(Array.from({ length: 5 }, () => openDatabase(url)))
  assert.deepEqual(await databases[0].query('SELECT count(*) AS count FROM rows'), [{ count: 0 }])
  for (const database of [...databases, admin]) await database.close()
})
