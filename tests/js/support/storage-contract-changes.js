// @ts-check
/** The contract of the storage: changes, alone and together, their order, and what is told of them. */

import assert from 'node:assert/strict'
import { refused, settle } from './shell.js'

/** @import { Claim } from './storage-contract.js' */

/**
 * @param {Claim} claim
 * @param {{ isLasting: boolean }} options
 */
export function changeClaims(claim, { isLasting }) {
  claim('update replaces by what a function makes, which may answer later', async ({ storage }) => {
    assert.equal(await storage.update('list', (list = []) => [...list, 1].length), 1)
    const later = async (/** @type {number | undefined} */ count = 0) => count + 1
    assert.equal(await storage.update('list', later), 2)
    assert.equal(await storage.get('list'), 2)
    assert.equal(await storage.update('list', () => undefined), undefined)
    assert.equal(await storage.has('list'), true)
    const failing = () => { throw new RangeError('mine') }
    await assert.rejects(async () => storage.update('list', failing), RangeError)
    await refused('INVALID_VALUE', () => storage.update('list', () => () => {}))
  }, { by: ['promises'] })

  claim('updates of one key never lose a change, whoever comes in between', async ({ storage }) => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => storage.update('n', async (n = 0) => {
      if (index % 2) await Promise.resolve()
      return n + 1
    })))
    assert.equal(await storage.get('n'), 20)
    await Promise.all(Array.from({ length: 200 }, () => storage.increment('n')))
    assert.equal(await storage.get('n'), 220)
  }, { by: ['promises'] })

  claim('an update that is overtaken each time ends in CONFLICT', async ({ storage }) => {
    let calls = 0
    await refused('CONFLICT', () => storage.update('key', async () => {
      calls += 1
      await storage.set('key', `theirs ${calls}`)
      return 'mine'
    }))
    assert.equal(calls, 100)
    assert.equal(await storage.get('key'), 'theirs 100')
  }, { by: ['promises'] })

  claim('update keeps the TTL unless told otherwise', async ({ storage, time }) => {
    await storage.set('hits', 1, { ttl: 1000 })
    time.now += 400
    assert.equal(await storage.increment('hits', 2), 3)
    time.now += 599
    assert.equal(await storage.get('hits'), 3)
    time.now += 1
    assert.equal(await storage.get('hits'), undefined)
    await storage.set('hits', 1, { ttl: 1000 })
    await storage.increment('hits', 1, { ttl: null })
    time.now += 5000
    assert.equal(await storage.get('hits'), 2)
  })

  claim('increment starts at zero and refuses what is no finite number', async ({ storage }) => {
    assert.equal(await storage.increment('n'), 1)
    assert.equal(await storage.increment('n', -2.5), -1.5)
    await storage.set('text', '1')
    await refused('INVALID_VALUE', () => storage.increment('text'), /expected a number .* got a string/)
    await storage.set('big', Number.MAX_VALUE)
    await refused('INVALID_VALUE', () => storage.increment('big', Number.MAX_VALUE))
    await refused('INVALID_OPTION', () => storage.increment('n', NaN))
    await refused('INVALID_OPTION', () => storage.increment('n', /** @type {any} */ ('1')))
  })

  claim('verbs take effect in the order of their calls', async ({ storage }) => {
    const results = await Promise.all([
      storage.set('k', 1), storage.get('k'), storage.set('k', 2), storage.get('k'), storage.remove('k'),
      storage.get('k'), storage.keys(),
    ])
    assert.deepEqual(results, [undefined, 1, undefined, 2, true, undefined, []])
  })

  claim('set takes away the TTL before it, update and increment keep it', async ({ storage, time }) => {
    const space = storage.namespace('n')
    for (const key of ['set', 'update', 'increment']) await space.set(key, 1, { ttl: '1m' })
    await space.set('set', 2)
    await space.update('update', () => 2)
    await space.increment('increment')
    time.now += 60_000
    assert.deepEqual(await space.entries(), [['set', 2]])
    await refused('INVALID_OPTION', () => space.touch('set', { ttl: 0 }))
  })

  claim('several hundred keys are changed together', async ({ storage }) => {
    const space = storage.namespace('many')
    const keys = Array.from({ length: 300 }, (_, at) => `key ${String(at).padStart(3, '0')}`)
    await space.setMany(keys.map(key => [key, { key }]))
    assert.deepEqual(await space.keys(), keys)
    assert.deepEqual(await space.getMany(keys), keys.map(key => ({ key })))
    assert.equal(await space.removeMany(keys.slice(100)), 200)
    assert.equal(await space.clear(), 100)
  })

  claim('of a large value nothing stays behind once it is replaced or gone', async ({ storage, host }) => {
    const space = storage.namespace('n')
    // The first write of all may leave what stands for the store itself.
    await space.set('first', 1)
    const before = (await host.list('')).sort()
    for (const large of ['x'.repeat(5000), { list: ['中文'.repeat(900)] }, new Uint8Array(3000)]) {
      await storage.set('large', large)
      await space.setMany({ large, other: large })
      assert.deepEqual([await storage.get('large'), await space.get('other')], [large, large])
      await space.set('large', 'small')
      await space.update('other', () => 'small')
      assert.equal(await storage.remove('large'), true)
      assert.equal(await space.removeMany(['large', 'other']), 2)
      assert.deepEqual((await host.list('')).sort(), before)
    }
    await space.set('first', 'y'.repeat(5000))
    assert.equal(await space.clear(), 1)
    assert.equal((await host.list('')).length, before.length - 1)
  })

  claim('watchers hear of what was committed, in order, and of nothing else', async ({ storage, time }) => {
    const space = storage.namespace('n')
    /** @type {string[]} */
    const heard = []
    const unwatch = space.watch({ prefix: 'a' }, ({ type, key = '' }) => { heard.push(`${type} ${key}`) })
    await space.set('a', 1)
    await space.set('b', 1)
    await storage.set('a', 1)
    await space.setMany({ ab: 1, b: 2, a: 2 }, { ttl: 1000 })
    await refused('CONFLICT', () => space.set('a', 1, { ifVersion: 0 }))
    await space.removeMany(['a', 'none'])
    await space.update('ac', () => 1)
    time.now += 1000
    assert.equal(await space.cleanup(), 2)
    await space.clear()
    await settle()
    assert.deepEqual(heard, ['set a', 'set ab', 'set a', 'remove a', 'set ac', 'expire ab', 'clear '])
    unwatch()
    await space.set('a', 1)
    await settle()
    assert.equal(heard.length, 7)
  })

  claim('one at a time has the lock of a key', async ({ storage }) => {
    let inside = 0
    const ends = await Promise.all(Array.from({ length: 5 }, (_, at) => storage.lock('door', () => {
      inside += 1
      assert.equal(inside, 1)
      inside -= 1
      return at
    })))
    assert.deepEqual(ends, [0, 1, 2, 3, 4])
    await assert.rejects(async () => storage.lock('door', () => { throw new RangeError('mine') }), RangeError)
    assert.equal(await storage.lock('door', () => 'free again'), 'free again')
  })

  if (!isLasting) return

  claim('everything is there again after closing and opening', async ({ storage, time, reopen }) => {
    const space = storage.namespace('n').namespace('deep')
    await storage.set('plain', { a: [1] })
    await space.setMany({ large: 'x'.repeat(3000), packed: 'y'.repeat(3000) }, { compress: true, ttl: '1h' })
    await space.set('dated', new Date(5))
    const meta = await space.getMeta('packed')
    const again = await reopen()
    const there = again.namespace('n').namespace('deep')
    assert.deepEqual(await again.entries(), [['plain', { a: [1] }]])
    assert.deepEqual(await there.keys(), ['dated', 'large', 'packed'])
    assert.deepEqual(await there.getMany(['large', 'dated']), ['x'.repeat(3000), new Date(5)])
    assert.deepEqual(await there.getMeta('packed'), meta)
    time.now += 3_600_000
    assert.deepEqual(await there.keys(), ['dated'])
    assert.equal(await again.cleanup(), 2)
  })

  claim('every verb of a closed stash says so', async ({ storage, reopen }) => {
    await storage.set('key', 1)
    const again = await reopen()
    await again.set('key', 2)
    /** @type {(() => unknown)[]} */
    const acts = [
      () => storage.get('key'), () => storage.getMany(['key']), () => storage.has('key'),
      () => storage.keys(), () => storage.cleanup(),
      () => storage.set('key', 3), () => storage.setMany({ key: 3 }), () => storage.remove('key'),
      () => storage.removeMany(['key']), () => storage.clear(), () => storage.entries(),
      () => storage.update('key', () => 3), () => storage.increment('key'), () => storage.getMeta('key'),
      () => storage.touch('key', { ttl: 1 }), () => storage.getInfo(), () => storage.willFit('key', 3),
      () => storage.lock('key', () => 3), () => storage.watch('key', () => {}),
      () => storage.namespace('n').get('key'),
    ]
    for (const act of acts) await refused('CLOSED', act)
    assert.equal(await again.get('key'), 2)
  })
}
