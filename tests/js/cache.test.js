// @ts-check
/**
 * What the cache promises where a plain model does not look: identity, refusals, listeners that come
 * back, memory that stays, and the end.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineHost } from '../../js/hosts/define-host.js'
import { memory } from '../../js/hosts/memory.js'
import { openAt, refused } from './support/shell.js'

/** @param {any} [options] */
async function cacheOf(options) {
  const errors = /** @type {any[]} */ ([])
  const onListenerError = (/** @type {any} */ error) => errors.push(error)
  const opened = await openAt(memory(), { cache: options, onListenerError })
  return { ...opened, cache: opened.stash.cache, errors }
}

test('what get gives is what set took', async () => {
  const { cache, stash } = await cacheOf()
  const values = [undefined, null, 0, '', NaN, {}, [], () => 1, Symbol('s'), Promise.resolve(1), new Map()]
  values.forEach((value, index) => cache.set(`${index}`, value))
  values.forEach((value, index) => {
    assert.ok(Object.is(cache.get(`${index}`), value))
    assert.ok(cache.has(`${index}`))
  })
  await stash.close()
})

test('both policies hold their bounds under listeners that come back and throw', async () => {
  for (const policy of ['lru', 'w-tinylfu']) {
    let deepest = 0
    const own = /** @type {{ cache?: any }} */ ({})
    const onEvict = (/** @type {string} */ key, /** @type {any} */ value, /** @type {string} */ reason) => {
      const { cache } = own
      const { entries, bytes } = cache.stats
      assert.ok(entries <= 20 && bytes <= 500, `${entries} entries, ${bytes} bytes`)
      deepest += 1
      if (deepest % 7 === 0 && deepest < 4000) cache.set(`again ${key}`.slice(0, 40), value, { size: 60 })
      if (deepest % 11 === 0) cache.delete('key 3')
      if (deepest % 501 === 0) cache.clear()
      if (deepest % 5 === 0) throw new RangeError(reason)
    }
    const opened = await cacheOf({ maxEntries: 20, maxBytes: 500, policy, onEvict })
    const { cache } = opened
    own.cache = cache
    for (let step = 0; step < 3000; step += 1) cache.set(`key ${step % 50}`, step, { size: step % 70 })
    assert.ok(deepest > 2000)
    assert.ok(opened.errors.every(error => error instanceof RangeError))
    assert.ok(opened.errors.length > 100)
    assert.equal(cache.size, cache.keys().length)
    await opened.stash.close()
  }
})

test('a listener that causes evictions without end is stopped and reported', async () => {
  const own = /** @type {{ cache?: any }} */ ({})
  const opened = await cacheOf({ maxEntries: 1, onEvict: () => { own.cache.set(`${Math.random()}`, 1) } })
  const { cache } = opened
  own.cache = cache
  cache.set('a', 1)
  cache.set('b', 1)
  assert.equal(opened.errors.length, 1)
  assert.equal(opened.errors[0].code, 'BUSY')
  assert.equal(cache.size, 1)
  await opened.stash.close()
})

test('wrong arguments are refused before anything changes', async () => {
  const { cache, stash } = await cacheOf()
  const make = (/** @type {any} */ options) => stash.createCache(options)
  for (const options of [{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxBytes: -1 }, { ttl: 0 }, { jitter: 2 },
    { policy: 'x' }, { persist: 1 }, { persist: { size: 1 } }, { onEvict: 1 }, { unknown: 1 },
    { cleanupInterval: '400d' }, 5]) {
    await refused('INVALID_OPTION', () => make(options))
  }
  const untyped = /** @type {any} */ (cache)
  for (const options of [{ ttl: -1 }, { tags: 'a' }, { tags: [1] }, { size: -1 }, { sizes: 1 }]) {
    await refused('INVALID_OPTION', () => untyped.set('a', 1, options))
  }
  await refused('INVALID_OPTION', () => untyped.wrap('a', 1))
  await refused('INVALID_OPTION', () => untyped.wrap('a', () => 1, { signal: {} }))
  await refused('INVALID_OPTION', () => untyped.load({ version: 2 }))
  for (const verb of ['set', 'peek', 'has', 'delete', 'getRemainingTTL', 'wrap', 'find']) {
    await refused('INVALID_KEY', () => untyped[verb](5, () => 1))
  }
  assert.equal(cache.size, 0)
  await stash.close()
})

test('w-tinylfu keeps what is asked for often while much is asked for once, and lru does not', async () => {
  const { stash } = await openAt()
  const hits = { lru: 0, 'w-tinylfu': 0 }
  for (const policy of /** @type {const} */ (['lru', 'w-tinylfu'])) {
    const cache = stash.createCache({ maxEntries: 100, policy })
    for (let round = 0; round < 200; round += 1) {
      for (let often = 0; often < 50; often += 1) {
        if (cache.get(`often ${often}`)) hits[policy] += 1
        else cache.set(`often ${often}`, 1)
      }
      for (let once = 0; once < 100; once += 1) cache.set(`once ${round} ${once}`, 1)
    }
  }
  assert.equal(hits.lru, 0)
  assert.ok(hits['w-tinylfu'] > 9000, `${hits['w-tinylfu']} of 10,000`)
  await stash.close()
})

