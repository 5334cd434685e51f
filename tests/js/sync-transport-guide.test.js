// The transport to a server that has only the endpoints of the WeChat guide.
// @ts-check
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { test } from 'node:test'
import { makeController } from '../../js/abort.js'
import { guideRest } from '../../js/sync-transports/guide-rest.js'
import { CLIENT, NETWORKS, OTHER, change, conditions, stamp } from './support/sync-places.js'

const START = 1_763_740_000_000
const MS_OF_17 = parseInt(stamp(17).slice(0, 12), 16)

/**
 * The server of the guide: it keeps changes in the order in which they came, and drops what it has by its id.
 * @param {import('node:test').TestContext} context
 * @param {{ tellsId?: boolean, tellsDate?: boolean, fate?: (count: number) => { status: number, body?: any,
 *   headers?: Record<string, string> } | 'reset' | 'lost' | 'stall' | undefined }} [options]
 */
async function guideServer(context, { tellsId = true, tellsDate = true, fate = () => undefined } = {}) {
  const place = {
    now: START,
    url: '',
    /** @type {any[]} */
    changes: [],
    /** @type {string[]} */
    seen: [],
    /** @type {any} What is answered in the place of the changes. */
    body: undefined,
    /** @param {object} given */
    add(given) { place.changes.push({ ...given, takenAt: place.now }) },
  }
  let count = 0
  const held = createServer((request, response) => {
    let text = ''
    request.on('data', part => { text += part })
    request.on('end', () => {
      place.seen.push(`${request.method} ${request.url}`)
      const plan = fate(count += 1)
      if (plan === 'stall') return
      if (plan === 'reset') {
        request.socket.destroy()
        return
      }
      response.sendDate = false
      if (tellsDate) response.setHeader('date', new Date(place.now).toUTCString())
      response.setHeader('content-type', 'application/json')
      if (plan && plan !== 'lost') {
        response.writeHead(plan.status, plan.headers).end(JSON.stringify(plan.body ?? {}))
        return
      }
      if (request.method === 'POST') {
        const told = JSON.parse(text)
        if (!place.changes.some(({ id }) => id === told.id)) place.add(told)
        if (plan === 'lost') request.socket.destroy()
        else response.end('{"ok":true}')
        return
      }
      const since = Number(/since=(\d+)$/.exec(String(request.url))?.[1])
      const changes = place.changes.filter(({ takenAt }) => takenAt > since)
        .map(({ takenAt, id, ...told }) => tellsId ? { ...told, id } : told)
      response.end(JSON.stringify(place.body === undefined ? { changes } : place.body))
    })
  })
  held.listen(0, '127.0.0.1')
  await once(held, 'listening')
  context.after(() => { held.closeAllConnections(); held.close() })
  const { port } = /** @type {import('node:net').AddressInfo} */ (held.address())
  place.url = `http://127.0.0.1:${port}`
  return place
}

/** @param {any} answer @returns {any[]} */
const briefly = ({ rows }) => rows.map((/** @type {any} */ { key, value, deleted }) =>
  deleted ? [key] : [key, value])

for (const { name, network } of NETWORKS) {
  test(`${name}: changes are sent one after another, and taken by their id once`, async context => {
    const server = await guideServer(context, { fate: count => count === 2 ? 'lost' : undefined })
    const transport = guideRest({ url: server.url })
    const how = conditions({ network: network() })
    const mutations = [change(17, 'a', 0, { n: 1 }), change(18, 'b', 4, { n: 2, m: [1] }), change(19, 'c',
      4, undefined)]
    const first = await transport.push({ client: CLIENT, mutations }, how)
    assert.deepEqual(first.results, [{ id: 17, status: 'accepted', version: 0 }, { id: 18, status: 'retry' },
      { id: 19, status: 'retry' }])
    const again = await transport.push({ client: CLIENT, mutations }, how)
    assert.deepEqual(again.results, mutations.map(({ id }) => ({ id, status: 'accepted', version: 0 })))
    assert.deepEqual(server.changes.map(({ takenAt, ...told }) => told), [
      { type: 'create', key: 'a', data: { n: 1 }, timestamp: MS_OF_17, id: `${CLIENT}:17` },
      { type: 'update', key: 'b', data: { n: 2, m: [1] }, timestamp: MS_OF_17 + 1, id: `${CLIENT}:18` },
      { type: 'delete', key: 'c', timestamp: MS_OF_17 + 2, id: `${CLIENT}:19` }])
  })

  test(`${name}: what changed comes with a cursor of the server's time, whatever the device believes`,
    async context => {
      const server = await guideServer(context)
      const transport = guideRest({ url: server.url })
      const how = conditions({ network: network(), now: () => 5 })
      server.add({ type: 'create', key: 'a', data: 1, timestamp: 7 })
      const first = /** @type {any} */ (await transport.pull({ cursor: '', limit: 10 }, how))
      assert.deepEqual([first.rows, first.more, first.now], [[{ key: 'a', version: START + 1,
        hlc: '0000000000070000', value: 1 }], false, START])
      server.now += 600_000
      server.add({ type: 'delete', key: 'a', timestamp: START * 3 })
      server.now += 5000
      const second = /** @type {any} */ (await transport.pull({ cursor: first.cursor, limit: 10 }, how))
      const ahead = (server.now + 60_000).toString(16).padStart(12, '0')
      assert.deepEqual(second.rows, [{ key: 'a', version: server.now + 1, hlc: `${ahead}0000`, deleted: true }])
      assert.deepEqual(server.seen, ['GET /changes?since=0', `GET /changes?since=${START - 60_000}`])
    })
}

