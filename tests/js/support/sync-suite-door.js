// @ts-check
/** Who is let in, how much and how often, what is said of what is wrong, and how the server ends. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { stamp, T0 } from './sync-served.js'
import { deviceOf, openSyncServer } from './sync-server.js'

/** @import { Serve } from './sync-served.js' */

/** @param {Serve} serve */
export function doorSuite(serve) {
  test('users see nothing of each other, though their keys and clients are the same', async context => {
    const { device, server } = await serve(context)
    const other = deviceOf(server.url, await server.token('somebody else'), device.client)
    const one = { id: 1, key: 'k', type: 'create', base: 0, hlc: stamp(0) }
    assert.equal((await device.push([{ ...one, value: 'mine' }]))[0].status, 'accepted')
    assert.equal((await other.push([{ ...one, value: 'theirs' }]))[0].status, 'accepted')
    assert.deepEqual((await device.pull()).rows.map(({ value }) => value), ['mine'])
    assert.deepEqual((await other.pull()).rows.map(({ value }) => value), ['theirs'])
    const { cursor } = await device.pull()
    assert.equal((await other.pull(cursor)).reset, true)
  })

  test('nobody is let in without a token that holds', async context => {
    let at = T0
    const { server, token, user } = await serve(context, { now: () => at })
    const other = await server.token('another')
    const [name, secret] = token.split('.')
    const bad = [
      undefined, '', token, `Basic ${token}`, 'Bearer', 'Bearer ', `Bearer ${name}`, `Bearer ${name}.`,
      `Bearer .${secret}`, `Bearer ${name}.${other.split('.')[1]}`, `Bearer ${other.split('.')[0]}.${secret}`,
      `Bearer ${name}.${'A'.repeat(43)}`, `Bearer ${name}.${secret} `.repeat(2), `Bearer AA.${secret}`,
      `Bearer _w.${secret}`,
    ]
    for (const path of ['/push', '/pull', '/digest', '/rows?buckets=1']) {
      for (const authorization of bad) {
        const response = await fetch(server.url + path, { method: path === '/push' ? 'POST' : 'GET',
          headers: { ...(authorization !== undefined && { authorization }) } })
        assert.equal(response.status, 401, `${path} ${authorization?.replace(user, '')}`)
        assert.equal(response.headers.get('www-authenticate'), 'Bearer')
        assert.equal((/** @type {any} */ (await response.json())).error.code, 'UNAUTHORIZED')
      }
    }
    const device = deviceOf(server.url, await server.token(user, 1000))
    at += 999
    assert.equal((await device.ask('GET', '/pull')).status, 200)
    at += 1
    assert.equal((await device.ask('GET', '/pull')).status, 401)
  })

  test('an app may sign in its users itself, and they have an account at once', async context => {
    const { server } = await serve(context, {
      authenticate: request => request.headers.authorization?.replace(/^Bearer jwt of /, ''),
    })
    const device = deviceOf(server.url, 'jwt of ann')
    assert.deepEqual((await device.pull()).rows, [])
    assert.equal((await deviceOf(server.url, 'jwt of bob').push([
      { id: 1, key: 'k', type: 'create', base: 0, hlc: stamp(0), value: 1 }]))[0].status, 'accepted')
    assert.deepEqual((await device.pull()).rows, [])
  })

  test('sign-up is closed unless it is opened, and gives nobody the name of another', async context => {
    const closed = await serve(context)
    /** @param {string} url @param {string} body */
    const post = (url, body) => fetch(`${url}/sign-up`, { method: 'POST', body })
    assert.equal((await post(closed.server.url, '{}')).status, 404)
    const { server, user } = await serve(context, { isSignUpOpen: true })
    assert.equal((await post(server.url, JSON.stringify({ user }))).status, 409)
    for (const wrong of ['{"user":""}', '{"user":5}', '{"user":"\\u0000"}', '{"user":"\\ud800"}', '{', '']) {
      assert.equal((await post(server.url, wrong)).status, 400, wrong)
    }
    const made = /** @type {any} */ (await (await post(server.url, '{}')).json())
    assert.deepEqual((await deviceOf(server.url, made.token).pull()).rows, [])
  })

  test('limits refuse with their own status, and say when to come back', async context => {
    let at = T0
    const { device, server } = await serve(context, { now: () => at, limits: {
      bodyBytesMax: 1000, mutationsMax: 3, requestsAtOnce: 5, requestsPerSecond: 0.5, strangersAtOnce: 2,
      strangersPerSecond: 1 } })
    const push = (/** @type {unknown} */ body) => device.ask('POST', '/push', body)
    const { client } = device
    const many = [1, 2, 3, 4].map(id => ({ id, key: `k${id}`, type: 'delete', base: 0, hlc: stamp(0) }))
    assert.equal((await push({ client, mutations: many })).status, 413)
    assert.equal((await push({ client, mutations: [], padding: 'x'.repeat(1000) })).status, 413)
    const chunked = await fetch(`${server.url}/push`, /** @type {any} */ ({ method: 'POST', duplex: 'half',
      headers: { authorization: device.authorization }, body: new Blob(['x'.repeat(2000)]).stream() }))
    assert.equal(chunked.status, 413)
    assert.equal((await push({ client, mutations: [] })).status, 200)
    assert.equal((await push({ client, mutations: many.slice(0, 3) })).status, 200)
    const refused = await push({ client, mutations: [] })
    assert.deepEqual([refused.status, refused.headers.get('retry-after'), refused.body.error.code],
      [429, '2', 'RATE_LIMITED'])
    at += 2000
    assert.equal((await push({ client, mutations: [] })).status, 200)
    assert.equal((await push({ client, mutations: [] })).status, 429)
    const stranger = deviceOf(server.url, 'nobody')
    const statuses = []
    for (let i = 0; i < 3; i += 1) statuses.push((await stranger.ask('GET', '/pull')).status)
    assert.deepEqual(statuses, [401, 401, 429])
  })

  test('who is refused while sending hears why, however much there is to come', async context => {
    const { server, token } = await serve(context)
    const { port, hostname } = new URL(server.url)
    const many = Buffer.alloc(24 * 1024 * 1024, 'x')
    for (const [bearer, status] of [[token, 413], ['nobody', 401]]) {
      // It listens when it has sent everything, as some clients do.
      const socket = connect(Number(port), hostname).setEncoding('utf8').pause()
      const fields = ['host: x', `authorization: Bearer ${bearer}`, `content-length: ${many.length}`]
      socket.write(['POST /push HTTP/1.1', ...fields, '', ''].join('\r\n'))
      await new Promise((resolve, reject) => {
        socket.on('error', reject)
        socket.write(many, resolve)
      })
      const [said] = await once(socket.resume(), 'data')
      assert.match(said, new RegExp(`^HTTP/1.1 ${status} `))
      socket.destroy()
    }
  })

  test('bodies and parameters of any kind are refused, never stumbled over', async context => {
    /** @type {string[]} */
    const logged = []
    const { device, server } = await serve(context, { log: line => logged.push(line) })
    const seed = randomBytes(4).readUInt32LE(0)
    const random = randomOf(seed)
    const { authorization, client } = device
    const right = { id: 1, key: 'k', type: 'create', base: 0, hlc: stamp(0), value: { a: [1, 'x'] } }
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const bodies = [
      '', '{', 'null', '5', '[]', '"x"', '{}', '\xff', deep, `{"client":"${client}","mutations":${deep}}`,
      JSON.stringify({ client, mutations: [right] }).replace('[1,"x"]', deep),
      JSON.stringify({ client, mutations: [right, right] }),
      JSON.stringify({ client, mutations: [right, { ...right, id: 2 }] }),
      JSON.stringify({ client, mutations: [right] }).slice(0, -1),
      ...Array.from({ length: 300 }, () => JSON.stringify(mangled({ client, mutations: [right] }, random))),
    ]
    const seen = /** @type {Record<string, number>} */ ({})
    for (const body of bodies) {
      const response = await fetch(`${server.url}/push`,
        { method: 'POST', headers: { authorization }, body: Buffer.from(body, 'latin1') })
      const answer = /** @type {any} */ (await response.json())
      seen[response.status] = (seen[response.status] ?? 0) + 1
      const what = `seed ${seed}: ${response.status} ${body.slice(0, 300)}`
      assert.ok([200, 400, 413].includes(response.status), what)
      if (response.status !== 200) assert.equal(typeof answer.error.message, 'string')
    }
    assert.ok(seen[400] > 20 && seen[200] > 20, JSON.stringify(seen))
    for (const limit of ['0', '1001', 'x', '', '-1', '1.5', '1e2']) {
      assert.equal((await device.ask('GET', `/pull?limit=${limit}`)).status, 400, limit)
    }
    for (const buckets of ['', '256', '-1', '1,,2', 'x', '1&limit=0']) {
      assert.equal((await device.ask('GET', `/rows?buckets=${buckets}`)).status, 400, buckets)
    }
    for (const query of ['buckets=1&after=%00', 'buckets=1&after=%ff', 'buckets=1,1,1&after=%F0%9F%98%80']) {
      assert.equal((await device.ask('GET', `/rows?${query}`)).status, 200, query)
    }
    assert.deepEqual(logged, [])
  })

  test('addresses, methods, origins and health', async context => {
    const { server, device } = await serve(context, { origins: ['https://app.example'] })
    assert.equal((await fetch(`${server.url}/health`)).status, 200)
    assert.equal((await device.ask('GET', '/nothing')).status, 404)
    assert.equal((await device.ask('GET', '/constructor')).status, 404)
    assert.equal((await device.ask('GET', '//pull')).status, 404)
    const wrong = await device.ask('GET', '/push')
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST'])
    const preflight = await fetch(`${server.url}/push`,
      { method: 'OPTIONS', headers: { origin: 'https://app.example' } })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example')
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/)
    const stranger = await fetch(`${server.url}/pull`, { headers: { origin: 'https://evil.example' } })
    assert.equal(stranger.headers.get('access-control-allow-origin'), null)
  })

  test('a body that does not come is not waited for, a request under way is answered', async context => {
    const { server, database, token } = await serve(context, { limits: { headersMs: 200, requestMs: 300 } })
    const { port, hostname } = new URL(server.url)
    const slow = connect(Number(port), hostname)
    let said = ''
    slow.setEncoding('utf8').on('data', text => { said += text })
    slow.on('error', () => {})
    const head = ['POST /push HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, 'content-length: 99', '', '{']
    slow.write(head.join('\r\n'))
    await once(slow, 'close')
    assert.match(said, /^HTTP\/1\.1 408 /)

    /** @type {(value?: undefined) => void} */
    let go = () => {}
    /** @type {(value?: undefined) => void} */
    let entered = () => {}
    const isUnderWay = new Promise(resolve => { entered = resolve })
    const held = new Promise(resolve => { go = resolve })
    const second = await openSyncServer({ database, now: () => T0, validate: async () => {
      entered()
      await held
      return undefined
    } })
    const pushed = deviceOf(second.url, token).push([
      { id: 1, key: 'k', type: 'create', base: 0, hlc: stamp(0), value: 1 }])
    await isUnderWay
    const stopped = second.stop()
    go()
    assert.equal((await pushed)[0].status, 'accepted')
    await stopped
    await assert.rejects(fetch(`${second.url}/health`))
  })
}

/** Numbers from 0 to 1 that a seed repeats. @param {number} seed */
function randomOf(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * A copy in which something is something else.
 * @param {any} value
 * @param {() => number} random
 * @returns {any}
 */
function mangled(value, random) {
  const odd = [
    null, -1, 0, 1.5, 1e308, 2 ** 53, NaN, true, '', '0', '\0', '\ud800', 'x'.repeat(3000),
    [], {}, [[]], [null],
  ]
  if (random() < 0.08) return odd[Math.floor(random() * odd.length)]
  if (Array.isArray(value)) {
    const copies = value.flatMap(one => (random() < 0.1 ? [one, one] : [one]))
    return copies.map(one => mangled(one, random))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(() => random() > 0.04)
    .map(([name, one]) => [random() < 0.03 ? '__proto__' : name, mangled(one, random)]))
}
