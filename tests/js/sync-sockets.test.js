// @ts-check
/**
 * Twenty devices that change the same keys, through real sockets, at the server of the examples; the server,
 * its database and devices are killed in between. In the end all hold the same, nothing was lost, and
 * nothing was done twice: the database is asked.
 *
 * `MINISTASH_SYNC_CHANGES=10000` says how many changes there are in all.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../examples/sync-server/database.js'
import { networkByFetch } from '../../js/hosts/http-fetch.js'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { StorageError } from '../../js/index.js'
import { cutAt, faulty } from '../../js/testing/faulty.js'
import { folderFor } from './support/host-folder.js'
import { startProgram } from './support/host-process.js'
import { startPostgres } from './support/postgres.js'
import { changeMuch, fieldOf, openMember, randomOf, RULES } from './support/sync-crowd.js'
import { openSyncServer, startSyncServer } from './support/sync-server.js'

/** @import { TestContext } from 'node:test' */
/** @import { Database } from '../../examples/sync-server/database.js' */
/** @import { Member, Saying } from './support/sync-crowd.js' */

const CHANGES = Number(process.env.MINISTASH_SYNC_CHANGES ?? 2000)
const CHILD = fileURLToPath(new URL('./support/sync-crowd-child.js', import.meta.url))
const USER = 'everybody'
const ROUNDS_MAX = 40

/**
 * What one device has said it did. Who dies in between may have made the change that it was about to make.
 * @typedef {object} Account
 * @property {Member} member
 * @property {number} next The number of its next change.
 * @property {number} deaths
 * @property {Map<string, string>} ids The key of each id.
 * @property {Set<string>} conflicts The keys of which it has heard that the server won.
 * @property {Map<string, { did: number, will: number, count: number, perhaps: number }>} keys By key: the tag
 *   of the last change for sure, and of the last one perhaps; how many there were, and perhaps were besides.
 */

/** @param {Member} member @returns {Account} */
const account = member =>
  ({ member, next: 0, deaths: 0, ids: new Map(), conflicts: new Set(), keys: new Map() })

/**
 * @param {Account} held
 * @param {Saying} saying
 */
function note(held, saying) {
  if ('conflict' in saying) held.conflicts.add(saying.conflict)
  if ('synced' in saying || 'conflict' in saying) return
  const known = held.keys.get(saying.key) ?? { did: 0, will: 0, count: 0, perhaps: 0 }
  held.keys.set(saying.key, known)
  if ('will' in saying) {
    held.next = saying.will + 1
    known.will = saying.will + 1
    known.perhaps += 1
    return
  }
  known.did = saying.did + 1
  known.count += 1
  known.perhaps -= 1
  held.ids.set(saying.id, saying.key)
}

/**
 * Devices in this process, whose power is cut now and then before or after some call of their host.
 * @param {Account} held
 * @param {number} changes
 * @param {number} deaths How often it dies.
 * @param {() => void} onChange
 */
async function liveHere(held, changes, deaths, onChange) {
  const { member } = held
  const random = randomOf(member.number + 77)
  const host = Object.freeze({ ...memory({ immediate: /** @type {true} */ (member.number % 2 === 0) }),
    network: networkByFetch() })
  for (;;) {
    const isMortal = held.deaths < deaths
    // About ten host calls for each change that is made and synchronised.
    const fatal = isMortal ? Math.ceil(random() * changes * 5 / deaths) + 40 : Infinity
    const power = faulty(host, { plan: cutAt(fatal, random() < 0.5) })
    const tell = (/** @type {Saying} */ saying) => {
      note(held, saying)
      if ('did' in saying) onChange()
    }
    try {
      const stash = await openMember(member, power.host, tell)
      await changeMuch(member, { stash, from: held.next, to: changes, tell })
      if (power.isCut) throw new Error('the power is cut')
      power.expect(undefined)
      return { stash }
    } catch (error) {
      if (!power.isCut) throw error
    }
    held.deaths += 1
    await host.close?.()
  }
}

/**
 * Devices in a process of their own, which is killed with SIGKILL.
 * @param {TestContext} context
 * @param {Account} held
 * @param {{ dir: string, changes: number, deaths: number, onChange: () => void }} life
 */
