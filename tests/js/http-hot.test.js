// @ts-check
/**
 * What the HTTP cache holds in memory of what it keeps: a hit is the caller's own, what is dropped is not
 * served, bounds hold, and where others write nothing is held. And what else it asks of its store.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HttpHot } from '../../js/http-hot.js'
import { networkByFetch } from '../../js/hosts/http-fetch.js'
import { memory } from '../../js/hosts/memory.js'
import { loadCore } from '../../js/load/load.js'
import { open } from '../../js/open.js'
import { scriptedServer } from './support/http-server.js'
import { refused } from './support/shell.js'

const time = { now: 1_800_000_000_000 }
/** @type {import('./support/http-server.js').ScriptedServer} */
let server
before(async () => { server = await scriptedServer(time) })
after(() => server.close())

/** @param {any} host */
async function openOn(host) {
  const whole = { ...host, network: networkByFetch() }
  return /** @type {any} */ (await open({ host: whole, clock: () => time.now }))
}

/** @param {string} path @param {unknown} body */
function answers(path, body) {
  server.script(path, [{ headers: { 'cache-control': 'max-age=99' }, body: JSON.stringify(body) }])
  return server.base + path
}

/** @param {number} length */
function entryOf(length) {
  const variant = { slot: 0, vary: '', selects: '', status: 200, statusText: '', headers: 'a:b\n', policy: [],
    bytes: length, tags: [] }
  return { url: 'u', partition: '', variants: [variant] }
}

test('whatever a caller does with a hit, the next one is as it was', async () => {
  const stash = await openOn(memory())
  const url = answers('/own', { list: [1] })
  await stash.http.request({ url })
  for (let turn = 0; turn < 3; turn += 1) {
    const hit = await stash.http.request({ url })
    assert.deepEqual([hit.fromCache, hit.data], [true, { list: [1] }])
    hit.data.list.push(2)
    hit.header['Cache-Control'] = hit.header.added = 'changed'
    const bytes = await stash.http.request({ url, responseType: 'arraybuffer' })
    assert.deepEqual([bytes.fromCache, new TextDecoder().decode(bytes.data)], [turn > 0, '{"list":[1]}'])
    new Uint8Array(bytes.data).fill(0)
    const response = await stash.http.fetch(url)
    assert.equal(response.headers.get('added'), null)
    new Uint8Array(await response.arrayBuffer()).fill(0)
  }
  await stash.close()
})

test('where somebody else may write, a hit is read from the store', async () => {
  // Two tabs over one store, which neither opens nor closes it.
  const { open: _open, close: _close, ...records } = /** @type {any} */ (memory({ immediate: false }))
  const shared = { ...records, exclusive: false, lock: async () => () => {} }
  const url = answers('/shared', 'one')
  const [one, two] = [await openOn(shared), await openOn(shared)]
  for (const stash of [one, two]) await stash.http.request({ url })
  assert.equal((await one.http.request({ url })).fromCache, true)
  answers('/shared', 'two')
  assert.equal(await two.http.invalidate({ url }), 1)
  assert.equal((await one.http.request({ url })).data, 'two')
  await one.close()
  await two.close()
})

test('a hit begins no operation of the core where nobody else writes, else one', async () => {
  const { glue } = await loadCore()
  const { prototype } = /** @type {any} */ (glue.Core)
  const { begin } = prototype
  let begun = 0
  prototype.begin = function (/** @type {any[]} */ ...args) {
    begun += 1
    return begin.apply(this, args)
  }
  try {
    for (const exclusive of [true, false]) {
      const stash = await openOn({ ...memory(), exclusive })
      const url = answers('/hot', 'one')
      await stash.http.request({ url })
      begun = 0
      for (let turn = 0; turn < 5; turn += 1) {
        assert.equal((await stash.http.request({ url })).fromCache, true)
      }
      assert.equal(begun, exclusive ? 0 : 5)
      await stash.close()
    }
  } finally {
    prototype.begin = begin
  }
})

