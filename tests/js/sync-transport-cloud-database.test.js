// WeChat's cloud database as a sync server: one winner of each race, nothing twice, nothing missed.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { makeController } from '../../js/abort.js'
import { cloudDatabase } from '../../js/sync-transports/cloud-database.js'
import { cloudDatabases } from './doubles/cloud-database.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { loadBuilt } from './support/miniprogram.js'
import { CLIENT, OTHER, change, conditions, stamp } from './support/sync-places.js'
import { randomOf } from './support/upload-kinds.js'

/** @typedef {import('../../js/sync-transports/transport.js').SyncTransport} SyncTransport */
/** @typedef {import('../../js/sync-transports/transport.js').WireMutation} WireMutation */

const NOW = 1_763_740_000_000

/** A cloud and its clock. @param {Parameters<typeof cloudDatabases>[0]} [options] */
function makeCloud(options = {}) {
  const time = { now: NOW }
  const cloud = cloudDatabases({ now: () => time.now, ...options })
  const how = conditions({ now: () => time.now, network: undefined })
  return { time, cloud, how, transport: cloudDatabase(cloud.databaseOf('o-me')) }
}

/** @type {(transport: SyncTransport, how: ReturnType<typeof conditions>, mutations: WireMutation[], client?:
 *  string) => Promise<any[]>} */
const push = async (transport, how, mutations, client = CLIENT) =>
  /** @type {any[]} */ ((await transport.push({ client, mutations }, how)).results)

/** Pulls to the end. @param {SyncTransport} transport @param {ReturnType<typeof conditions>} how */
async function pullAll(transport, how, cursor = '', limit = 100) {
  /** @type {any[]} */
  const rows = []
  for (;;) {
    const answer = /** @type {any} */ (await transport.pull({ cursor, limit }, how))
    rows.push(...answer.rows)
    cursor = answer.cursor
    assert.ok(answer.rows.length <= limit)
    if (!answer.more) return { rows, cursor }
  }
}

test('changes are decided by the version, as a server of the protocol does', async () => {
  const { cloud, how, transport } = makeCloud()
  const made = await push(transport, how, [change(1, 'a', 0, { x: 1, y: 1 }), change(2, '键/é', 0, [1, null]),
    change(3, 'c', 0, undefined, { type: 'create', encoded: [4, 'x'] }),
    change(4, 'd', 0, undefined, { type: 'create', sealed: 'y' }), change(5, 'e', 0, undefined)])
  assert.deepEqual(made, [1, 2, 3, 4, 5].map(id => ({ id, status: 'accepted', version: NOW })))
  /** @type {(key: string, made: object) => object} */
  const row = (key, more) => ({ key, version: NOW, ...more })
  const { rows } = await pullAll(transport, how)
  assert.deepEqual(rows, [
    row('键/é', { hlc: stamp(2), by: `${CLIENT}:2`, value: [1, null] }),
    row('a', { hlc: stamp(1), by: `${CLIENT}:1`, value: { x: 1, y: 1 } }),
    row('c', { hlc: stamp(3), by: `${CLIENT}:3`, encoded: [4, 'x'] }),
    row('d', { hlc: stamp(4), by: `${CLIENT}:4`, sealed: 'y' }),
    row('e', { hlc: stamp(5), by: `${CLIENT}:5`, deleted: true })])
  const conflict = { status: 'conflict', row: rows[1] }
  const merged = { x: 1, z: 3 }
  assert.deepEqual(await push(transport, how, [
    change(6, 'a', 0, 5), change(7, 'a', NOW - 1, { z: 3 }), change(8, 'a', NOW - 1, undefined),
    change(9, 'a', NOW - 1, { z: 3 }, { fields: ['y', 'z'], hlc: stamp(0) }),
    change(10, 'a', NOW - 1, { z: 3 }, { fields: ['y', 'z'] }), change(11, 'a', NOW + 1, undefined),
    change(12, 'a', NOW, undefined), change(13, 'a', 0, 6), change(14, 'x', 7, 1), change(15, 'y', 7,
      undefined),
  ], OTHER), [
    { id: 6, ...conflict }, { id: 7, ...conflict }, { id: 8, ...conflict }, { id: 9, ...conflict },
    { id: 10, status: 'accepted', version: NOW + 1, value: merged },
    { id: 11, status: 'accepted', version: NOW + 2 }, { id: 12, status: 'accepted', version: NOW + 2 },
    { id: 13, status: 'accepted', version: NOW + 3 },
    { id: 14, status: 'conflict', row: { key: 'x', version: 0, hlc: '0'.repeat(16), deleted: true } },
    { id: 15, status: 'accepted', version: NOW }])
  assert.ok(cloud.documents().every(({ _id }) => /^(o-me:[\w-]+|auto-1)$/.test(_id)))
})