test('what is told again within the overlap comes once, with ids and without', async context => {
  for (const tellsId of [true, false]) {
    const server = await guideServer(context, { tellsId })
    const transport = guideRest({ url: server.url, overlap: '30s' })
    let cursor = ''
    /** @type {any[]} */
    const come = []
    /** @type {number[]} */
    const versions = []
    for (let turn = 0; turn < 30; turn += 1) {
      server.now += 7000
      // One change is visible late: it lies before the time of the last answer.
      if (turn % 5 === 0) server.changes.push({ type: 'create', key: `late ${turn}`, data: turn,
        takenAt: server.now - 20_000,
        id: `l${turn}` })
      server.add({ type: 'create', key: 'k', data: turn, timestamp: turn, id: `i${turn}` })
      const answer = /** @type {any} */ (await transport.pull({ cursor, limit: 1 }, conditions()))
      cursor = answer.cursor
      come.push(...briefly(answer))
      versions.push(...answer.rows.map((/** @type {any} */ row) => row.version))
    }
    assert.deepEqual(come.filter(([key]) => key === 'k'), Array.from({ length: 30 }, (_, turn) => ['k',
      turn]))
    assert.deepEqual(come.filter(([key]) => key !== 'k').map(([, turn]) => turn), [0, 5, 10, 15, 20, 25])
    assert.deepEqual(versions, [...new Set(versions)].sort((one, two) => one - two), 'versions rise')
  }
})

test('an update is laid over what the device holds, or over what came before it', async context => {
  const server = await guideServer(context)
  const transport = guideRest({ url: server.url })
  /** @type {Record<string, unknown>} */
  const held = { a: { x: 1, y: 1 }, b: 'text', d: { x: 1 } }
  const how = conditions({ read: async key => held[key] })
  for (const [key, data] of Object.entries({ a: { y: 2 }, b: { y: 2 }, c: { y: 2 }, d: [5], e: { x: 1 } })) {
    server.add({ type: 'update', key, data })
  }
  server.add({ type: 'update', key: 'a', data: { z: 3 } })
  server.add({ type: 'delete', key: 'e' })
  server.add({ type: 'update', key: 'e', data: { z: 3 } })
  assert.deepEqual(briefly(await transport.pull({ cursor: '', limit: 10 }, how)),
    [['b', { y: 2 }], ['c', { y: 2 }], ['d', [5]], ['a', { x: 1, y: 2, z: 3 }], ['e', { z: 3 }]])
})

test('values that JSON does not hold, or nobody else reads, go and come', async context => {
  const server = await guideServer(context)
  const transport = guideRest({ url: server.url })
  const mutations = [
    change(1, 'a', 5, undefined, { type: 'update', encoded: [4, 'x'] }),
    change(2, 'b', 5, undefined, { type: 'update', sealed: 'y' }),
    change(3, 'c', 5, 7, {}), change(4, 'd', 0, null), change(5, 'e', 5, { ministash_sealed: 5 }),
  ]
  await transport.push({ client: CLIENT, mutations }, conditions())
  assert.deepEqual(server.changes.map(({ type }) => type), ['create', 'create', 'create', 'create', 'update'])
  const { rows } = /** @type {any} */ (await transport.pull({ cursor: '', limit: 10 }, conditions()))
  assert.deepEqual(rows.map((/** @type {any} */ { key, version, hlc, ...value }) => value),
    [{ encoded: [4, 'x'] }, { sealed: 'y' }, { value: 7 }, { value: null },
      { value: { ministash_sealed: 5 } }])
})

test('without a Date the time is what the answer says, or the greatest timestamp, or none', async context => {
  const server = await guideServer(context, { tellsDate: false })
  const pull = async (/** @type {ReturnType<typeof guideRest>} */ transport, /** @type {string} */ cursor) =>
    /** @type {any} */ (await transport.pull({ cursor, limit: 10 }, conditions()))
  const change1 = { type: 'create', key: 'a', data: 1, timestamp: 5_000_000, id: '1' }
  server.body = { changes: [change1], now: 9_000_000.5 }
  const plain = guideRest({ url: server.url })
  await pull(plain, (await pull(plain, '')).cursor)
  server.body = { changes: [change1] }
  const byServer = guideRest({ url: server.url, timestamps: 'server' })
  const told = await pull(byServer, '')
  assert.deepEqual((await pull(byServer, told.cursor)).rows, [])
  const none = await pull(plain, '')
  assert.deepEqual(briefly(none), [['a', 1]])
  assert.deepEqual((await pull(plain, none.cursor)).rows, [], 'all is told again, and known')
  assert.deepEqual(server.seen.map(url => url.slice(19)),
    ['0', '8940000', '0', '4940000', '0', '0'])
})

