// @ts-check
/**
 * The HTTP cache through both of its faces, `fetch` and WeChat's own request, against a real server: the same
 * rows, the same answers.
 */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { networkByFetch } from '../../js/hosts/http-fetch.js'
import { networkByRequest } from '../../js/hosts/http-wx.js'
import { wechat } from '../../js/hosts/wechat.js'
import { open } from '../../js/open.js'
import { alipayRequest } from './doubles/alipay-request.js'
import { wechatRequest } from './doubles/wechat-request.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { scriptedServer } from './support/http-server.js'
import { refused } from './support/shell.js'

/** @typedef {import('./support/http-server.js').Reply} Reply */
/** @typedef {{ status: number, data: any, from: string, fromCache: boolean, age: number }} Seen */
/**
 * @typedef {{ ask?: any, wait?: number, offline?: boolean, sees: Partial<Seen> | string,
 *   sent?: number }} Step
 */

const SECOND = 1000
/** @type {(age: string, body?: any, more?: Record<string, string>) => Reply} */
const fresh = (said, body = 'one', more = {}) =>
  ({ headers: { 'cache-control': said, ...more }, body: JSON.stringify(body) })

/** Every row: what the server answers in turn, and what a caller sees step by step. @type {Record<string,
 *   { replies: Reply[], options?: any, steps: Step[] }>} */