async function liveElsewhere(context, held, { dir, changes, deaths, onChange }) {
  const { member } = held
  const random = randomOf(member.number + 7)
  while (held.next < changes) {
    const child = startProgram(context, CHILD, dir, JSON.stringify({ member, from: held.next, to: changes }))
    const fatal = held.deaths < deaths ? held.next + Math.ceil(random() * changes / deaths) : Infinity
    for (let line; (line = await child.line()) !== undefined;) {
      /** @type {Saying} */
      const saying = JSON.parse(line)
      note(held, saying)
      if ('did' in saying) onChange()
      if ('will' in saying && saying.will === fatal) {
        held.deaths += 1
        // Some time within the next change or what is pushed after it.
        setTimeout(() => { void child.kill() }, random() * 30)
      }
    }
    const signal = await child.end()
    assert.ok(signal === 'SIGKILL' || held.next >= changes, 'a device ended before its time')
  }
  const host = node({ dir, durable: false })
  return { stash: await openMember(member, host, saying => note(held, saying)) }
}

/**
 * Lets a crowd live at a server, with disasters in between.
 * @param {TestContext} context
 * @param {{ url: string, token: string, devices: number, children: number, changes: number,
 *   disasters: (() => Promise<void>)[] }} world The disasters come one after the other, evenly.
 */
async function live(context, { url, token, devices, children, changes, disasters }) {
  const names = Object.keys(RULES)
  const accounts = Array.from({ length: devices }, (_, number) =>
    account({ number, rule: names[number % names.length] ?? '', url, token }))
  const each = Math.ceil(changes / devices)
  let made = 0
  let happened = 0
  /** @type {Promise<void>} */
  let disaster = Promise.resolve()
  const onChange = () => {
    made += 1
    if (happened === disasters.length || made < changes * (happened + 1) / (disasters.length + 1)) return
    const happen = disasters[happened]
    happened += 1
    disaster = disaster.then(happen)
  }
  const lives = await Promise.all(accounts.map(held => {
    const isChild = held.member.number < children
    const dir = isChild ? join(folderFor(context), 'device') : ''
    return isChild ? liveElsewhere(context, held, { dir, changes: each, deaths: 3, onChange })
      : liveHere(held, each, held.member.number % 3 === 0 ? 3 : 0, onChange)
  }))
  await disaster
  assert.equal(happened, disasters.length)
  return accounts.map((held, index) => ({ ...held, ...lives[index] }))
}

/** @typedef {Awaited<ReturnType<typeof live>>} Crowd */

/**
 * Synchronises until nothing happens any more.
 * @param {Crowd} crowd
 */
async function settle(crowd) {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const failures = []
    for (const { stash } of crowd) await stash?.sync.syncData().catch(error => failures.push(error))
    const ends = new Set(crowd.map(({ stash }) => stash?.sync.status.cursor))
    const isDone = crowd.every(({ stash }) => stash?.sync.status.pending === 0)
    if (failures.length === 0 && isDone && ends.size === 1) return
  }
  const standings = crowd.map(({ stash }) => stash?.sync.status)
  assert.fail(`it does not come to rest: ${JSON.stringify(standings)}`)
}

/**
 * Holds the devices against each other, and against the database.
 * @param {TestContext} context
 * @param {Crowd} crowd
 * @param {Database} database
 */
