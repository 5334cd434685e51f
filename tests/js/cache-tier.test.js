// @ts-check
/**
 * The second tier of the cache: written behind in batches, promoted when asked for, whole after a kill,
 * and the first to give way when the host runs out of room.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fault } from '../../js/hosts/host.js'
import { memory } from '../../js/hosts/memory.js'
import { KINDS, nameOf, openAt, refused, settle, watched } from './support/shell.js'

/** @type {import('../../js/cache-options.js').CacheOptions} */
const PERSIST = { persist: { delay: '1h' } }

/** What the cache complains of. */
function listening() {
  const errors = /** @type {any[]} */ ([])
  return { errors, onListenerError: (/** @type {any} */ error) => { errors.push(error) } }
}

/**
 * A host over a Map that takes so many bytes, keys included; like a disk it outlives its hosts.
 * @param {any} [options]
 */
function room({ totalBytes = Infinity, immediate = true } = {}) {
  /** @type {Map<string, string>} */
  const records = new Map()
  const used = () => Array.from(records).reduce((sum, [key, data]) => sum + key.length + data.length, 0)
  const answer = (/** @type {() => any} */ act) => immediate ? act() : Promise.resolve().then(act)
  const host = () => /** @type {any} */ ({
    name: 'room', immediate, holds: 'text',
    read: (/** @type {string} */ key) => answer(() => records.get(key)),
    write: (/** @type {string} */ key, /** @type {string} */ data) => answer(() => {
      const old = records.get(key)
      const growth = key.length + data.length - (old === undefined ? 0 : key.length + old.length)
      if (used() + growth > totalBytes) throw fault('QUOTA_EXCEEDED', 'full')
      records.set(key, data)
    }),
    remove: (/** @type {string} */ key) => answer(() => { records.delete(key) }),
    list: (/** @type {string} */ prefix) =>
      answer(() => Array.from(records.keys()).filter(key => key.startsWith(prefix))),
    entropy: () => new Uint8Array(32).fill(7),
  })
  return { host, records, used }
}

test('many sets are one commit, and a warm start costs one read more', async () => {
  const { host, calls } = watched({ immediate: true, batch: true, atomic: true })
  const { stash } = await openAt(host, { cache: PERSIST })
  const opening = calls.length
  for (let index = 0; index < 50; index += 1) stash.cache.set(`key ${index}`, { index }, { tags: ['all'] })
  assert.equal(calls.length, opening, 'a set waits for nothing')
  stash.flushSync()
  assert.deepEqual(calls.slice(opening).map(([name]) => name), ['readMany', 'commit'])
  stash.flushSync()
  assert.equal(calls.length, opening + 2, 'without a change nothing is written')
  assert.equal(stash.cache.get('never'), undefined)
  assert.equal(calls.length, opening + 2, 'what is not there is not asked for')
  await stash.close()
})

for (const immediate of [true, false]) {
  const mode = immediate ? 'immediate' : 'deferred'
  test(`entries outlive the process with their times and tags, ${mode}`, async () => {
    const { host } = room({ immediate })
    const first = await openAt(host(), { cache: PERSIST })
    first.stash.cache.set('a', new Map([[1, new Date(5)]]), { ttl: 1000, tags: ['x'] })
    first.stash.cache.set('b', undefined)
    first.stash.cache.set('c', 3, { tags: ['x', 'y'] })
    await first.stash.close()
    const { stash, time } = await openAt(host(), { cache: PERSIST })
    const { cache } = stash
    assert.equal(cache.size, 0)
    assert.ok(cache.has('a') && cache.has('b') && cache.has('c'))
    assert.equal(cache.getRemainingTTL('a'), 1000)
    assert.equal(cache.get('a') === undefined, !immediate)
    assert.deepEqual(await cache.find('a'), new Map([[1, new Date(5)]]))
    assert.equal(await cache.wrap('b', () => 'loaded'), undefined)
    assert.equal(cache.stats.promotions, 2)
    time.now += 1000
    assert.equal(cache.has('a'), false)
    assert.equal(cache.deleteByTag('x'), 1)
    assert.deepEqual([cache.has('b'), cache.has('c')], [true, false])
    await stash.close()
    const last = await openAt(host(), { cache: PERSIST })
    assert.deepEqual(['a', 'b', 'c'].map(key => last.stash.cache.has(key)), [false, true, false])
    last.stash.cache.clear()
    await last.stash.close()
    const empty = await openAt(host(), { cache: PERSIST })
    assert.equal(empty.stash.cache.has('b'), false)
    await empty.stash.close()
  })
}

