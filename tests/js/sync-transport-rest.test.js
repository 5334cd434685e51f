// The transport of the sync protocol: what it asks, what it believes, what becomes of failures.
// @ts-check
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { test } from 'node:test'
import { makeController } from '../../js/abort.js'
import { rest } from '../../js/sync-transports/rest.js'
import { CLIENT, NETWORKS, change, conditions, stamp } from './support/sync-places.js'
import { freePort } from './support/free-port.js'

/**
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: any,
 *   fault?: 'reset' | 'stall' | 'cut' }} Fate
 */

/**
 * A server whose answers a test decides, one request after another.
 * @param {import('node:test').TestContext} context
 * @param {(seen: { method: string, url: string, headers: import('node:http').IncomingHttpHeaders,
 *   body: any }) => Fate} decide
 */
async function server(context, decide) {
  /** @type {any[]} */
  const seen = []
  const held = createServer((request, response) => {
    let text = ''
    request.on('data', part => { text += part })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const told = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) }
      seen.push(told)
      const { status = 200, headers: more = {}, body, fault } = decide(told)
      if (fault === 'reset') request.socket.destroy()
      if (fault === 'reset' || fault === 'stall') return
      const answer = typeof body === 'string' ? body : JSON.stringify(body)
      response.writeHead(status, { 'content-type': 'application/json', ...more,
        ...(fault === 'cut' ? { 'content-length': '5000' } : {}) })
      if (fault === 'cut') response.write(answer, () => setTimeout(() => request.socket.destroy(), 5))
      else response.end(answer)
    })
  })
  held.listen(0, '127.0.0.1')
  await once(held, 'listening')
  context.after(() => { held.closeAllConnections(); held.close() })
  const { port } = /** @type {import('node:net').AddressInfo} */ (held.address())
  return { url: `http://127.0.0.1:${port}/v1/sync`, seen }
}

const NOW = 1_763_740_000_000
const ROW = { key: 'user_123', version: 58, hlc: stamp(1), by: `${CLIENT}:17`, value: { name: '张' } }
const MUTATIONS = [change(17, 'user_123', 57, { name: '张' }, { fields: ['name'] }), change(18, 'user_124',
  41, undefined)]
const PUSH = { client: CLIENT, mutations: MUTATIONS }
const TAKEN = { now: NOW, results: [{ id: 17, status: 'accepted', version: 58 }, { id: 18,
  status: 'accepted', version: 59 }] }
const PULL = { cursor: 'e1.60', limit: 100 }
const PAGE = { now: NOW, rows: [ROW], cursor: 'e1.61', more: false }