const ROWS = {
  'a fresh answer is used again until its time is over': {
    replies: [fresh('max-age=10', 'one'), fresh('max-age=10', 'two')],
    steps: [{ sees: { data: 'one', fromCache: false }, sent: 1 },
      { wait: 9, sees: { data: 'one', fromCache: true, age: 9 * SECOND }, sent: 1 },
      { wait: 1, sees: { data: 'two', fromCache: false }, sent: 2 }],
  },
  'no-store is never kept, whatever a rule says': {
    replies: [fresh('no-store', 'one'), fresh('no-store', 'two')],
    options: { ttlRules: [{ match: '/', ttl: '1h' }], defaultTtl: '1h' },
    steps: [{ sees: { data: 'one' } }, { sees: { data: 'two', fromCache: false }, sent: 2 }],
  },
  'rules count for servers that say nothing': {
    replies: [{ body: '"one"' }, { body: '"two"' }],
    options: { ttlRules: [{ match: '/rules', ttl: '10s' }] },
    steps: [{ sees: { data: 'one' } }, { wait: 9, sees: { data: 'one', fromCache: true } },
      { wait: 1, sees: { data: 'two' } }],
  },
  'a validation brings no body and makes the answer fresh again': {
    replies: [fresh('max-age=10', 'one', { etag: '"a"' }), { status: 304,
      headers: { 'cache-control': 'max-age=20' } }],
    steps: [{ sees: { data: 'one' } }, { wait: 11, sees: { data: 'one', fromCache: true }, sent: 2 },
      { wait: 19, sees: { data: 'one', fromCache: true }, sent: 2 }],
  },
  'stale while it is validated': {
    replies: [fresh('max-age=10, stale-while-revalidate=10', 'one'), fresh('max-age=10', 'two')],
    steps: [{ sees: { data: 'one' } }, { wait: 15, sees: { data: 'one', fromCache: true } },
      { sees: { data: 'two', fromCache: true }, sent: 2 }],
  },
  'stale if the server fails, within its limit': {
    replies: [fresh('max-age=10, stale-if-error=10', 'one'), { status: 503, body: '"down"' },
      { fault: 'destroy' },
      { status: 503, body: '"down"' }],
    steps: [{ sees: { data: 'one' } }, { wait: 15, sees: { data: 'one', fromCache: true } },
      { wait: 4, sees: { data: 'one', fromCache: true } }, { wait: 2, sees: { status: 503, data: 'down' } }],
  },
  'a body that was cut off is a failure, and is not kept': {
    replies: [{ ...fresh('max-age=10', 'one'), cutBody: true }, fresh('max-age=10', 'two')],
    steps: [{ sees: 'NETWORK_FAILED' }, { sees: { data: 'two', fromCache: false }, sent: 2 }],
  },
  'each user has answers of his own': {
    replies: [fresh('max-age=99', 'for a'), fresh('max-age=99', 'for b'), fresh('max-age=99', 'for nobody')],
    steps: [{ ask: { headers: { Authorization: 'a' } }, sees: { data: 'for a' } },
      { ask: { headers: { Authorization: 'b' } }, sees: { data: 'for b', fromCache: false } },
      { sees: { data: 'for nobody', fromCache: false } },
      { ask: { headers: { Authorization: 'a' } }, sees: { data: 'for a', fromCache: true }, sent: 3 }],
  },
  'partitions keep apart what the app keeps apart': {
    replies: [fresh('max-age=99', 'for a'), fresh('max-age=99', 'for b')],
    steps: [{ ask: { partition: 'a' }, sees: { data: 'for a' } }, { ask: { partition: 'b' },
      sees: { data: 'for b' } },
    { ask: { partition: 'a', headers: { Authorization: 'x' } }, sees: { data: 'for a', fromCache: true },
      sent: 2 }],
  },
  'variants are kept side by side': {
    replies: [fresh('max-age=99', 'en', { vary: 'Accept-Language' }), fresh('max-age=99', 'zh',
      { vary: 'Accept-Language' })],
    steps: [{ ask: { headers: { 'Accept-Language': 'en' } }, sees: { data: 'en' } },
      { ask: { headers: { 'Accept-Language': 'zh' } }, sees: { data: 'zh', fromCache: false } },
      { ask: { headers: { 'Accept-Language': 'EN;q=1.0' } }, sees: { data: 'en', fromCache: true },
        sent: 2 }],
  },
  'a change invalidates what was kept': {
    replies: [fresh('max-age=99', 'one'), { body: '"done"' }, fresh('max-age=99', 'two')],
    steps: [{ sees: { data: 'one' } }, { ask: { method: 'POST', body: { a: 1 } }, sees: { data: 'done' } },
      { sees: { data: 'two', fromCache: false }, sent: 3 }],
  },
  'a change that failed invalidates nothing': {
    replies: [fresh('max-age=99', 'one'), { status: 500, body: '"no"' }],
    steps: [{ sees: { data: 'one' } }, { ask: { method: 'DELETE' }, sees: { status: 500 } },
      { sees: { data: 'one', fromCache: true } }],
  },
  'mode reload asks and keeps': {
    replies: [fresh('max-age=99', 'one'), fresh('max-age=99', 'two')],
    steps: [{ sees: { data: 'one' } }, { ask: { cache: 'reload' }, sees: { data: 'two', fromCache: false } },
      { sees: { data: 'two', fromCache: true } }],
  },
  'mode no-store neither looks nor keeps': {
    replies: [fresh('max-age=99', 'one'), fresh('max-age=99', 'two')],
    steps: [{ ask: { cache: 'no-store' }, sees: { data: 'one' } }, { sees: { data: 'two',
      fromCache: false } }],
  },
  'mode force-cache takes what is there': {
    replies: [fresh('max-age=1', 'one')],
    steps: [{ sees: { data: 'one' } }, { wait: 99, ask: { cache: 'force-cache' }, sees: { data: 'one',
      fromCache: true } }],
  },
  'mode only-if-cached never asks': {
    replies: [fresh('max-age=1', 'one')],
    steps: [{ ask: { cache: 'only-if-cached' }, sees: { status: 504 }, sent: 0 }, { sees: { data: 'one' } },
      { wait: 99, ask: { cache: 'only-if-cached' }, sees: { data: 'one', fromCache: true }, sent: 1 }],
  },
  'strategy network-first falls back within the limits': {
    replies: [fresh('max-age=99', 'one'), fresh('max-age=99', 'two'), { fault: 'destroy' }],
    options: { strategy: 'network-first' },
    steps: [{ sees: { data: 'one' } }, { sees: { data: 'two', fromCache: false } },
      { sees: { data: 'two', fromCache: true } }],
  },
  'strategy stale-while-revalidate answers at once': {
    replies: [fresh('max-age=1', 'one'), fresh('max-age=1', 'two')],
    options: { strategy: 'stale-while-revalidate' },
    steps: [{ sees: { data: 'one' } }, { wait: 99, sees: { data: 'one', fromCache: true } },
      { sees: { data: 'two', fromCache: true }, sent: 2 }],
  },
  'strategy network-only leaves the cache alone': {
    replies: [fresh('max-age=99', 'one'), fresh('max-age=99', 'two')],
    steps: [{ sees: { data: 'one' } }, { ask: { strategy: 'network-only' }, sees: { data: 'two',
      fromCache: false } },
    { sees: { data: 'one', fromCache: true } }],
  },
  'strategy cache-only never asks': {
    replies: [fresh('max-age=1', 'one')],
    steps: [{ ask: { strategy: 'cache-only' }, sees: { status: 504 } }, { sees: { data: 'one' } },
      { wait: 99, ask: { strategy: 'cache-only' }, sees: { data: 'one', fromCache: true }, sent: 1 }],
  },
  'offline, what is stale is served within the limit, and nothing is sent': {
    replies: [fresh('max-age=10', 'one'), fresh('max-age=10', 'two')],
    options: { staleIfOffline: '1m' },
    steps: [{ sees: { data: 'one' } }, { wait: 60, offline: true, sees: { data: 'one', fromCache: true },
      sent: 1 },
    { wait: 11, offline: true, sees: { data: 'two' } }],
  },
  'failures are tried again if asked': {
    replies: [{ fault: 'destroy' }, { status: 503 }, fresh('max-age=10', 'one')],
    options: { retry: { attempts: 3, base: 1, cap: 2 } },
    steps: [{ sees: { data: 'one' }, sent: 3 }],
  },
  'and are not, if not': {
    replies: [{ fault: 'destroy' }, fresh('max-age=10', 'one')],
    steps: [{ sees: 'NETWORK_FAILED', sent: 1 }, { sees: { data: 'one' } }],
  },
  'a clock set back trusts nothing': {
    replies: [fresh('max-age=99', 'one'), fresh('max-age=99', 'two')],
    steps: [{ sees: { data: 'one' } }, { wait: -9, sees: { data: 'two', fromCache: false } }],
  },
  'a key of the app joins what its server keeps apart': {
    replies: [fresh('max-age=99', 'one')],
    options: { getCacheKey: () => 'the same' },
    steps: [{ sees: { data: 'one' } }, { sees: { data: 'one', fromCache: true } }],
  },
}