test('a clock that was moved between two runs gives no entry a longer life', async () => {
  for (const [leap, rest] of [[0, 1000], [400, 600], [1000, 0], [-5_000_000, 1000]]) {
    const { host } = room()
    const first = await openAt(host(), { cache: PERSIST })
    first.stash.cache.set('a', 1, { ttl: 1000 })
    await first.stash.close()
    const now = first.time.now + Number(leap)
    const { stash } = await openAt(host(), { cache: PERSIST, clock: () => now })
    assert.equal(stash.cache.getRemainingTTL('a'), rest)
    assert.equal(stash.cache.get('a'), rest === 0 ? undefined : 1)
    await stash.close()
  }
})

test('a write that finds no room gets that of the cache, on every kind of host, and only then', async () => {
  const big = 'x'.repeat(600)
  for (const kind of KINDS) {
    const { stash, storage } = await openAt(memory(/** @type {any} */ ({ ...kind, totalBytes: 10_000 })),
      { cache: { persist: { delay: '1h', maxBytes: 3000 } } })
    const { cache } = stash
    for (let index = 0; index < 3; index += 1) cache.set(`c${index}`, big, { tags: ['t'] })
    if (kind.immediate) stash.flushSync()
    else /** @type {any} */ (cache).own.tier.flushSoon()
    while (/** @type {any} */ (cache).own.tier.writing.size > 0) await settle()
    assert.ok(cache.stats.storedBytes > 1800, nameOf(kind))
    await storage.set('small', 1)
    assert.ok(cache.stats.storedBytes > 1800, 'there was room')
    await storage.set('real', 'y'.repeat(8500))
    assert.equal(cache.stats.storedBytes, 0, nameOf(kind))
    await storage.update('small', () => 'z'.repeat(200))
    assert.equal(cache.get('c1'), big, 'memory still holds it')
    await refused('QUOTA_EXCEEDED', () => storage.set('huge', 'y'.repeat(15_000)))
    await stash.close()
  }
})

test('willFit counts on the room of the cache, as the write that follows does', async () => {
  const told = [0, 0]
  for (const kind of KINDS) {
    for (let length = 3000; length <= 10_000; length += 250) {
      const { stash, storage } = await openAt(memory(/** @type {any} */ ({ ...kind, totalBytes: 10_000 })),
        { cache: { persist: { delay: '1h', maxBytes: 3000 } } })
      for (let index = 0; index < 3; index += 1) stash.cache.set(`c${index}`, 'x'.repeat(600))
      if (kind.immediate) stash.flushSync()
      else /** @type {any} */ (stash.cache).own.tier.flushSoon()
      while (/** @type {any} */ (stash.cache).own.tier.writing.size > 0) await settle()
      await storage.set('old', 'y'.repeat(2000))
      const fits = await storage.willFit('real', 'y'.repeat(length))
      assert.ok(stash.cache.stats.storedBytes > 1800, 'asking makes no room')
      const isKept = await storage.set('real', 'y'.repeat(length)).then(() => true, () => false)
      assert.equal(fits, isKept, `${nameOf(kind)}, ${length}`)
      if (stash.cache.stats.storedBytes === 0) told[fits ? 1 : 0] += 1
      await stash.close()
    }
  }
  assert.ok(told.every(count => count > 20), String(told))
})

test('a cache that finds no room itself keeps its entries in memory', async () => {
  const { host, records } = room({ totalBytes: 1500 })
  const { onListenerError } = listening()
  const { stash, storage } = await openAt(host(), { cache: PERSIST, onListenerError })
  storage.setSync('real', 'y'.repeat(700))
  const kept = Array.from(records)
  for (let index = 0; index < 5; index += 1) stash.cache.set(`c${index}`, 'x'.repeat(300))
  stash.flushSync()
  assert.equal(stash.cache.get('c4'), 'x'.repeat(300))
  assert.equal(storage.getSync('real'), 'y'.repeat(700))
  for (const [key, data] of kept) assert.equal(records.get(key), data)
  await stash.close()
})

