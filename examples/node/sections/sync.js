// @ts-check
/** Two devices and a server: they are taken apart, both change the same things, and meet again. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { node, open, rest } from 'ministash'
import { openDatabase } from '../../sync-server/database.js'
import { createSyncServer } from '../../sync-server/server.js'
import { createToken } from '../../sync-server/sign-in.js'
import { check, claim } from '../proof.js'
import { explain, refusal, say, table, time, title } from '../print.js'

/** @typedef {import('../world.js').World} World */
/** @typedef {Awaited<ReturnType<typeof openDevice>>} Device */

const DAY_MS = 86_400_000
const KEYS = Object.freeze(['trip', 'list', 'draft'])

/** @param {World} world */
export async function synchronise(world) {
  title('Two devices, apart and together again')
  explain('A phone and a laptop hold the same values, and so does a server on this machine: that of '
    + 'examples/sync-server, on PostgreSQL compiled to WebAssembly. The server goes away, both devices '
    + 'change the same values, and it comes back. Conflicts are merged field by field.')
  const folder = join(world.dataDir, 'devices')
  rmSync(folder, { recursive: true, force: true })
  const start = performance.now()
  const database = await openDatabase('memory://')
  say(`the database has started in ${time(performance.now() - start)}`)
  let server = createSyncServer({ database })
  const url = await server.listen()
  const token = await createToken(database, 'ann', Date.now() + DAY_MS)
  const devices = await Promise.all(['phone', 'laptop'].map(name => openDevice(folder, name, url, token)))
  try {
    const [phone, laptop] = /** @type {[Device, Device]} */ (devices)
    await meet(phone, laptop)
    await server.close()
    const waiting = await change(phone, laptop)
    server = createSyncServer({ database })
    await server.listen(Number(new URL(url).port))
    await rejoin(devices, waiting)
    await compare(devices, database)
  } finally {
    for (const { stash } of devices) await stash.close()
    await server.close()
    await database.close()
  }
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {string} url
 * @param {string} token
 */
async function openDevice(folder, name, url, token) {
  const stash = await open({
    host: node({ dir: join(folder, name), durable: false }),
    sync: { transport: rest({ url, auth: token }), conflict: 'merge' },
  })
  return { name, stash, storage: stash.storage, sync: stash.sync }
}

/** @param {Device} phone @param {Device} laptop */
async function meet(phone, laptop) {
  const { sync } = phone
  const add = (/** @type {string} */ key, /** @type {unknown} */ data) =>
    sync.addPendingChange({ type: 'create', key, data })
  await add('trip', { to: 'Lisbon', seats: 2, hotel: '?' })
  await add('list', { map: 'to buy', shoes: 'to buy' })
  await add('draft', 'Dear Ann')
  await sync.syncData()
  await laptop.sync.syncData()
  show('what both hold', [phone, laptop])
  const isSame = KEYS.every(key => wordsOf(phone, key) === wordsOf(laptop, key))
  claim('what the phone wrote is on the laptop', isSame)
}

/**
 * Both change what they hold while there is no server.
 * @param {Device} phone
 * @param {Device} laptop
 */
async function change(phone, laptop) {
  const set = (/** @type {Device} */ { sync }, /** @type {string} */ key, /** @type {object} */ data) =>
    sync.addPendingChange({ type: 'update', key, data })
  await set(phone, 'trip', { seats: 3 })
  await set(phone, 'list', { map: 'bought' })
  await set(laptop, 'trip', { hotel: 'Alfama' })
  await set(laptop, 'list', { shoes: 'bought', hat: 'to buy' })
  await laptop.sync.addPendingChange({ type: 'delete', key: 'draft' })
  const error = await phone.sync.syncData().then(() => undefined, reason => reason)
  check('the server is away', error?.code === 'NETWORK_FAILED')
  refusal(error)
  show('the server is away, and both go on', [phone, laptop])
  const waiting = phone.sync.status.pending + laptop.sync.status.pending
  claim(`nothing is dropped: ${waiting} changes wait for the server`, waiting === 5)
  return waiting
}

/**
 * The server is there again.
 * @param {Device[]} devices
 * @param {number} waiting
 */
async function rejoin(devices, waiting) {
  /** @type {string[]} */
  const merged = []
  for (const { name, sync } of devices) {
    sync.on('conflict', ({ key, winner }) => merged.push(`${key}, ${winner} on the ${name}`))
  }
  const start = performance.now()
  let pushed = 0
  // The phone, the laptop, and the phone once more for what the laptop has made of it.
  for (const { sync } of [...devices, ...devices.slice(0, 1)]) pushed += (await sync.syncData()).pushed
  show(`together again, in ${time(performance.now() - start)}`, devices)
  say(`conflicts: ${merged.join('; ') || 'none that the server did not merge'}`)
  claim(`each of the ${waiting} changes is at the server`, pushed >= waiting
  && devices.every(({ sync }) => sync.status.pending === 0 && sync.status.rejected === 0))
}

/**
 * @param {Device[]} devices
 * @param {import('../../sync-server/database.js').Database} database
 */
async function compare(devices, database) {
  const trip = JSON.stringify({ to: 'Lisbon', seats: 3, hotel: 'Alfama' })
  const list = JSON.stringify({ map: 'bought', shoes: 'bought', hat: 'to buy' })
  const held = devices.every(device => wordsOf(device, 'trip') === trip && wordsOf(device, 'list') === list
    && !device.storage.hasSync('draft'))
  claim('both hold what either has changed, and neither what one has deleted', held)
  const rows = await database.query('SELECT key, body FROM rows WHERE body IS NOT NULL ORDER BY version')
  const bodies = rows.map(({ body }) => body)
  claim('the database holds the same, row by row', bodies.length === 2 && bodies.includes(trip)
  && bodies.includes(list))
  for (const { name, sync } of devices) {
    const { repaired } = await sync.syncData({ verify: true })
    check(`the digest of the ${name} is that of the server`, repaired === 0)
  }
}

/**
 * @param {string} when
 * @param {Device[]} devices
 */
function show(when, devices) {
  say(`${when}:`)
  table([{ head: '' }, ...KEYS.map(head => ({ head }))],
    devices.map(device => [device.name, ...KEYS.map(key => shown(device.storage.getSync(key)))]))
}

/** @param {any} value */
function shown(value) {
  if (typeof value !== 'object' || value === null) return value === undefined || value === null ? '-' : value
  return Object.entries(value).map(([name, one]) => `${name} ${one}`).join(', ')
}

/** @param {Device} device @param {string} key */
function wordsOf({ storage }, key) {
  return JSON.stringify(storage.getSync(key))
}