test('what nobody else changed costs one call', async () => {
  const { cloud, how, transport } = makeCloud()
  await push(transport, how, [change(1, 'a', 0, 1)])
  const before = cloud.calls.length
  await push(transport, how, [change(2, 'a', NOW, 2), change(3, 'b', 0, 1)])
  assert.deepEqual(cloud.calls.slice(before).map(({ name }) => name), ['collection.update', 'collection.add'])
  await pullAll(cloudDatabase(cloud.databaseOf('o-me')), how)
  assert.equal(cloud.calls.length, before + 3)
})

test('a change is done once, wherever its answer is lost, and whoever changed the row since', async () => {
  const lost = { refuse: { errCode: -1, errMsg: 'collection:fail net::ERR_FAILED' }, applied: true }
  for (const base of [0, 1]) {
    const probe = makeCloud()
    if (base) await push(probe.transport, probe.how, [change(1, 'a', 0, { n: 0 })])
    const first = probe.cloud.calls.length
    await push(probe.transport, probe.how, [change(2, 'a', base && NOW, { n: 1 })])
    for (let at = first + 1; at <= probe.cloud.calls.length; at += 1) {
      for (const others of [0, 1, 9]) {
        let isOn = true
        const { cloud, how, transport } = makeCloud({ plan: ({ number }) => isOn && number === at ? lost
          : undefined })
        if (base) await push(transport, how, [change(1, 'a', 0, { n: 0 })])
        await assert.rejects(push(transport, how, [change(2, 'a', base && NOW, { n: 1 })]),
          { code: 'NETWORK_FAILED' })
        isOn = false
        const isDone = cloud.documents().some(({ by }) => by === `${CLIENT}:2`)
        let version = NOW + (base ? 1 : 0)
        for (let id = 1; id <= (isDone ? others : 0); id += 1) {
          version = (await push(transport, how, [change(id, 'a', version, { n: 1, id })], OTHER))[0].version
        }
        const again = await push(transport, how, [change(2, 'a', base && NOW, { n: 1 })])
        assert.deepEqual(again, [{ id: 2, status: 'accepted', version: NOW + (base ? 1 : 0) }])
        const rows = (await pullAll(transport, how)).rows
        assert.deepEqual(rows.map(({ value }) => value), [isDone && others ? { n: 1, id: others } : { n: 1 }])
      }
    }
  }
})

test('of those that race for a key one wins, and the others get the row that won', async () => {
  const random = randomOf(20_261_121)
  for (let round = 0; round < 40; round += 1) {
    const { cloud, how } = makeCloud()
    const isNew = round % 2 === 0
    if (!isNew) await push(cloudDatabase(cloud.databaseOf('o-me')), how, [change(1, 'k', 0, { n: 0 })])
    const base = isNew ? 0 : NOW
    const ends = await Promise.all(Array.from({ length: 4 }, async (_, device) => {
      const transport = cloudDatabase(cloud.databaseOf('o-me'), { user: 'o-me' })
      for (let turns = random() * 4; turns > 1; turns -= 1) await turn()
      return (await push(transport, how, [change(2, 'k', base, { device })], String(device).repeat(32)))[0]
    }))
    const winners = ends.filter(({ status }) => status === 'accepted')
    assert.equal(winners.length, 1, `round ${round}`)
    const won = ends.indexOf(winners[0])
    for (const { status, row } of ends.filter(end => end !== winners[0])) {
      assert.deepEqual([status, row.key, row.version, row.value], ['conflict', 'k', winners[0].version,
        { device: won }])
    }
  }
})