for (const immediate of [true, false]) {
  test(`who hears of evictions finds a whole cache, immediate: ${immediate}`, async () => {
    for (const verb of ['get', 'find', 'wrap', 'has', 'peek']) {
      const { host } = room({ immediate })
      let isArmed = false
      /** @type {string[]} */
      const told = []
      const onEvict = (/** @type {string} */ key) => {
        told.push(key)
        if (isArmed) {
          isArmed = false
          stash.cache.clear()
        }
      }
      const { stash } = await openAt(host(), { cache: { ...PERSIST, maxEntries: 1, onEvict } })
      const { cache } = stash
      cache.set('a', 'of a')
      cache.set('b', 'of b')
      if (immediate) stash.flushSync()
      assert.deepEqual(told, ['a'])
      // Whatever brings a back has b leave, which is told at once.
      isArmed = true
      const act = /** @type {any} */ (cache)[verb].bind(cache)
      const found = await (verb === 'wrap' ? act('a', () => 'loaded') : act('a'))
      if (verb === 'has') assert.equal(found, true)
      else if (immediate || verb === 'find' || verb === 'wrap') {
        assert.equal(isArmed, false, `${verb} tells`)
        assert.equal(found, 'of a', verb)
        assert.equal(cache.size, 0, verb)
      }
      isArmed = false
      for (let index = 0; index < 5; index += 1) {
        cache.set(`k${index}`, index)
        assert.deepEqual(cache.entries(), [[`k${index}`, index]], verb)
      }
      await stash.close()
    }
  })
}

test('the tier keeps to its budget, and what was not used for the longest time leaves it', async () => {
  const { host, used } = room()
  const before = await openAt(host())
  await before.stash.close()
  const base = used()
  const persist = { delay: '1h', maxBytes: 2000 }
  const { stash } = await openAt(host(), { cache: { persist, maxEntries: 3 } })
  for (let index = 0; index < 40; index += 1) {
    stash.cache.set(`k${index}`, 'v'.repeat(100))
    stash.flushSync()
    const { storedBytes, storedEntries } = stash.cache.stats
    assert.ok(storedBytes <= 2000)
    // The index and the prefixes of the namespace come on top.
    assert.ok(used() - base < 2000 + 300 + storedEntries * 80, `${used() - base} bytes`)
  }
  assert.ok(stash.cache.has('k39') && stash.cache.has('k30') && !stash.cache.has('k10'))
  assert.equal(stash.cache.get('k30'), 'v'.repeat(100))
  await stash.close()
})

test('what cannot be stored stays in memory, and that is said once', async () => {
  const { errors, onListenerError } = listening()
  const { host } = room()
  const { stash } = await openAt(host(), { cache: PERSIST, onListenerError })
  const throwing = { get a() { throw new RangeError('no') } }
  stash.cache.set('function', () => 1)
  stash.cache.set('throwing', throwing)
  stash.cache.set('key'.repeat(400), 1)
  stash.cache.set('half \uD800', 1)
  stash.cache.set('plain', 1)
  stash.flushSync()
  assert.equal(errors.length, 1)
  assert.equal(stash.cache.get('throwing'), throwing)
  assert.equal(stash.cache.stats.storedEntries, 1)
  await stash.close()
  const next = await openAt(host(), { cache: PERSIST })
  assert.equal(next.stash.cache.get('plain'), 1)
  await next.stash.close()
})

test('a damaged index is an empty cache, and leaves nothing behind', async () => {
  const { host, records } = room()
  const first = await openAt(host(), { cache: PERSIST })
  first.stash.cache.set('a', 1)
  await first.stash.close()
  const index = Array.from(records.keys()).find(key => key.endsWith('~index'))
  assert.ok(index)
  records.set(index, String(records.get(index)).replace('version', 'Version'))
  const { errors, onListenerError } = listening()
  const { stash } = await openAt(host(), { cache: PERSIST, onListenerError })
  assert.equal(errors.length, 1)
  assert.equal(stash.cache.has('a'), false)
  assert.ok(!Array.from(records.keys()).some(key => key.includes('cache')))
  await stash.close()
})