async function judge(context, crowd, database) {
  const rows = await database.query('SELECT key, body FROM rows WHERE user_id = $1 AND body IS NOT NULL',
    [USER])
  const held = new Map(rows.map(({ key, body }) => [Buffer.from(key).toString('utf8'), JSON.parse(body)]))
  for (const { member, stash } of crowd) {
    const own = new Map(await stash?.storage.entries())
    assert.deepEqual([...own].sort(byKey), [...held].sort(byKey), `device ${member.number} holds others`)
    const { repaired } = await stash?.sync.syncData({ verify: true }) ?? {}
    assert.equal(repaired, 0, `device ${member.number} knows other versions`)
  }
  const decided = await decisions(database)
  const counts = { changes: 0, ids: 0, accepted: 0, 'lost a conflict': 0, 'in another one': 0 }
  for (const { member, stash, deaths, ids, conflicts, keys } of crowd) {
    for (const { count } of keys.values()) counts.changes += count
    counts.ids += ids.size
    for (const [id, key] of ids) {
      const fate = await stash?.sync.awaitAccepted(id).then(() => 'accepted',
        error => StorageError.is(error) ? error.code : String(error))
      assert.ok(fate === 'accepted' || fate === 'CONFLICT', `${id} of ${key}: ${fate}`)
      const said = decided.get(id)
      if (said === 'accepted') assert.equal(fate, 'accepted', `${id} was accepted, not ${fate}`)
      // Who died may have heard of it just before.
      assert.ok(fate === 'accepted' || deaths > 0 || conflicts.has(key), `nobody heard that ${id} has lost`)
      const end = said === 'accepted' ? 'accepted'
        : fate === 'CONFLICT' ? 'lost a conflict' : 'in another one'
      counts[end] += 1
    }
    for (const [key, { did, will }] of keys) {
      const tag = key.startsWith('own/') ? held.get(key)
        : key.startsWith('fields/') ? held.get(key)[fieldOf(member.number)] : will
      assert.ok(tag >= did && tag <= will, `${key}: device ${member.number} set ${did}, there is ${tag}`)
    }
  }
  const counters = [...held].filter(([key]) => key.startsWith('counts/'))
  for (const [key, { total }] of counters) {
    const added = crowd.map(({ keys }) => keys.get(key) ?? { count: 0, perhaps: 0 })
    const least = added.reduce((sum, { count }) => sum + count, 0)
    const most = added.reduce((sum, { perhaps }) => sum + perhaps, least)
    assert.ok(total >= least && total <= most, `${key} is ${total}, and ${least} to ${most} were added`)
  }
  const deaths = crowd.reduce((sum, one) => sum + one.deaths, 0)
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', ')
  context.diagnostic(`${told}; `
    + `${counters.length} counters exact, ${deaths} deaths of devices`)
  return counts
}

/**
 * What the server said of each change; that each version was given out once, and to one change.
 * @param {Database} database
 */
async function decisions(database) {
  const all = await database.query('SELECT client, id, result FROM mutations WHERE user_id = $1', [USER])
  const results = all.map(({ client, id, result }) => ({ name: `${client}:${id}`, ...JSON.parse(result) }))
  const accepted = results.filter(({ status }) => status === 'accepted')
  const versions = accepted.map(({ version }) => version).sort((a, b) => a - b)
  assert.deepEqual(versions, versions.map((_, index) => index + 1), 'a change was applied twice')
  const [{ seq }] = await database.query('SELECT seq FROM accounts WHERE user_id = $1', [USER])
  assert.equal(Number(seq), accepted.length)
  return new Map(results.map(({ name, status }) => [name, status]))
}

/**
 * @param {[key: string, value: unknown]} a
 * @param {[key: string, value: unknown]} b
 */
const byKey = ([a], [b]) => a < b ? -1 : 1

test('20 devices, PostgreSQL, everything killed: nothing is lost, nothing is done twice', async context => {
  const postgres = await startPostgres()
  context.after(() => postgres.stop())
  const server = await startSyncServer({ database: postgres.url })
  context.after(() => server.stop())
  const killServer = async () => {
    await server.kill()
    await server.restart()
  }
  const killDatabase = async () => {
    await postgres.kill()
    await postgres.restart()
  }
  const start = performance.now()
  const crowd = await live(context, {
    url: server.url, token: await server.token(USER), devices: 20, children: 4, changes: CHANGES,
    disasters: [killServer, killServer, killDatabase, killServer, killServer],
  })
  for (const { stash } of crowd) context.after(() => stash?.close())
  await settle(crowd)
  const seconds = (performance.now() - start) / 1000
  const database = await openDatabase(postgres.url)
  context.after(() => database.close())
  const { changes } = await judge(context, crowd, database)
  context.diagnostic(`${seconds.toFixed(1)} s, ${Math.round(changes / seconds)} changes a second`)
  assert.ok(changes >= CHANGES * 0.95)
})

test('6 devices, PGlite: nothing is lost, nothing is done twice', async context => {
  const server = await openSyncServer({ limits: { requestsAtOnce: 1e9, strangersAtOnce: 1e9 } })
  context.after(() => server.stop())
  const crowd = await live(context, {
    url: server.url, token: await server.token(USER), devices: 6, children: 1, changes: 300, disasters: [],
  })
  for (const { stash } of crowd) context.after(() => stash?.close())
  await settle(crowd)
  await judge(context, crowd, server.database)
})