/** Both faces: how one request goes, and what the caller sees of the answer. @type {Record<string,
 *   { network: any, ask: (http: any, url: string, ask: any) => Promise<Seen> }>} */
const FACES = {
  'fetch': {
    network: networkByFetch(),
    async ask(http, url, { body, ...ask }) {
      const init = body === undefined ? ask : { ...ask, body: JSON.stringify(body) }
      const answer = await http.fetch(url, init)
      const text = await answer.text()
      return seenOf(answer, answer.status, text && JSON.parse(text), answer.headers.get('cache-status'))
    },
  },
  "WeChat's request": {
    network: networkByRequest(wechatRequest()),
    async ask(http, url, { body, headers, ...ask }) {
      const answer = await http.request({ url, data: body, header: headers, ...ask })
      return seenOf(answer, answer.statusCode, answer.data, answer.header['Cache-Status'])
    },
  },
}

// Its own request calls everything else than 200 to 299 a failure, and so does ours, with the answer along.
FACES["Alipay's request"] = {
  network: networkByRequest({ request: alipayRequest }, 'my'),
  async ask(http, url, { body, ...ask }) {
    const answer = await http.request({ url, data: body, ...ask }).catch((/** @type {any} */ error) => {
      if (error.code !== 'HTTP_STATUS') throw error
      return error.answer
    })
    return seenOf(answer, answer.status, answer.data, answer.headers['Cache-Status'])
  },
}

/** @returns {Seen} */
function seenOf(/** @type {any} */ { fromCache, age }, /** @type {number} */ status, /** @type {any} */ data,
  /** @type {string} */ from) {
  return { status, data, from, fromCache, age }
}

const time = { now: 1_800_000_000_000 }
/** @type {import('./support/http-server.js').ScriptedServer} */
let server
before(async () => { server = await scriptedServer(time) })
after(() => server.close())

/** A host whose network may go away. */
function hostOf(/** @type {any} */ network, inner = memory()) {
  /** @type {((detail: any) => void)[]} */
  const listeners = []
  const host = { ...inner, network,
    listen(/** @type {string} */ event, /** @type {(detail: any) => void} */ listener) {
      if (event === 'network') listeners.push(listener)
      return () => {}
    } }
  return { host, setOffline: (/** @type {boolean} */ isOffline) =>
    listeners.forEach(listener => listener({ isConnected: !isOffline })) }
}

