// What a hit and a miss of the HTTP cache cost beside axios-cache-interceptor and the cache interceptor of
// undici, and its decision beside http-cache-semantics.
// @ts-check
import Axios from 'axios'
import { setupCache } from 'axios-cache-interceptor'
// @ts-expect-error -- it has no types
import CachePolicy from 'http-cache-semantics'
import { Dispatcher, cacheStores, interceptors, request as undiciRequest } from 'undici'
import { memory, open } from '../../js/index.js'
import { loadCore } from '../../js/load/load.js'
import { compare, duration, environment, printTable, times } from './support/kit.js'

const BODY = JSON.stringify({ id: 1, name: 'John Appleseed', tags: ['reader', 'writer'],
  bio: 'x'.repeat(400) })
const FIELDS = { 'cache-control': 'max-age=3600', 'content-type': 'application/json', etag: '"a"',
  date: new Date().toUTCString() }
const URL_A = 'https://api.example.com/user/profile'

const network = { words: /** @type {const} */ ('wx'), send: () => ({ abort() {}, answer: Promise.resolve({
  status: 200, statusText: 'OK', headers: Object.entries(FIELDS).map(pair => `${pair.join(':')}\n`).join(''),
  read: async () => BODY }) }) }
const stash = await open({ host: { ...memory(), network } })
const axios = setupCache(Axios.create({ adapter: async (/** @type {any} */ config) => ({ data: BODY,
  status: 200, statusText: 'OK',
  headers: FIELDS, config }) }))

/** What answers at once in place of a network. */
class Answering extends Dispatcher {
  /** @param {any} _options @param {any} handler */
  dispatch(_options, handler) {
    const controller = { paused: false, aborted: false, reason: null, pause() {}, resume() {}, abort() {} }
    queueMicrotask(() => {
      handler.onRequestStart(controller, {})
      handler.onResponseStart(controller, 200, FIELDS, 'OK')
      handler.onResponseData(controller, Buffer.from(BODY))
      handler.onResponseEnd(controller, {})
    })
    return true
  }
}
const store = new cacheStores.MemoryCacheStore({ maxCount: 1000 })
const dispatcher = new Answering().compose(interceptors.cache({ store, type: 'private' }))
const byUndici = async (/** @type {string} */ url) => (await undiciRequest(url, { dispatcher })).body.json()

/** @param {(index: number) => Promise<unknown>} act */
const runs = act => async (/** @type {number} */ count) => {
  for (let done = 0; done < count; done += 1) await act(done)
}

console.log(environment(['axios-cache-interceptor', 'undici', 'http-cache-semantics']))
for (const [title, of] of /** @type {const} */ ([['hit', () => ''], ['miss',
  (/** @type {number} */ index) => `?${index}`]])) {
  let at = 0
  const all = await compare([
    { name: 'MiniStash', run: runs(() => stash.http.request({ url: URL_A + of(at += 1) })) },
    { name: 'axios-cache-interceptor', run: runs(() => axios.get(URL_A + of(at += 1))) },
    { name: 'undici', run: runs(() => byUndici(URL_A + of(at += 1))) },
  ])
  const axiosNs = Number(all[1]?.ns)
  printTable(`one ${title}`, ['', 'time', 'beside axios-cache-interceptor'],
    all.map(({ name, ns }) => [name, duration(ns), times(axiosNs / ns)]))
}

const { glue } = await loadCore()
const text = Object.entries(FIELDS).map(pair => `${pair.join(':')}\n`).join('')
const now = Date.now()
const [flags = 0, came = 0, age = 0, lifetime = 0, swr = 0] = glue.httpPolicy('GET', '', 200, text, now, now,
  -1)
const policy = new CachePolicy({ url: '/', method: 'GET', headers: {} }, { status: 200, headers: FIELDS },
  { shared: false })
const request = { url: '/', method: 'GET', headers: {} }
let sum = 0
const decisions = await compare([
  { name: 'MiniStash', run(count) {
    for (let done = 0; done < count; done += 1) {
      sum += glue.httpReuse(flags, came, age, lifetime, swr, 0, -1, -1, -1, now + 1000)
    }
  } },
  { name: 'http-cache-semantics', run(count) {
    for (let done = 0; done < count; done += 1) sum += policy.satisfiesWithoutRevalidation(request) ? 1 : 0
  } },
])
const [own, peer] = decisions
if (own && peer) {
  printTable('one decision', ['', 'time', 'beside http-cache-semantics'],
    decisions.map(({ name, ns }) => [name, duration(ns), times(peer.ns / ns)]))
}
if (sum < 0) console.log(sum)
await stash.close()
