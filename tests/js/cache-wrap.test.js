// @ts-check
/**
 * Loading through the cache: one load for all who ask, whatever happens to them, to the key and to the
 * cache meanwhile.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallController } from '../../js/abort.js'
import { memory } from '../../js/hosts/memory.js'
import { openAt, refused, settle } from './support/shell.js'

/** A loader whose loads are ended by hand. */
function loader() {
  /** @type {{ resolve: (value?: any) => void, reject: (error: any) => void, signal: any }[]} */
  const loads = []
  const load = (/** @type {any} */ { signal }) =>
    new Promise((resolve, reject) => { loads.push({ resolve, reject, signal }) })
  return { load, loads }
}

/** @param {any} [cache] */
async function setUp(cache) {
  const opened = await openAt(memory(), { cache })
  return { ...opened, cache: opened.stash.cache, ...loader() }
}

test('of all who ask at the same time one loads', async () => {
  const { cache, load, loads, stash } = await setUp()
  const waiting = [cache.wrap('a', load), cache.wrap('a', load), cache.wrap('a', load)]
  assert.equal(loads.length, 1)
  const value = { a: 1 }
  loads[0]?.resolve(value)
  for (const got of await Promise.all(waiting)) assert.equal(got, value)
  assert.equal(await cache.wrap('a', load), value)
  assert.equal(loads.length, 1)
  const { hits, misses, loads: count } = cache.stats
  assert.deepEqual([hits, misses, count], [1, 3, 1])
  await stash.close()
})

test('while a value is stale one loads behind, and all get the old value at once', async () => {
  const { cache, load, loads, stash, time } = await setUp({ ttl: 100, staleWhileRevalidate: 50 })
  cache.set('a', 'old')
  time.now += 120
  assert.equal(cache.get('a'), undefined)
  assert.equal(await cache.wrap('a', load), 'old')
  assert.equal(await cache.wrap('a', load), 'old')
  assert.equal(loads.length, 1)
  loads[0]?.resolve('new')
  await settle()
  assert.equal(cache.get('a'), 'new')
  time.now += 150
  const late = cache.wrap('a', load)
  assert.equal(loads.length, 2)
  loads[1]?.resolve('newer')
  assert.equal(await late, 'newer')
  assert.equal(cache.stats.stale, 2)
  await stash.close()
})

test('a load behind is aborted by no caller', async () => {
  const { cache, load, loads, stash, time } = await setUp(
    { ttl: 100, staleWhileRevalidate: 50, staleIfError: 90 })
  cache.set('a', 'old')
  time.now += 120
  await cache.wrap('a', load)
  time.now += 40
  const controller = new AbortController()
  const waiting = cache.wrap('a', load, { signal: controller.signal })
  controller.abort()
  await refused('ABORTED', () => waiting)
  assert.equal(loads[0]?.signal.aborted, false)
  loads[0]?.resolve('new')
  await settle()
  assert.equal(cache.get('a'), 'new')
  assert.equal(loads.length, 1)
  await stash.close()
})

test('the load goes on while anyone waits, and its signal fires when no one does', async () => {
  const { cache, load, loads, stash } = await setUp()
  const [one, two] = [new AbortController(), new SmallController()]
  const first = cache.wrap('a', load, { signal: one.signal })
  const second = cache.wrap('a', load, { signal: two.signal })
  one.abort(new RangeError('enough'))
  const error = await refused('ABORTED', () => first)
  assert.ok(error.cause instanceof RangeError)
  assert.equal(loads[0]?.signal.aborted, false)
  two.abort()
  await refused('ABORTED', () => second)
  assert.equal(loads[0]?.signal.aborted, true)
  // What comes all the same is nobody's.
  loads[0]?.resolve('late')
  await settle()
  assert.equal(cache.has('a'), false)
  const third = cache.wrap('a', load)
  assert.equal(loads.length, 2)
  loads[1]?.resolve('in time')
  assert.equal(await third, 'in time')
  await refused('ABORTED', () => cache.wrap('b', load, { signal: AbortSignal.abort() }))
  assert.equal(loads.length, 2)
  await stash.close()
})

for (const [name, change] of /** @type {[string, (cache: any) => void][]} */ ([
  ['deleted', cache => cache.delete('a')],
  ['deleted by its tag', cache => { cache.set('a', 0, { tags: ['t'] }); cache.deleteByTag('t') }],
  ['cleared', cache => cache.clear()],
])) {
  test(`a key that is ${name} meanwhile is loaded anew, once, and what was under way is not kept`, async () => {
    const { cache, load, loads, stash } = await setUp()
    const before = cache.wrap('a', load)
    change(cache)
    const after = [cache.wrap('a', load), cache.wrap('a', load)]
    assert.equal(loads.length, 2)
    loads[1]?.resolve('after')
    assert.deepEqual(await Promise.all(after), ['after', 'after'])
    loads[0]?.resolve('before')
    assert.equal(await before, 'before')
    assert.equal(cache.get('a'), 'after')
    await stash.close()
  })
}