let runs = 0
for (const [face, { network, ask }] of Object.entries(FACES)) {
  describe(`the HTTP cache through ${face}`, () => {
    for (const [name, { replies, options, steps }] of Object.entries(ROWS)) {
      test(name, async () => {
        const { host, setOffline } = hostOf(network)
        const stash = await open({ host, clock: () => time.now, http: { random: () => 0, ...options } })
        runs += 1
        const path = `/rules/${runs}`
        server.script(path, replies)
        server.seen.length = 0
        for (const [at, step] of steps.entries()) {
          time.now += (step.wait ?? 0) * SECOND
          setOffline(step.offline ?? false)
          const asked = ask(stash.http, server.base + path, step.ask ?? {})
          if (typeof step.sees === 'string') await refused(step.sees, () => asked)
          else {
            const seen = await asked
            const found = Object.fromEntries(Object.keys(step.sees).map(key => [key,
              /** @type {any} */ (seen)[key]]))
            assert.deepEqual(found, step.sees, `step ${at}, ${seen.from}`)
          }
          await stash.http.onIdle()
          if (step.sent !== undefined) assert.equal(server.seen.length, step.sent,
            `requests after step ${at}`)
        }
        await stash.close()
      })
    }
  })
}

describe('the HTTP cache and its callers', () => {
  /** @type {any} */
  let stash
  beforeEach(async () => {
    server.seen.length = 0
    runs += 1
    stash = await open({ host: hostOf(networkByFetch()).host, clock: () => time.now })
  })

  test('callers of the same at the same time share one request, each with a body of his own', async () => {
    server.script(`/shared/${runs}`, [fresh('max-age=9', { list: [1] })])
    const url = `${server.base}/shared/${runs}`
    const answers = await Promise.all(Array.from({ length: 5 }, () => stash.http.request({ url })))
    answers[0].data.list.push(2)
    assert.deepEqual(answers.slice(1).map(({ data }) => data), Array(4).fill({ list: [1] }))
    assert.deepEqual((await stash.http.request({ url })).data, { list: [1] })
    assert.equal(server.seen.length, 1)
    assert.match(answers[1].header['Cache-Status'], /collapsed/)
    await stash.close()
  })

  test('what must not be stored is not shared either', async () => {
    server.script(`/own/${runs}`, [fresh('no-store', 'a'), fresh('no-store', 'b')])
    const url = `${server.base}/own/${runs}`
    const answers = await Promise.all([stash.http.request({ url }), stash.http.request({ url })])
    assert.deepEqual(answers.map(({ data }) => data).sort(), ['a', 'b'])
    await stash.close()
  })

  test('one who gives up leaves the others their answer; the last one ends the request', async () => {
    server.script(`/hang/${runs}`, [{ fault: 'hang' }, fresh('max-age=9', 'one')])
    const url = `${server.base}/hang/${runs}`
    const controller = new AbortController()
    const tasks = [stash.http.request({ url }), stash.http.request({ url, signal: controller.signal })]
    while (server.seen.length === 0) await new Promise(resolve => { setImmediate(resolve) })
    controller.abort()
    await refused('ABORTED', () => tasks[1])
    tasks[0].abort()
    await refused('ABORTED', () => tasks[0])
    assert.equal(server.seen.length, 1)
    assert.equal((await stash.http.request({ url })).data, 'one')
    await stash.close()
  })

  test('a weak network, as WeChat tells of it, serves what is stale within the limit', async () => {
    runs += 1
    server.script(`/weak/${runs}`, ['one', 'two', 'three'].map(body => fresh('max-age=10', body)))
    server.seen.length = 0
    const [double, url] = [wechatDouble(), `${server.base}/weak/${runs}`]
    const host = { ...wechat(double.wx), network: networkByFetch() }
    const one = await open({ host, clock: () => time.now, http: { staleIfOffline: '1m' } })
    const data = async () => (await one.http.request({ url })).data
    assert.equal(await data(), 'one')
    time.now += 20 * SECOND
    double.weaken(true, '3g')
    assert.deepEqual([await data(), server.seen.length], ['one', 1])
    // Beyond the limit it is asked for, however weak the network is.
    time.now += 60 * SECOND
    assert.deepEqual([await data(), server.seen.length], ['two', 2])
    time.now += 20 * SECOND
    assert.deepEqual([await data(), server.seen.length], ['two', 2])
    double.weaken(false, '4g')
    assert.deepEqual([await data(), server.seen.length], ['three', 3])
    await one.close()
  })

  test('callbacks are called as the host calls them', async () => {
    server.script(`/back/${runs}`, [fresh('max-age=9', 'one')])
    const url = `${server.base}/back/${runs}`
    const good = await new Promise(resolve => { stash.http.request({ url, complete: resolve }) })
    assert.equal(good.errMsg, 'request:ok')
    const bad = await new Promise(resolve => {
      stash.http.request({ url: 'http://127.0.0.1:1/',
        fail: resolve })
    })
    assert.match(bad.errMsg, /^request:fail /)
    assert.equal(bad.code, 'NETWORK_FAILED')
    await stash.close()
  })

  test('bytes come back as they were', async () => {
    const body = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))
    server.script(`/bytes/${runs}`, [{ headers: { 'cache-control': 'max-age=9', 'content-type': 'image/png' },
      body }])
    const url = `${server.base}/bytes/${runs}`
    for (const fromCache of [false, true]) {
      const answer = await stash.http.request({ url, responseType: 'arraybuffer' })
      assert.deepEqual([answer.fromCache, Buffer.from(answer.data)], [fromCache, body])
    }
    await stash.close()
  })

  test('a part is cut out of the whole, and parts are joined', async () => {
    const said = { 'cache-control': 'max-age=99', 'content-type': 'application/octet-stream', etag: '"x"' }
    server.script(`/part/${runs}`, [
      { status: 206, headers: { ...said, 'content-range': 'bytes 0-4/10' }, body: '01234' },
      { status: 206, headers: { ...said, 'content-range': 'bytes 5-9/10' }, body: '56789' }])
    const url = `${server.base}/part/${runs}`
    const part = await stash.http.fetch(url, { headers: { range: 'bytes=0-4' } })
    assert.deepEqual([part.status, await part.text()], [206, '01234'])
    const whole = await stash.http.fetch(url)
    assert.deepEqual([whole.status, await whole.text()], [200, '0123456789'])
    assert.deepEqual([server.seen[1]?.headers.range, server.seen[1]?.headers['if-range']], ['bytes=5-',
      '"x"'])
    const cut = await stash.http.fetch(url, { headers: { range: 'bytes=3-6' } })
    assert.deepEqual([cut.status, await cut.text(), cut.headers.get('content-range')], [206, '3456',
      'bytes 3-6/10'])
    assert.equal(server.seen.length, 2)
    await stash.close()
  })

  test('what is dropped by URL, prefix, tag and partition is gone, and nothing else', async () => {
    const drops = /** @type {[any, string[]][]} */ ([
      [{ url: '/drop/a' }, ['/drop/b', '/drop/c']], [{ prefix: '/drop/' }, []], [{ tag: 't' }, ['/drop/b',
        '/drop/c']],
      [{ tag: 'none' }, ['/drop/a', '/drop/b', '/drop/c']]])
    for (const [what, left] of drops) {
      await stash.http.clear()
      for (const name of ['/drop/a', '/drop/b', '/drop/c']) {
        server.script(name, [fresh('max-age=99', name)])
        await stash.http.request({ url: server.base + name, tags: name === '/drop/a' ? ['t'] : [] })
      }
      const absolute = Object.fromEntries(Object.entries(what).map(([key, value]) =>
        [key, key === 'tag' ? value : server.base + value]))
      assert.equal(await stash.http.invalidate(absolute), 3 - left.length)
      for (const name of ['/drop/a', '/drop/b', '/drop/c']) {
        const answer = await stash.http.request({ url: server.base + name, cache: 'only-if-cached' })
        assert.equal(answer.statusCode, left.includes(name) ? 200 : 504, `${JSON.stringify(what)} ${name}`)
      }
    }
    server.script('/drop/p', [fresh('max-age=99', 'p')])
    await stash.http.request({ url: `${server.base}/drop/p`, partition: 'user 1' })
    assert.equal(await stash.http.clearPartition('user 2'), 0)
    assert.equal(await stash.http.clearPartition('user 1'), 1)
    await stash.close()
  })

  test('encrypted, nothing of an answer can be seen, and it is found by whoever unlocks', async () => {
    runs += 1
    server.script(`/sealed/${runs}`, [fresh('max-age=60', 'the body'), fresh('max-age=60', 'another')])
    const [host, url, secret] = [memory(), `${server.base}/sealed/${runs}`, new Uint8Array(32).fill(5)]
    const http = { network: networkByFetch(), encrypt: true }
    const from = async (/** @type {any} */ options) => {
      const one = await open({ host, ...options })
      const { data, fromCache } = await one.http.request({ url })
      await one.close()
      return [data, fromCache]
    }
    const seen = () => host.list('').map(key => `${key} ${JSON.stringify(host.read(key))}`).join()
    assert.deepEqual(await from({ http: { ...http, encrypt: false } }), ['the body', false])
    assert.match(seen(), /sealed/)
    assert.deepEqual(await from({ http, secret }), ['another', false])
    assert.doesNotMatch(seen(), /sealed|another|the body/)
    assert.deepEqual(await from({ http, secret }), ['another', true])
    // Locked, nothing is found and nothing is kept.
    server.script(`/sealed/${runs}`, [fresh('max-age=60', 'open'), fresh('max-age=60', 'never asked for')])
    assert.deepEqual(await from({ http }), ['open', false])
    assert.deepEqual(await from({ http, secret }), ['another', true])
    const one = await open({ host, http, secret })
    assert.equal((await one.http.request({ url })).fromCache, true)
    await one.secure.lock()
    assert.equal((await one.http.request({ url })).fromCache, false)
    await one.close()
  })

  test('wrong options are refused before anything happens', async () => {
    const rows = /** @type {[any, RegExp][]} */ ([
      [{ ttlRules: 5 }, /ttlRules/], [{ ttlRules: [{ match: 5, ttl: 1 }] }, /match/], [{ defaultTtl: 'x' },
        /ttl/],
      [{ cache: 'x' }, /cache/], [{ strategy: 'x' }, /strategy/], [{ maxEntries: 0 }, /maxEntries/],
      [{ retry: { attempts: 99 } }, /attempts/], [{ partition: 5 }, /partition/], [{ nope: 1 }, /nope/],
      [{ network: {} }, /network/], [{ encrypt: 'yes' }, /encrypt/]])
    for (const [http, message] of rows) {
      await assert.rejects(open({ host: memory(), http }), { code: 'INVALID_OPTION', message })
    }
    for (const options of [undefined, {}, { url: 5 }, { url: 'http://x/', header: { 'a\n': 'b' } },
      { url: 'http://x/', header: { a: 'b\nc: d' } }, { url: 'http://x/', ttl: -1 }, { url: 'http://x/',
        tags: 't' }]) {
      await refused('INVALID_OPTION', () => stash.http.request(options))
    }
    await refused('INVALID_OPTION', () => stash.http.invalidate({}))
    await stash.close()
    await refused('CLOSED', () => stash.http.request({ url: 'http://127.0.0.1:1/' }))
    const none = await open({ host: memory() })
    await refused('UNSUPPORTED', () => none.http.request({ url: 'http://127.0.0.1:1/' }))
    await none.close()
  })

  test('a store without room loses savings, never answers', async () => {
    const small = await open({ host: { ...memory({ totalBytes: 6000 }), network: networkByFetch() },
      clock: () => time.now })
    for (let index = 0; index < 20; index += 1) {
      const path = `/room/${runs}/${index}`
      server.script(path, [fresh('max-age=99', 'x'.repeat(600))])
      const answer = await small.http.request({ url: server.base + path })
      assert.equal(answer.data.length, 600)
    }
    assert.ok(small.http.stats.entries !== undefined && small.http.stats.entries < 20)
    await small.close()
  })

  test('no more is kept than the budget allows, the longest unused going first', async () => {
    const bounded = await open({ host: { ...memory(), network: networkByFetch() }, clock: () => time.now,
      http: { maxEntries: 3 } })
    const ask = async (/** @type {number} */ index) => {
      server.script(`/few/${runs}/${index}`, [fresh('max-age=99', index)])
      return (await bounded.http.request({ url: `${server.base}/few/${runs}/${index}` })).fromCache
    }
    for (const index of [1, 2, 3]) await ask(index)
    assert.equal(await ask(1), true)
    await ask(4)
    assert.deepEqual([await ask(1), await ask(3), await ask(4), await ask(2)], [true, true, true, false])
    assert.equal(bounded.http.stats.entries, 3)
    await bounded.close()
  })
})