test('pages lose nothing while others write, at the same time and late', async () => {
  const random = randomOf(7)
  for (const limit of [3, 20, 50]) {
    const { time, cloud, how, transport } = makeCloud({ lateness: () => Math.floor(random() * 9000) })
    let [id, cursor] = [0, '']
    /** @type {Map<string, number>} */
    const truth = new Map()
    /** @type {Map<string, { version: number, value: any }>} */
    const held = new Map()
    const writer = cloudDatabase(cloud.databaseOf('o-me'), { user: 'o-me' })
    const write = async () => {
      for (let count = Math.floor(random() * 30); count > 0; count -= 1) {
        const key = `k${Math.floor(random() * 60)}`
        const known = cloud.documents().find(document => document.key === key)
        const [end] = await push(writer, how, [change(id += 1, key, known?.version ?? 0, id)], OTHER)
        if (end.status === 'accepted') truth.set(key, id)
        if (random() < 0.3) time.now += Math.floor(random() * 500)
      }
    }
    const pull = async () => {
      const answer = /** @type {any} */ (await transport.pull({ cursor, limit }, how))
      cursor = answer.cursor
      for (const row of answer.rows) {
        if (row.version > (held.get(row.key)?.version ?? 0)) held.set(row.key, row)
      }
      return answer
    }
    for (let round = 0; round < 30; round += 1) {
      await write()
      await pull()
      time.now += Math.floor(random() * 4000)
    }
    time.now += 10_000
    while ((await pull()).more);
    time.now += 10_000
    while ((await pull()).more);
    assert.deepEqual(new Map([...held].map(([key, { value }]) => [key, value])),
      new Map([...truth].sort(([one], [two]) =>
        [...held.keys()].indexOf(one) - [...held.keys()].indexOf(two))))
    const before = cloud.calls.length
    assert.deepEqual((await pull()).rows, [], 'when all is quiet nothing comes again')
    assert.equal(cloud.calls.length, before + 1)
  }
})

test('many rows of one moment are paged by their ids', async () => {
  const { cloud, how, transport } = makeCloud()
  const keys = Array.from({ length: 130 }, (_, at) => `k${at}`)
  await push(transport, how, keys.map((key, at) => change(at + 1, key, 0, at)))
  for (const limit of [1, 7, 20, 200]) {
    const { rows, cursor } = await pullAll(transport, how, '', limit)
    assert.deepEqual(rows.map(({ key }) => key).sort(), [...keys].sort())
    assert.equal((await pullAll(transport, { ...how, now: () => NOW + 60_000 }, cursor)).rows.length, 130,
      'once more: some might have been late')
  }
  assert.ok(cloud.documents().length > 130)
})

test('people do not see each other, and share no ids', async () => {
  const { cloud, how, transport } = makeCloud()
  const other = cloudDatabase(cloud.databaseOf('o-you'))
  for (const one of [transport, other]) {
    assert.equal((await push(one, how, [change(1, 'k', 0, one === other)]))[0].status, 'accepted')
  }
  for (const one of [transport, other]) {
    assert.deepEqual((await pullAll(one, how)).rows.map(({ value }) => value), [one === other])
  }
  const named = cloudDatabase(cloud.databaseOf('o-me'), { user: 'o-me' })
  assert.equal((await push(named, how, [change(1, 'k', 0, 1)], OTHER))[0].status, 'conflict')
})

/** @type {[refuse: { errCode?: number, errMsg: string }, error: object][]} */
const REFUSALS = [
  [{ errCode: -502003, errMsg: 'permission denied' }, { code: 'HTTP_STATUS', status: 403, retryable: false }],
  [{ errMsg: 'collection.get:fail -502003 database permission denied' }, { code: 'HTTP_STATUS',
    status: 403 }],
  [{ errCode: -501019, errMsg: 'unauthorized' }, { code: 'HTTP_STATUS', status: 403, retryable: false }],
  [{ errCode: -502005, errMsg: 'not exists' }, { code: 'HOST_FAILED', retryable: false,
    message: /create it/ }],
  [{ errCode: -502001, errMsg: 'fail' }, { code: 'HOST_FAILED', retryable: true, message: /-502001/ }],
  [{ errCode: -502002, errMsg: 'fail' }, { code: 'HOST_FAILED', retryable: false }],
  [{ errCode: -501001, errMsg: 'fail' }, { code: 'NETWORK_FAILED', retryable: true }],
  [{ errCode: -501002, errMsg: 'fail' }, { code: 'TIMEOUT', retryable: true }],
  [{ errCode: -502011, errMsg: 'fail' }, { code: 'TIMEOUT', retryable: true }],
  [{ errCode: -501003, errMsg: 'fail' }, { code: 'BUSY', retryable: true, status: 429 }],
  [{ errCode: -501015, errMsg: 'fail' }, { code: 'BUSY', retryable: true, status: 429 }],
  [{ errCode: -601003, errMsg: 'fail' }, { code: 'NETWORK_FAILED', retryable: true }],
  [{ errCode: -501005, errMsg: 'env' }, { code: 'HOST_FAILED', retryable: false }],
  [{ errMsg: 'request:fail timeout' }, { code: 'TIMEOUT', retryable: true }],
  [{ errCode: -1, errMsg: 'request:fail interrupted' }, { code: 'NETWORK_FAILED', interrupted: true }],
]