for (const { name, network } of NETWORKS) {
  test(`${name}: it asks what the protocol says, and gives what the server answers`, async context => {
    const answers = {
      '/v1/sync/push': { now: NOW, results: [
        { id: 17, status: 'accepted', version: 58, hlc: stamp(3).toUpperCase(), value: { name: '张',
          age: 3 } },
        { id: 18, status: 'conflict', row: { key: 'user_124', version: 0, deleted: true } }] },
      '/v1/sync/pull?cursor=e%2F1%260%20%E5%BC%A0&limit=7': { now: NOW, cursor: 'b', more: true, rows: [
        ROW, { key: 'a', version: 1, hlc: stamp(1), deleted: true }, { key: 'b', version: 2, hlc: stamp(2),
          value: null },
        { key: 'c', version: 3, hlc: stamp(2), encoded: [4, 'x'] }, { key: 'd', version: 4, hlc: stamp(2),
          sealed: 'y' }] },
      '/v1/sync/pull?limit=7': { now: NOW, cursor: 'a', more: false, rows: [] },
      '/v1/sync/digest': { now: NOW, cursor: 'e1', buckets: [[3, 2, 187649984473770], [160, 1, 0]] },
      '/v1/sync/rows?buckets=3,160&limit=5': { now: NOW, cursor: 'e1', rows: [ROW], more: true },
      '/v1/sync/rows?buckets=3&after=a%26b&limit=5': { now: NOW, cursor: 'e1', rows: [], more: false },
    }
    const { url, seen } = await server(context, ({ url: place }) =>
      ({ body: /** @type {any} */ (answers)[place] }))
    const transport = rest({ url: `${url}//` })
    const how = conditions({ network: network() })
    assert.deepEqual(await transport.push(PUSH, how), { now: NOW, results: [
      { id: 17, status: 'accepted', version: 58, hlc: stamp(3), value: { name: '张', age: 3 } },
      { id: 18, status: 'conflict', row: { key: 'user_124', version: 0, hlc: '0'.repeat(16),
        deleted: true } }] })
    assert.deepEqual(seen[0].body, PUSH)
    assert.equal(seen[0].headers['content-type'], 'application/json')
    assert.equal(seen[0].headers.authorization, undefined)
    const pulled = await transport.pull({ cursor: 'e/1&0 张', limit: 7 }, how)
    assert.deepEqual(pulled, answers['/v1/sync/pull?cursor=e%2F1%260%20%E5%BC%A0&limit=7'])
    assert.deepEqual(await transport.pull({ cursor: '', limit: 7 }, how), answers['/v1/sync/pull?limit=7'])
    assert.deepEqual(await transport.digest(how), answers['/v1/sync/digest'])
    assert.deepEqual(await transport.rows({ buckets: [3, 160], after: '', limit: 5 }, how),
      answers['/v1/sync/rows?buckets=3,160&limit=5'])
    assert.deepEqual((await transport.rows({ buckets: [3], after: 'a&b', limit: 5 }, how)).rows, [])
    assert.deepEqual(seen.map(({ method }) => method), ['POST', 'GET', 'GET', 'GET', 'GET', 'GET'])
    assert.equal(transport.merges, true)
    assert.equal(rest({ url, merges: false }).merges, false)
  })

  test(`${name}: a cursor that nobody knows begins anew, by the answer or by 410`, async context => {
    let count = 0
    const { url } = await server(context, () => (count += 1) === 1 ? { body: { now: NOW, reset: true } }
      : { status: 410, body: {} })
    const transport = rest({ url })
    const how = conditions({ network: network() })
    assert.deepEqual(await transport.pull(PULL, how), { now: NOW, reset: true })
    assert.deepEqual(await transport.pull(PULL, how), { reset: true })
    await assert.rejects(transport.push(PUSH, how), { code: 'HTTP_STATUS', status: 410, retryable: false })
  })

  test(`${name}: a server without a digest is asked for it once`, async context => {
    const { url, seen } = await server(context, () => ({ status: 404, body: '<html>not here</html>' }))
    const transport = rest({ url })
    const how = conditions({ network: network() })
    assert.equal(await transport.digest(how), undefined)
    assert.equal(await transport.digest(how), undefined)
    assert.equal(seen.length, 1)
    await assert.rejects(transport.pull(PULL, how), { code: 'HTTP_STATUS', status: 404, retryable: false })
  })

  /** @type {[fate: Fate, error: object][]} */
  const failures = [
    [{ status: 400, body: { error: { code: 'TOO_MANY', message: 'secret' } } },
      { code: 'HTTP_STATUS', status: 400, retryable: false,
        message: 'the server answered with status 400 (TOO_MANY)' }],
    [{ status: 403, body: { error: { code: '<b>odd</b>' } } },
      { code: 'HTTP_STATUS', status: 403, retryable: false, message: 'the server answered with status 403' }],
    [{ status: 401 }, { code: 'HTTP_STATUS', status: 401, retryable: false }],
    [{ status: 413, body: '<html>' }, { code: 'HTTP_STATUS', status: 413, retryable: false }],
    [{ status: 422, body: {} }, { code: 'HTTP_STATUS', status: 422, retryable: false }],
    [{ status: 408, body: {} }, { code: 'HTTP_STATUS', status: 408, retryable: true }],
    [{ status: 425, body: {} }, { code: 'HTTP_STATUS', status: 425, retryable: true }],
    [{ status: 429, body: {}, headers: { 'retry-after': '7' } },
      { code: 'HTTP_STATUS', status: 429, retryable: true, retryAfterMs: 7000 }],
    [{ status: 503, body: {}, headers: { 'retry-after': 'Fri, 21 Nov 2025 15:46:50 GMT',
      date: 'Fri, 21 Nov 2025 15:46:40 GMT' } },
    { code: 'HTTP_STATUS', status: 503, retryable: true, retryAfterMs: 10_000 }],
    ...[500, 501, 502, 505].map(status => /** @type {[Fate, object]} */ ([{ status, body: {} },
      { code: 'HTTP_STATUS', status, retryable: true }])),
    [{ status: 204, body: '' }, { code: 'HTTP_STATUS', status: 204, retryable: true }],
    [{ body: '<html>sign in to the hotel</html>' },
      { code: 'HTTP_STATUS', status: 200, retryable: true, message: /does not speak.*JSON/ }],
    [{ fault: 'reset' }, { code: 'NETWORK_FAILED', retryable: true }],
    [{ fault: 'cut', body: '{"results":[' }, { code: 'NETWORK_FAILED', retryable: true }],
  ]
  test(`${name}: each failure is the error that says what to do`, async context => {
    let fate = /** @type {Fate} */ ({})
    const { url } = await server(context, () => fate)
    const transport = rest({ url })
    const how = conditions({ network: network() })
    for (const [next, error] of failures) {
      fate = next
      await assert.rejects(transport.push(PUSH, how), error, JSON.stringify(next))
      await assert.rejects(transport.pull(PULL, how), error, JSON.stringify(next))
    }
  })

  test(`${name}: without a connection, in time or given up it is NETWORK_FAILED, TIMEOUT or ABORTED`,
    async context => {
      const refused = rest({ url: `http://127.0.0.1:${await freePort()}` })
      await assert.rejects(refused.pull(PULL, conditions({ network: network() })), { code: 'NETWORK_FAILED' })
      const { url } = await server(context, () => ({ fault: 'stall' }))
      const transport = rest({ url })
      await assert.rejects(transport.pull(PULL, conditions({ network: network(), timeoutMs: 30 })),
        { code: 'TIMEOUT', retryable: true })
      const controller = makeController()
      const how = conditions({ network: network(), signal: controller.signal })
      const given = transport.push(PUSH, how)
      setTimeout(() => controller.abort(), 30)
      await assert.rejects(given, { code: 'ABORTED', message: 'the synchronisation was given up' })
      await assert.rejects(transport.push(PUSH, how), { code: 'ABORTED' })
    })

  test(`${name}: a token that is refused is asked for once more, and no more`, async context => {
    const { url, seen } = await server(context, ({ headers }) =>
      headers.authorization === 'Bearer new' ? { body: PAGE } : { status: 401, body: {} })
    const how = conditions({ network: network() })
    /** @type {boolean[]} */
    const asked = []
    /** @type {(first: string, second?: string) => ReturnType<typeof rest>} */
    const by = (first, second) => rest({ url, headers: async () => ({ 'X-App': 'mine' }),
      auth: async ({ isRefused }) => { asked.push(isRefused); return isRefused ? second : first } })
    assert.equal((/** @type {any} */ (await by('old', 'new').pull(PULL, how))).cursor, 'e1.61')
    assert.deepEqual([asked.splice(0), seen.splice(0).map(({ headers }) => headers['x-app'])],
      [[false, true], ['mine', 'mine']])
    await assert.rejects(by('old', 'older').pull(PULL, how), { code: 'HTTP_STATUS', status: 401,
      retryable: false })
    assert.deepEqual([asked.splice(0), seen.splice(0).length], [[false, true], 2])
    await assert.rejects(by('old', 'old').pull(PULL, how), { code: 'HTTP_STATUS', status: 401 })
    assert.equal(seen.splice(0).length, 1, 'the same token is not tried twice')
    await assert.rejects(by('').pull(PULL, how), { code: 'HTTP_STATUS', status: 401, message: /signed in/ })
    assert.equal(seen.length, 0, 'nobody is signed in: nothing is asked')
    await assert.rejects(rest({ url, auth: 'old', headers: { a: '1' } }).pull(PULL, how), { status: 401 })
    assert.deepEqual([seen.length, seen[0].headers.authorization], [1, 'Bearer old'])
    const offline = rest({ url, auth: () => { throw new Error('no network') } })
    await assert.rejects(offline.pull(PULL, how), { code: 'NETWORK_FAILED', retryable: true,
      message: /auth/ })
  })
}

