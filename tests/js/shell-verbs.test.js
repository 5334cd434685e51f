// @ts-check
/**
 * The verbs of the storage as users call them, on immediate hosts by their twins, and what they cost. What
 * every host must keep is in support/storage-contract.js.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { openAt, refused, watched } from './support/shell.js'

describe('on immediate hosts', () => {
  test('the twins do at once what the verbs promise', async () => {
    const { storage, time } = await openAt()
    storage.setSync('a', 1)
    storage.setManySync({ b: 2, c: 3 }, { ttl: 1000 })
    assert.equal(storage.getSync('a'), 1)
    assert.equal(storage.getSync('none', 'default'), 'default')
    assert.deepEqual(storage.getManySync(['c', 'none']), [3, undefined])
    assert.equal(storage.hasSync('a'), true)
    assert.deepEqual(storage.keysSync({ prefix: 'b' }), ['b'])
    assert.deepEqual(storage.entriesSync({ lte: 'a' }), [['a', 1]])
    assert.equal(storage.updateSync('a', (/** @type {number | undefined} */ n = 0) => n + 1), 2)
    assert.equal(storage.incrementSync('a', 3), 5)
    assert.equal(storage.touchSync('b', { ttl: '1h' }), true)
    assert.equal(storage.getMetaSync('b')?.expiresAt, time.now + 3_600_000)
    assert.equal(storage.willFitSync('d', 'x'), true)
    assert.deepEqual(storage.getInfoSync().keys, ['a', 'b', 'c'])
    time.now += 1000
    assert.equal(storage.cleanupSync(), 1)
    assert.equal(storage.lockSync('a', () => 'inside'), 'inside')
    assert.equal(storage.removeSync('a'), true)
    assert.equal(storage.removeManySync(['a', 'b']), 1)
    assert.equal(storage.clearSync(), 0)
    assert.equal(storage.namespace('n').getSync('a'), undefined)
  })

  test('a Promise verb has done its work when it returns', async () => {
    const { storage } = await openAt()
    const promise = storage.set('key', 1)
    assert.equal(storage.getSync('key'), 1)
    await promise
    const rejected = storage.set('key', () => {})
    await refused('INVALID_VALUE', () => rejected)
  })

  test('updateSync refuses a function that answers later, and whatever it rejects with', async () => {
    const { storage } = await openAt()
    const late = async () => { throw new Error('unseen') }
    await refused('INVALID_OPTION', () => storage.updateSync('key', late), /answers at once/)
    assert.equal(storage.hasSync('key'), false)
    await refused('INVALID_OPTION', () => storage.lockSync('key', async () => 1))
    assert.equal(storage.lockSync('key', () => 1), 1)
  })

  test('an update whose function changes the same key is tried again, up to the limit', async () => {
    const { storage } = await openAt()
    let calls = 0
    assert.equal(storage.updateSync('key', (/** @type {number | undefined} */ current = 0) => {
      calls += 1
      if (calls < 3) storage.setSync('key', calls * 10)
      return current + 1
    }), 21)
    await refused('CONFLICT', () => storage.updateSync('key', () => storage.incrementSync('key')))
  })

  test('a plain get is one call of the host, a plain set at most two', async () => {
    const { stash, storage } = await openAt(memory({ holds: 'native' }))
    storage.setSync('key', 1)
    const before = stash.hostCalls
    storage.getSync('key')
    assert.equal(stash.hostCalls - before, 1)
    storage.setSync('key', 2)
    assert.ok(stash.hostCalls - before <= 3, `${stash.hostCalls - before} calls`)
  })
})

describe('lock', () => {
  for (const immediate of [true, false]) {
    test(`lets one in at a time, in order, and goes on after a failure (${immediate})`, async () => {
      const { storage } = await openAt(memory({ immediate }))
      /** @type {string[]} */
      const log = []
      const enter = (/** @type {string} */ name) => storage.lock('door', async () => {
        log.push(`${name} in`)
        await storage.set('who', name)
        await Promise.resolve()
        log.push(`${name} out`)
        if (name === 'b') throw new RangeError('b fails')
        return name
      })
      const [a, b, c] = [enter('a'), enter('b'), enter('c')]
      const other = storage.lock('other', () => 'not kept out')
      assert.equal(await other, 'not kept out')
      await assert.rejects(b, RangeError)
      assert.deepEqual([await a, await c], ['a', 'c'])
      assert.deepEqual(log, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
      assert.equal(await storage.namespace('n').lock('door', () => 1), 1)
    })
  }

  test('lockSync does not wait for others', async () => {
    const { storage } = await openAt()
    /** @type {() => void} */
    let release = () => {}
    const held = storage.lock('door', () => new Promise(resolve => { release = () => resolve(1) }))
    await refused('BUSY', () => storage.lockSync('door', () => 1))
    release()
    await held
    assert.equal(storage.lockSync('door', () => 2), 2)
  })

  test('asks the host to keep others out, where it can', async () => {
    /** @type {string[]} */
    const log = []
    const host = { ...memory(), lock: async (/** @type {string} */ name) => {
      log.push(`locked ${name}`)
      return async () => { log.push('released') }
    } }
    const { storage } = await openAt(host)
    assert.equal(await storage.lock('door', () => { log.push('inside'); return 3 }), 3)
    await assert.rejects(storage.lock('door', () => { throw new RangeError('mine') }), RangeError)
    assert.deepEqual(log, ['locked ["","door"]', 'inside', 'released', 'locked ["","door"]', 'released'])
    await refused('NOT_IMMEDIATE', () => storage.lockSync('door', () => 1))
  })
})

describe('a batch', () => {
  test('costs the same number of host calls whatever its size, and a batch of reads one', async () => {
    const { host, calls } = watched({})
    const { storage } = await openAt(host)
    // The first batch also asks how much room there is.
    await storage.setMany({ first: 1, second: 2 })
    const costs = []
    for (const size of [50, 200]) {
      const keys = Array.from({ length: size }, (_, index) => `k${size}-${index}`)
      calls.length = 0
      await storage.setMany(keys.map(key => [key, 1]))
      costs.push(calls.length)
      calls.length = 0
      await storage.getMany(keys)
      assert.deepEqual(calls.map(([name]) => name), ['readMany'])
    }
    assert.equal(costs[0], costs[1])
    assert.ok(Number(costs[0]) <= 4, `${costs[0]} calls`)
  })
})