test('no more than 64 URLs and 512 KiB are held, and what changed is not', () => {
  const hot = new HttpHot(memory(), false)
  for (let index = 0; index < 500; index += 1) {
    const length = index % 7 === 0 ? 200_000 : 3000 + index
    const body = index % 2 === 0 ? 'x'.repeat(length) : new Uint8Array(length)
    hot.note(`k${index % 150}`, entryOf(length), 0, body, hot.changes)
    if (index % 5 === 0) hot.forget(`k${index % 90}`)
    assert.ok(hot.held.size <= 64 && hot.bytes <= 512 * 1024, `${hot.held.size} URLs, ${hot.bytes} bytes`)
    const bytes = Array.from(hot.held.values()).reduce((sum, one) => sum + one.bytes, 0)
    assert.equal(hot.bytes, bytes)
  }
  assert.ok(hot.held.size > 5)
  // What was read before a change and comes after it is older than the change.
  const { changes } = hot
  hot.forget('a')
  hot.note('a', entryOf(1), 0, 'old', changes)
  assert.equal(hot.find('a'), undefined)
  hot.note('a', entryOf(1), 0, 'new', hot.changes)
  const found = hot.find('a')
  assert.equal(found && hot.bodyOf(found, 0), 'new')
  hot.clear()
  assert.deepEqual([hot.held.size, hot.bytes, hot.find('a')], [0, 0, undefined])
})

test('what is kept is learned in one call, and what is damaged of it costs nothing else', async () => {
  for (const isDamaged of [false, true]) {
    const inner = memory({ immediate: true, batch: true, atomic: true })
    const first = await openOn(inner)
    for (let index = 0; index < 6; index += 1) {
      await first.http.request({ url: answers(`/learn/${index}`, index), tags: ['t'] })
    }
    await first.close()
    const damaged = inner.list('').find(key => key.includes('%7ehttp~e')) ?? ''
    const text = /** @type {any} */ (inner.read(damaged))
    if (isDamaged) inner.write(damaged, text.replace('max-age', 'max-agE'))
    const reads = /** @type {string[]} */ ([])
    const counted = { ...inner, exclusive: false,
      read: (/** @type {string} */ key) => { reads.push('read'); return inner.read(key) },
      readMany: (/** @type {string[]} */ keys) => {
        reads.push(`readMany ${keys.length}`)
        return inner.readMany?.(keys)
      } }
    const stash = await openOn(counted)
    reads.length = 0
    const dropped = await stash.http.invalidate({ tag: 't' })
    assert.equal(dropped, isDamaged ? 5 : 6)
    assert.equal(stash.http.stats.damaged, isDamaged ? 1 : 0)
    if (!isDamaged) assert.ok(reads.length <= 4, String(reads))
    await stash.close()
  }
})

test('after clear() what could not be dropped before is served again', async () => {
  const inner = memory({ batch: true, atomic: true })
  let isStuck = false
  const commit = (/** @type {any} */ ...changes) => {
    if (isStuck) throw new Error('stuck')
    return /** @type {any} */ (inner).commit(...changes)
  }
  const stuck = { ...inner, commit }
  const stash = await openOn(stuck)
  const url = answers('/stuck', 'one')
  await stash.http.request({ url })
  isStuck = true
  await refused('HOST_FAILED', () => stash.http.invalidate({ url }))
  assert.equal((await stash.http.request({ url, cache: 'only-if-cached' })).statusCode, 504)
  isStuck = false
  await stash.http.clear()
  await stash.http.request({ url })
  assert.equal((await stash.http.request({ url })).fromCache, true)
  await stash.close()
})

test('a stash that is closing keeps what has come, and takes no further request', async () => {
  const inner = memory({ immediate: false })
  let hold = Promise.resolve()
  const slow = { ...inner, write: async (/** @type {string} */ key, /** @type {any} */ data) => {
    await hold
    return inner.write(key, data)
  } }
  const stash = await openOn(slow)
  const url = answers('/closing', 'one')
  let release = () => {}
  hold = new Promise(resolve => { release = resolve })
  const asked = stash.http.request({ url })
  while (server.seen.every(({ url: path }) => path !== '/closing')) await new Promise(setImmediate)
  // The answer has come when the first write waits.
  await new Promise(resolve => { setTimeout(resolve, 30) })
  const closing = stash.close()
  await refused('CLOSED', () => stash.http.request({ url }))
  await refused('CLOSED', () => stash.http.invalidate({ url }))
  await refused('CLOSED', () => stash.http.clear())
  release()
  await asked.catch(() => {})
  await closing
  const next = await openOn(inner)
  assert.equal((await next.http.request({ url })).fromCache, true)
  await next.close()
})