const KEY_513 = 'k'.repeat(513)
const accepted = TAKEN.results[1]
/** Answers to a push that break the protocol: what takes the place of the first result,
  or of all. @type {any[]} */
const WRONG_PUSHES = [
  null, [], 'x', 5, {}, { results: {} }, { results: [] }, { results: [TAKEN.results[0]] },
  { results: [...TAKEN.results, accepted] }, { results: [...TAKEN.results].reverse() },
  { ...TAKEN, now: 'soon' }, { ...TAKEN, now: -1 },
  ...[null, 'accepted', { id: 17 }, { id: 17, status: 'done' }, { status: 'accepted', version: 1 },
    { id: '17', status: 'accepted', version: 1 }, { id: 17, status: 'accepted' },
    { id: 17, status: 'accepted', version: 0 }, { id: 17, status: 'accepted', version: 1.5 },
    { id: 17, status: 'accepted', version: 2 ** 53 }, { id: 17, status: 'accepted', version: '1' },
    { id: 17, status: 'accepted', version: 1, hlc: 'later' },
    { id: 17, status: 'accepted', version: 1, value: 1, sealed: 'x' },
    { id: 17, status: 'conflict' }, { id: 17, status: 'conflict', row: { ...ROW, key: 'user_124' } },
    { id: 17, status: 'conflict', row: { ...ROW, version: 0 } },
    { id: 17, status: 'rejected', code: 5 }, { id: 17, status: 'rejected', message: {} },
    { id: 17, status: 'retry', retryAfter: -1 }, { id: 17, status: 'retry', retryAfter: 'soon' },
  ].map(first => ({ results: [first, accepted] })),
]
/** Rows that are none. @type {any[]} */
const WRONG_ROWS = [
  null, 5, 'row', [], {}, { ...ROW, key: '' }, { ...ROW, key: 5 }, { ...ROW, key: 'a\u0000' }, { ...ROW,
    key: '\ud800' },
  { ...ROW, key: KEY_513 }, { ...ROW, key: '张'.repeat(171) }, { ...ROW, version: 0 }, { ...ROW, version: -1 },
  { ...ROW, version: '58' }, { ...ROW, version: 1e300 }, { ...ROW, version: undefined }, { ...ROW,
    hlc: undefined },
  { ...ROW, hlc: 5 }, { ...ROW, hlc: '019a8b3c4d5e000g' }, { ...ROW, hlc: '19a8b3c4d5e0001' }, { ...ROW,
    by: 5 },
  { ...ROW, value: undefined }, { ...ROW, sealed: 'x' }, { ...ROW, value: undefined, sealed: 5 },
  { ...ROW, value: undefined, encoded: 'x' }, { ...ROW, value: undefined, encoded: [1] },
  { ...ROW, value: undefined, encoded: ['1', 'x'] }, { ...ROW, value: undefined, encoded: [1, 'x', 2] },
  { ...ROW, deleted: true }, { ...ROW, deleted: 'yes' }, { ...ROW, value: undefined, deleted: false },
]
/** @type {any[]} */
const WRONG_PULLS = [
  null, [], {}, { ...PAGE, rows: undefined }, { ...PAGE, rows: {} }, { ...PAGE, cursor: undefined },
  { ...PAGE, cursor: '' },
  { ...PAGE, cursor: 5 }, { ...PAGE, cursor: 'x'.repeat(2049) }, { ...PAGE, cursor: '\ud800' }, { ...PAGE,
    more: undefined },
  { ...PAGE, more: 1 }, { ...PAGE, cursor: 'e1.60', more: true }, { ...PAGE, reset: 1 }, { ...PAGE,
    now: 'never' },
  { ...PAGE, rows: Array.from({ length: 101 }, () => ROW) },
  ...WRONG_ROWS.map(row => ({ ...PAGE, rows: [ROW, row] })),
]
/** @type {any[]} */
const WRONG_DIGESTS = [
  {}, { cursor: 'a' }, { cursor: 'a', buckets: {} }, { buckets: [] },
  ...[5, [], [1, 1], [256, 1, 1], [-1, 1, 1], [1, 0, 1], [1, 1, -1], [1, 1, 2 ** 48], [1.5, 1, 1], ['1', 1,
    1], [0, 1, 1]]
    .map(item => ({ cursor: 'a', buckets: [[0, 1, 1], item] })),
]