test('refusals are the errors that say what to do, of each call', async () => {
  for (const [refuse, error] of REFUSALS) {
    const { how, transport } = makeCloud({ plan: () => ({ refuse }) })
    await assert.rejects(transport.pull({ cursor: '', limit: 5 }, how), error, refuse.errMsg)
    await assert.rejects(push(transport, how, [change(1, 'a', 0, 1)]), error, refuse.errMsg)
  }
  const missing = makeCloud({ collections: [] })
  await assert.rejects(missing.transport.pull({ cursor: '', limit: 5 }, missing.how), { code: 'HOST_FAILED' })
  const full = makeCloud({ plan: ({ data }) => data?.text?.length > 10
    ? { refuse: { errCode: -501007, errMsg: 'too large' } } : undefined })
  assert.deepEqual((await push(full.transport, full.how, [change(1, 'a', 0, 'x'.repeat(20)), change(2, 'b',
    0, 1)]))
    .map(({ status, code }) => [status, code]), [['rejected', 'INVALID_VALUE'], ['accepted', undefined]])
})

test('what is decided is kept when the rest fails, and all ends when it is given up', async () => {
  const { how, transport } = makeCloud({ plan: ({ data }) => data?.key === 'b'
    ? { refuse: { errCode: -501001, errMsg: 'fail' } } : data?.key === 'c' ? 'hang' : undefined })
  const mutations = [change(1, 'a', 0, 1), change(2, 'b', 0, 1), change(3, 'd', 0, 1)]
  assert.deepEqual((await push(transport, how, mutations)).map(({ status }) => status), ['accepted',
    'retry', 'retry'])
  const controller = makeController()
  const given = push(transport, { ...how, signal: controller.signal }, [change(4, 'c', 0, 1)])
  setTimeout(() => controller.abort(), 20)
  await assert.rejects(given, { code: 'ABORTED' })
})

test('rows that are read before they are written make a change wait, not go wrong', async () => {
  let late = 0
  const { time, how, transport } = makeCloud({ lateness: () => late })
  await push(transport, how, [change(1, 'a', 0, 1)])
  late = 5000
  await push(transport, how, [change(1, 'a', NOW, 2)], OTHER)
  assert.deepEqual(await push(transport, how, [change(2, 'a', NOW, 3)]), [{ id: 2, status: 'retry',
    retryAfter: 1000 }])
  time.now += 5000
  assert.equal((await push(transport, how, [change(2, 'a', NOW, 3)]))[0].status, 'conflict')
})

test('a tombstone that was thrown away leaves no version that comes again', async () => {
  const { time, cloud, how, transport } = makeCloud()
  await push(transport, how, [change(1, 'a', 0, 1)])
  await push(transport, how, [change(2, 'a', NOW, undefined)])
  for (const { _id, form } of cloud.documents()) if (form === 'deleted') cloud.remove(_id)
  time.now += 90 * 86_400_000
  const [{ version }] = await push(transport, how, [change(3, 'a', 0, 2)])
  assert.ok(version > NOW + 1)
})