test('what is set meanwhile stays, and who waits gets what was loaded', async () => {
  const { cache, load, loads, stash } = await setUp()
  const waiting = cache.wrap('a', load)
  cache.set('a', 'set')
  assert.equal(await cache.wrap('a', load), 'set')
  loads[0]?.resolve('loaded')
  assert.equal(await waiting, 'loaded')
  assert.equal(cache.get('a'), 'set')
  assert.equal(loads.length, 1)
  await stash.close()
})

test('a key that is evicted meanwhile is loaded once all the same', async () => {
  const { cache, load, loads, stash, time } = await setUp({ maxEntries: 1, ttl: 100, staleIfError: 1000 })
  cache.set('a', 'old')
  time.now += 110
  const first = cache.wrap('a', load)
  cache.set('b', 1)
  const second = cache.wrap('a', load)
  assert.equal(loads.length, 1)
  loads[0]?.resolve('new')
  assert.deepEqual(await Promise.all([first, second]), ['new', 'new'])
  assert.equal(cache.get('a'), 'new')
  await stash.close()
})

test('a stale value stands in for a failure, up to its ceiling', async () => {
  const { cache, load, loads, stash, time } = await setUp({ ttl: 100, staleIfError: 50 })
  cache.set('a', 'old')
  time.now += 120
  const saved = cache.wrap('a', load)
  loads[0]?.reject(new RangeError('down'))
  assert.equal(await saved, 'old')
  time.now += 20
  // It is within the ceiling when it is asked for, and beyond it when the load fails.
  const lost = cache.wrap('a', load)
  time.now += 20
  loads[1]?.reject(new RangeError('down'))
  await assert.rejects(lost, RangeError)
  assert.equal(cache.stats.loadFailures, 2)
  await stash.close()
})

test('a failure is not kept, unless negativeTtl says so, and for so long', async () => {
  const { cache, stash, time } = await setUp()
  let calls = 0
  const fail = () => { calls += 1; throw new RangeError(`${calls}`) }
  await assert.rejects(cache.wrap('a', fail), /1/)
  await assert.rejects(cache.wrap('a', fail), /2/)
  await assert.rejects(cache.wrap('a', fail, { negativeTtl: '1s' }), /3/)
  await assert.rejects(cache.wrap('a', fail), /3/)
  assert.equal(cache.has('a'), false)
  time.now += 1000
  await assert.rejects(cache.wrap('a', fail, { negativeTtl: '1s' }), /4/)
  cache.delete('a')
  assert.equal(await cache.wrap('a', () => 5), 5)
  await stash.close()
})

test('a load that never settles ends with TIMEOUT, or with the stale value', async () => {
  const { cache, load, loads, stash, time } = await setUp({ ttl: 100, staleIfError: 1000 })
  await refused('TIMEOUT', () => cache.wrap('a', load, { timeout: 5 }))
  assert.equal(loads[0]?.signal.aborted, true)
  cache.set('a', 'old')
  time.now += 200
  assert.equal(await cache.wrap('a', load, { timeout: 5 }), 'old')
  const patient = cache.wrap('a', load)
  assert.equal(loads.length, 3)
  await refused('TIMEOUT', () => { cache.delete('a'); return cache.wrap('a', load, { timeout: 5 }) })
  loads[2]?.resolve('new')
  assert.equal(await patient, 'new')
  await stash.close()
})

test('a loader may use the cache, but not wait for itself', async () => {
  const { cache, stash } = await setUp({ maxEntries: 2 })
  const value = await cache.wrap('a', async () => {
    cache.set('b', 1)
    cache.clear()
    return cache.wrap('c', () => 'inner')
  })
  assert.equal(value, 'inner')
  assert.deepEqual(cache.keys(), ['c'])
  const selfish = () => cache.wrap('d', () => 1)
  await refused('INVALID_OPTION', () => cache.wrap('d', selfish))
  assert.equal(await cache.wrap('d', () => 2), 2)
  await stash.close()
})

test('closing ends every waiting', async () => {
  const { cache, load, loads, stash } = await setUp()
  const waiting = [cache.wrap('a', load), cache.wrap('b', load)]
  const ends = Promise.all(waiting.map(wait => refused('CLOSED', () => wait)))
  await stash.close()
  await ends
  assert.ok(loads.every(({ signal }) => signal.aborted))
  loads[0]?.resolve(1)
  await settle()
})

test('the statistics say what loading took, and what was saved', async () => {
  const { cache, load, loads, stash, time } = await setUp()
  const first = cache.wrap('a', load)
  time.now += 40
  loads[0]?.resolve(1)
  await first
  for (let index = 0; index < 3; index += 1) await cache.wrap('a', load)
  const { loadMs, savedMs, hitRatio } = cache.stats
  assert.deepEqual([loadMs, savedMs, hitRatio], [40, 120, 0.75])
  await stash.close()
})