test('a refused change is rejected, a refused call is not, and the rest waits', async context => {
  /** @type {any} */
  let plans = []
  const server = await guideServer(context, { fate: () => plans.shift() })
  const transport = guideRest({ url: server.url })
  const mutations = [1, 2, 3, 4].map(id => change(id, `k${id}`, 0, id))
  const push = async (/** @type {any[]} */ next) => {
    plans = next
    return (await transport.push({ client: CLIENT, mutations }, conditions())).results
  }
  assert.deepEqual(await push([{ status: 400 }, { status: 409 }, undefined,
    { status: 422, body: { error: { code: 'FULL', message: 'no room' } } }]), [
    { id: 1, status: 'rejected', code: 'HTTP_400' }, { id: 2, status: 'rejected', code: 'HTTP_409' },
    { id: 3, status: 'accepted', version: 0 }, { id: 4, status: 'rejected', code: 'FULL',
      message: 'no room' }])
  assert.deepEqual(await push([undefined, { status: 429, headers: { 'retry-after': '7' } }]), [
    { id: 1, status: 'accepted', version: 0 }, ...[2, 3, 4].map(id => ({ id, status: 'retry',
      retryAfter: 7000 }))])
  for (const [plan, error] of /** @type {[any, object][]} */ ([
    [{ status: 401 }, { code: 'HTTP_STATUS', status: 401 }], ['reset', { code: 'NETWORK_FAILED' }],
    [{ status: 500 }, { code: 'HTTP_STATUS', status: 500, retryable: true }],
    [{ status: 404 }, { code: 'HTTP_STATUS', status: 404, retryable: false }]])) {
    await assert.rejects(push([plan]), error)
    plans = [plan]
    await assert.rejects(transport.pull({ cursor: '', limit: 1 }, conditions()), error)
  }
  const controller = makeController()
  plans = [undefined, 'stall']
  const given = transport.push({ client: CLIENT, mutations }, conditions({ signal: controller.signal }))
  setTimeout(() => controller.abort(), 40)
  await assert.rejects(given, { code: 'ABORTED' })
})

test('a push gives the rest back before its time is over', async context => {
  const server = await guideServer(context)
  const mutations = [1, 2, 3, 4].map(id => change(id, `k${id}`, 0, id))
  let now = 0
  const how = conditions({ now: () => now += 1000, timeoutMs: 5000 })
  const { results } = await guideRest({ url: server.url }).push({ client: CLIENT, mutations }, how)
  assert.deepEqual(results.map(({ status }) => status), ['accepted', 'accepted', 'accepted', 'retry'])
  assert.deepEqual([server.changes.length, results[3]], [3, { id: 4, status: 'retry', retryAfter: 0 }])
})

test('answers that are no changes are refused as a whole, and unknown cursors begin anew', async context => {
  const server = await guideServer(context)
  const transport = guideRest({ url: server.url })
  const good = { type: 'create', key: 'a', data: 1 }
  const wrong = [
    null, [], 5, {}, { changes: {} }, { changes: [good], now: 'soon' }, { changes: [good], now: -1 },
    ...[null, 5, {}, { ...good, type: 'set' }, { ...good, key: '' }, { ...good, key: 5 }, { ...good,
      key: 'k'.repeat(513) },
    { type: 'create', key: 'a' }, { type: 'update', key: 'a' }, { ...good, timestamp: 'now' }, { ...good,
      timestamp: -1 },
    { ...good, timestamp: 1e300 }, { ...good, id: {} }].map(one => ({ changes: [good, one] })),
  ]
  for (const body of wrong) {
    server.body = body
    await assert.rejects(transport.pull({ cursor: '', limit: 10 }, conditions()),
      { code: 'HTTP_STATUS', status: 200, retryable: true, message: /does not speak/ }, JSON.stringify(body))
  }
  for (const cursor of ['x', '2;0;0;', '1;a;0;', '1;0;0', 'e1.60']) {
    assert.deepEqual(await transport.pull({ cursor, limit: 10 }, conditions()), { reset: true })
  }
})

test('devices that share such a server come to hold the same, and hear their own changes as such',
  async context => {
    const server = await guideServer(context)
    const transport = guideRest({ url: server.url })
    await transport.push({ client: CLIENT, mutations: [change(1, 'k', 0, { by: 1 })] }, conditions())
    await transport.push({ client: OTHER, mutations: [change(1, 'k', 0, { by: 2 })] }, conditions())
    const pulls = await Promise.all([1, 2].map(() => transport.pull({ cursor: '', limit: 10 }, conditions())))
    for (const answer of pulls) assert.deepEqual(briefly(answer), [['k', { by: 2 }]], 'the last one wins')
  })

test('wrong options are refused', () => {
  const url = 'https://example.com'
  for (const options of [undefined, {}, { url: 5 }, { url, overlap: 'soon' }, { url, overlap: 0 },
    { url, timestamps: 'mine' }, { url, merges: true }]) {
    assert.throws(() => guideRest(/** @type {any} */ (options)), { code: 'INVALID_OPTION' })
  }
})