test('documents that are no rows are refused, and cursors of elsewhere begin anew', async () => {
  const { cloud, how, transport } = makeCloud()
  await push(transport, how, [change(1, 'a', 0, 1)])
  const good = cloud.documents().find(({ key }) => key === 'a') ?? {}
  for (const wrong of [{ version: 0 }, { version: '1' }, { key: '' }, { key: 5 }, { hlc: 'x' },
    { form: 'other' },
    { form: undefined }, { text: '{' }, { text: undefined }, { form: 'encoded', text: '5' }, { by: 5 }]) {
    cloud.put({ ...good, ...wrong, _id: good._id })
    await assert.rejects(transport.pull({ cursor: '', limit: 5 }, how), { code: 'HTTP_STATUS',
      retryable: true },
    JSON.stringify(wrong))
  }
  const { cursor } = /** @type {any} */ (await cloudDatabase(makeCloud().cloud.databaseOf('o')).pull(
    { cursor: '', limit: 5 }, how))
  for (const unknown of ['x', '1;notes;0;0;0;', cursor.replace('ministash', 'notes'), cursor.replace(/^1/,
    '2')]) {
    assert.deepEqual(await transport.pull({ cursor: unknown, limit: 5 }, how), { reset: true })
  }
})

test('wrong options and what is no database are refused', () => {
  const database = makeCloud().cloud.databaseOf('o')
  for (const wrong of [undefined, null, {}, 'db', { collection() {} }]) {
    assert.throws(() => cloudDatabase(/** @type {any} */ (wrong)), { code: 'INVALID_OPTION',
      message: /wx.cloud/ })
  }
  for (const wrong of [null, { collection: '' }, { collection: 'a b' }, { user: 'a:b' }, { user: 5 },
    { overlap: -1 }, { x: 1 }]) {
    assert.throws(() => cloudDatabase(database, /** @type {any} */ (wrong)), { code: 'INVALID_OPTION' })
  }
})

test('the mini-program build synchronises in a realm without what phones lack', async () => {
  const { cloud, how } = makeCloud()
  const { cloudDatabase: built, guideRest, rest } = loadBuilt({}, { wx: wechatDouble().wx })
  const transport = built(cloud.databaseOf('o-me'))
  assert.equal((await push(transport, how, [change(1, '键', 0, { n: 1 })]))[0].status, 'accepted')
  assert.equal((await push(transport, how, [change(1, '键', 0, { n: 2 })], OTHER))[0].status, 'conflict')
  assert.deepEqual((await pullAll(transport, how)).rows.map(({ value }) => value.n), [1])
  assert.deepEqual([rest, guideRest].map(make => make({ url: 'https://example.com' }).name), ['rest',
    'guideRest'])
})

test('the double keeps the rules that the documentation gives', async () => {
  const cloud = cloudDatabases()
  const database = cloud.databaseOf('o')
  const notes = database.collection('ministash')
  const own = { _openid: '{openid}' }
  await assert.rejects(notes.get(), { errCode: -502003 })
  await assert.rejects(notes.where({ _id: 'a' }).update({ data: {} }), { errCode: -502003 })
  await assert.rejects(database.collection('none').where(own).get(), { errCode: -502005 })
  await assert.rejects(notes.add({ data: { _openid: 'x' } }), { errCode: -501007 })
  await notes.add({ data: { _id: 'a', deep: { x: 1, y: 1 }, list: [1], at: database.serverDate() } })
  await assert.rejects(notes.add({ data: { _id: 'a' } }), { errCode: -502001, errMsg: /E11000/ })
  const { push: pushing, set, gt } = database.command
  const data = { deep: { x: 2 }, list: pushing({ each: [2, 3], slice: -2 }) }
  assert.deepEqual((await notes.where({ ...own, _id: 'a' }).update({ data })).stats, { updated: 1 })
  assert.deepEqual((await notes.where({ ...own, _id: 'b' }).update({ data })).stats, { updated: 0 })
  const read = async () => (await notes.where({ ...own, _id: 'a' }).get()).data[0]
  const { at, ...rest } = await read()
  assert.deepEqual([rest, at instanceof Date], [{ _id: 'a', _openid: 'o', deep: { x: 2, y: 1 }, list: [2,
    3] }, true])
  await notes.where({ ...own, _id: 'a' }).update({ data: { deep: set({ z: 1 }) } })
  assert.deepEqual((await read()).deep, { z: 1 })
  for (let count = 0; count < 30; count += 1) await notes.add({ data: { n: count } })
  assert.equal((await notes.where(own).limit(100).get()).data.length, 20)
  const late = (await notes.where({ ...own, n: gt(27) }).orderBy('n', 'asc').get()).data
  assert.deepEqual(late.map((/** @type {any} */ { n }) => n), [28, 29])
  assert.deepEqual((await cloud.databaseOf('other').collection('ministash').where(own).get()).data, [])
})