test('an answer that breaks the protocol anywhere is refused as a whole', async context => {
  /** @type {any} */
  let body
  const { url } = await server(context, () => ({ body: body === undefined ? '' : JSON.stringify(body) }))
  const transport = rest({ url })
  const how = conditions()
  const error = { code: 'HTTP_STATUS', status: 200, retryable: true,
    message: /does not speak the protocol: expected/ }
  /** @type {[any[], () => Promise<any>][]} */
  const all = [
    [WRONG_PUSHES, () => transport.push(PUSH, how)],
    [WRONG_PULLS, () => transport.pull(PULL, how)],
    [WRONG_DIGESTS, () => transport.digest(how)],
    [[...WRONG_PULLS.filter(wrong => wrong?.reset === undefined && wrong?.cursor !== 'e1.60'), { ...PAGE,
      rows: [], more: true },
    { ...PAGE, rows: [{ key: 'a', version: 1, hlc: stamp(1), deleted: true }] }],
    () => transport.rows({ buckets: [1], after: '', limit: 100 }, how)],
  ]
  for (const [wrong, ask] of all) {
    for (const one of wrong) {
      body = one
      await assert.rejects(ask(), error, JSON.stringify(one))
    }
  }
  body = { ...TAKEN, more: 'is not looked at', results: TAKEN.results.map(result => ({ ...result,
    note: 1 })) }
  assert.deepEqual(await transport.push(PUSH, how), TAKEN, 'what a later protocol adds is left out')
})

test('wrong options and hosts that send nothing are refused', async () => {
  const url = 'https://example.com/sync'
  /** @type {[any, RegExp][]} */
  const wrong = [
    [undefined, /expected an object with options/], [{}, /as url, got undefined/],
    [{ url: 'example.com' }, /URL that begins with http/], [{ url: `${url}?a=1` }, /without \? and #/],
    [{ url, headers: 'x' }, /headers, got a string/], [{ url, headers: [] }, /headers, got an array/],
    [{ url, auth: 5 }, /auth, got a number/], [{ url, auth: '' }, /a token/], [{ url, merges: 1 }, /merges/],
    [{ url, token: 'a' }, /unknown option/],
  ]
  for (const [options, message] of wrong) {
    assert.throws(() => rest(options), { code: 'INVALID_OPTION', message })
  }
  await assert.rejects(rest({ url }).pull(PULL, conditions({ network: undefined })), { code: 'UNSUPPORTED' })
  await assert.rejects(rest({ url, headers: { 'A': 'b\r\nc: d' } }).pull(PULL, conditions()),
    { code: 'INVALID_OPTION' })
})