test('what a host refuses to write is forgotten, and a later batch is whole', async () => {
  const { host } = room()
  let isDown = true
  const flaky = host()
  const { write } = flaky
  flaky.write = (/** @type {string} */ key, /** @type {string} */ data) => {
    if (isDown && key.includes('cache')) throw new Error('down')
    return write(key, data)
  }
  const { errors, onListenerError } = listening()
  const { stash } = await openAt(flaky, { cache: PERSIST, onListenerError })
  stash.cache.set('a', 1)
  stash.flushSync()
  assert.equal(errors.length, 1)
  isDown = false
  stash.cache.set('b', 2)
  await stash.close()
  const next = await openAt(host(), { cache: PERSIST })
  assert.deepEqual([next.stash.cache.get('a'), next.stash.cache.get('b')], [undefined, 2])
  await next.stash.close()
})

test('caches of other names share nothing, and one name is one cache', async () => {
  const { host } = room()
  const { stash } = await openAt(host(), { cache: PERSIST })
  const one = stash.createCache({ ...PERSIST, name: 'one' })
  const two = stash.createCache({ ...PERSIST, name: 'two' })
  await refused('INVALID_OPTION', () => stash.createCache({ ...PERSIST, name: 'one' }))
  one.set('a', 1)
  two.set('a', 2)
  two.set('b', 2)
  await stash.close()
  const next = await openAt(host(), { cache: PERSIST })
  const again = next.stash.createCache({ ...PERSIST, name: 'two' })
  assert.deepEqual([again.get('a'), next.stash.cache.get('a')], [2, undefined])
  assert.equal(again.deleteMatching('*'), 2)
  assert.equal(next.stash.createCache({ ...PERSIST, name: 'one' }).get('a'), 1)
  await next.stash.close()
})

test('on a deferred host what is done while a cache opens reaches what an earlier run left', async () => {
  const { host } = room({ immediate: false })
  const options = { ...PERSIST, name: 'late' }
  const first = await openAt(host())
  const cache = first.stash.createCache(options)
  for (const key of ['a1', 'a2', 'b', 'c']) cache.set(key, key, { tags: [`t${key}`] })
  await first.stash.close()
  const { stash } = await openAt(host())
  const again = stash.createCache(options)
  again.deleteMatching('a*')
  again.delete('b')
  assert.equal(await again.wrap('c', () => 'loaded'), 'c')
  assert.deepEqual(['a1', 'a2', 'b', 'c'].map(key => again.has(key)), [false, false, false, true])
  await stash.close()
})

test('tabs that share a store take in what others have stored', async () => {
  const { host } = room({ immediate: false })
  const shared = () => ({ ...host(), lock: async () => () => {} })
  const one = await openAt(shared(), { cache: PERSIST })
  const two = await openAt(shared(), { cache: PERSIST })
  one.stash.cache.set('a', 1)
  two.stash.cache.set('b', 2)
  await one.stash.close()
  await two.stash.close()
  const next = await openAt(shared(), { cache: PERSIST })
  assert.deepEqual([await next.stash.cache.find('a'), await next.stash.cache.find('b')], [1, 2])
  await next.stash.close()
})

test('what the app does not write itself is written when it is hidden', async () => {
  const { host } = room()
  /** @type {() => void} */
  let hide = () => {}
  const listen = (/** @type {string} */ event, /** @type {() => void} */ listener) => {
    if (event === 'hide') hide = listener
    return () => {}
  }
  const { stash } = await openAt({ ...host(), listen }, { cache: PERSIST })
  stash.cache.set('a', 1)
  hide()
  // The process dies here: nobody closes it.
  const next = await openAt(host(), { cache: PERSIST })
  assert.equal(next.stash.cache.get('a'), 1)
  await next.stash.close()
  await stash.close()
})