test('jitter takes off no more than it may, and something', async () => {
  const { cache, stash } = await cacheOf({ ttl: 1000, jitter: 0.2 })
  const lives = new Set()
  for (let index = 0; index < 300; index += 1) {
    cache.set(`${index}`, 1)
    const rest = cache.getRemainingTTL(`${index}`)
    assert.ok(rest > 790 && rest <= 1000, `${rest}`)
    lives.add(rest)
  }
  assert.ok(lives.size > 20)
  await stash.close()
})

test('a timer cleans up, and keeps no process alive', async () => {
  const { stash, time } = await openAt()
  /** @type {any[]} */
  const gone = []
  const cache = stash.createCache({ ttl: 10, cleanupInterval: 5, onEvict: (...told) => gone.push(told) })
  cache.set('a', 1)
  time.now += 20
  for (let turn = 0; turn < 200 && gone.length === 0; turn += 1) {
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
  assert.deepEqual(gone, [['a', 1, 'expired']])
  await stash.close()
})

test('the clock of the engine is read once in a turn', async () => {
  let reads = 0
  const { now } = Date
  Date.now = () => { reads += 1; return now() }
  try {
    const { open } = await import('../../js/open.js')
    const stash = await open({ host: memory(), cache: { ttl: '1h' } })
    reads = 0
    for (let index = 0; index < 1000; index += 1) {
      stash.cache.set('a', index)
      stash.cache.get('a')
    }
    assert.equal(reads, 1)
    await Promise.resolve()
    stash.cache.get('a')
    assert.equal(reads, 2)
    await stash.close()
  } finally {
    Date.now = now
  }
})

test('the stamps of use begin anew without a change of the order', async () => {
  const { stash } = await openAt()
  const cache = /** @type {any} */ (stash.createCache({ maxEntries: 4 }))
  for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key)
  cache.own.memory.engine.stamp = 0xFFFFFFFE
  cache.get('b')
  assert.equal(cache.own.memory.engine.stamp, 5)
  cache.set('e', 1)
  cache.set('f', 1)
  assert.deepEqual(cache.keys(), ['f', 'e', 'b', 'd'])
  await stash.close()
})

test('when the host is short of memory the half least worth keeping goes', async () => {
  /** @type {(() => void)[]} */
  const warned = []
  const listen = (/** @type {string} */ event, /** @type {() => void} */ listener) => {
    if (event === 'memory') warned.push(listener)
    return () => {}
  }
  const { stash } = await openAt(defineHost(/** @type {any} */ ({ ...memory(), listen })))
  for (const key of ['a', 'b', 'c', 'd']) stash.cache.set(key, 1)
  stash.cache.get('a')
  for (const warn of warned) warn()
  assert.deepEqual(stash.cache.keys(), ['a', 'd'])
  await stash.close()
})

test('a closed cache refuses, and holds nothing', async () => {
  const { cache, stash } = await cacheOf()
  cache.set('a', 1)
  await stash.close()
  const verbs = [() => cache.get('a'), () => cache.set('a', 1), () => cache.has('a'), () => cache.clear(),
    () => cache.size, () => cache.wrap('a', () => 1), () => stash.createCache()]
  for (const verb of verbs) await refused('CLOSED', verb)
})

test('a million sets leave heap and core as large as the first hundred thousand left them', async t => {
  assert.equal(typeof gc, 'function', 'gc is missing: run node with --expose-gc')
  for (const policy of /** @type {const} */ (['lru', 'w-tinylfu'])) {
    const { stash } = await openAt()
    const cache = stash.createCache({ maxEntries: 10_000, ttl: '1h', policy })
    const measure = () => {
      gc?.()
      const { heapUsed, arrayBuffers, external } = process.memoryUsage()
      return { heapUsed, arrayBuffers, external }
    }
    let warm = measure()
    for (let index = 0; index < 1_000_000; index += 1) {
      const tags = index % 3 === 0 ? [`tag ${index % 5}`] : undefined
      cache.set(`key ${index % 30_000}`, { index }, { tags })
      if (index === 100_000) warm = measure()
    }
    const end = measure()
    t.diagnostic(`${policy}: ${JSON.stringify(warm)} -> ${JSON.stringify(end)}`)
    assert.ok(end.heapUsed - warm.heapUsed < 1_000_000, 'the heap has grown')
    assert.ok(end.arrayBuffers - warm.arrayBuffers < 300_000, 'the arrays have grown')
    // The memory of the core is external to the heap, with what the engine compiles.
    assert.ok(end.external - warm.external < 300_000, 'the core has grown')
    await stash.close()
  }
})
