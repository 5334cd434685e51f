// @ts-check
/** The verbs of the storage as users call them, on every kind of host. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { KINDS, nameOf, openAt, refused, watched } from './support/shell.js'

for (const kind of KINDS) {
  describe(nameOf(kind), () => {
    const start = async () => openAt(memory(/** @type {any} */ (kind)))

    test('what was set is got, and a missing key gives the default', async () => {
      const { storage } = await start()
      assert.equal(await storage.set('user', { name: 'John', age: 30 }), undefined)
      assert.deepEqual(await storage.get('user'), { name: 'John', age: 30 })
      assert.equal(await storage.get('none'), undefined)
      assert.equal(await storage.get('none', 7), 7)
      assert.equal(await storage.has('user'), true)
      assert.equal(await storage.has('none'), false)
    })

    test('a stored undefined, null or empty string is not missing', async () => {
      const { storage } = await start()
      for (const value of [undefined, null, '', 0, false]) {
        await storage.set('key', value)
        assert.equal(await storage.get('key', 'default'), value)
        assert.equal(await storage.has('key'), true)
      }
    })

    test('several keys are set, got and removed together', async () => {
      const { storage } = await start()
      await storage.setMany({ a: 1, b: 2 })
      await storage.setMany(new Map([['c', 3]]))
      await storage.setMany([['d', 4], ['d', 5]])
      assert.deepEqual(await storage.getMany(['d', 'none', 'a', 'a']), [5, undefined, 1, 1])
      assert.deepEqual(await storage.getMany(new Set(['b'])), [2])
      assert.deepEqual(await storage.getMany([]), [])
      assert.equal(await storage.removeMany(['a', 'none', 'a', 'c']), 2)
      assert.deepEqual(await storage.keys(), ['b', 'd'])
      await storage.setMany({})
      assert.equal(await storage.removeMany([]), 0)
    })

    test('remove and clear say what was there', async () => {
      const { storage } = await start()
      await storage.setMany({ a: 1, b: 2, c: 3 })
      assert.equal(await storage.remove('a'), true)
      assert.equal(await storage.remove('a'), false)
      assert.equal(await storage.clear(), 2)
      assert.equal(await storage.clear(), 0)
      assert.deepEqual(await storage.keys(), [])
    })

    test('keys and entries come in order, within their range', async () => {
      const { storage } = await start()
      await storage.setMany({ b: 2, a: 1, 'ab': 12, c: 3 })
      assert.deepEqual(await storage.keys(), ['a', 'ab', 'b', 'c'])
      assert.deepEqual(await storage.keys({ prefix: 'a' }), ['a', 'ab'])
      assert.deepEqual(await storage.keys({ gt: 'a', lte: 'b' }), ['ab', 'b'])
      assert.deepEqual(await storage.keys({ gte: 'ab', lt: 'c', reverse: true }), ['b', 'ab'])
      assert.deepEqual(await storage.keys({ limit: 2, reverse: true }), ['c', 'b'])
      assert.deepEqual(await storage.keys({ limit: 0 }), [])
      assert.deepEqual(await storage.keys({ limit: Infinity, prefix: undefined }), ['a', 'ab', 'b', 'c'])
      assert.deepEqual(await storage.entries({ prefix: 'a' }), [['a', 1], ['ab', 12]])
    })

    test('namespaces share nothing, and clear stays in its own', async () => {
      const { storage } = await start()
      const [one, two] = [storage.namespace('one'), storage.namespace('two')]
      const nested = one.namespace('nested')
      await Promise.all([storage.set('k', 0), one.set('k', 1), two.set('k', 2), nested.set('k', 3)])
      assert.deepEqual(await one.entries(), [['k', 1]])
      assert.equal(await one.clear(), 1)
      assert.equal(await nested.get('k'), 3)
      assert.equal(await storage.clear(), 1)
      assert.equal(await two.get('k'), 2)
      assert.equal(await storage.namespace('one').namespace('nested').get('k'), 3)
    })

    test('a value lives as long as its TTL', async () => {
      const { storage, time } = await start()
      await storage.set('short', 1, { ttl: '10s' })
      await storage.set('long', 1, { ttl: null })
      time.now += 9999
      assert.equal(await storage.get('short'), 1)
      time.now += 1
      assert.equal(await storage.get('short'), undefined)
      assert.equal(await storage.get('long'), 1)
      assert.equal(await storage.cleanup(), 1)
      assert.equal(await storage.cleanup(), 0)
    })

    test('touch gives a new TTL, or takes it away', async () => {
      const { storage, time } = await start()
      await storage.set('key', 'value', { ttl: 1000 })
      assert.equal(await storage.touch('key', { ttl: 5000 }), true)
      time.now += 2000
      assert.equal(await storage.get('key'), 'value')
      assert.equal(await storage.touch('key', { ttl: null }), true)
      time.now += 10_000
      assert.equal(await storage.get('key'), 'value')
      assert.equal(await storage.touch('none', { ttl: 1 }), false)
    })

    test('meta tells of a record, and of a native value only its size', async () => {
      const { storage, time } = await start()
      assert.equal(await storage.getMeta('none'), undefined)
      await storage.set('key', { a: 1 }, { ttl: 1000, compress: true })
      const meta = await storage.getMeta('key')
      assert.ok(meta && meta.size > 0)
      assert.deepEqual({ ...meta, size: 0, version: 0, compressed: false }, {
        size: 0, native: false, createdAt: time.now, updatedAt: time.now, expiresAt: time.now + 1000,
        version: 0, encrypted: false, compressed: false,
      })
      await storage.set('plain', { a: 1 })
      const plain = await storage.getMeta('plain')
      if (kind.holds === 'native') assert.deepEqual(Object.keys(plain ?? {}), ['size', 'native'])
      else assert.equal(plain?.native, false)
    })

    test('ifVersion stores only over what is expected', async () => {
      const { storage } = await start()
      const space = storage.namespace('versions')
      await space.set('key', 1, { ifVersion: 0 })
      await refused('CONFLICT', () => space.set('key', 2, { ifVersion: 0 }))
      const version = (await space.getMeta('key'))?.version
      await space.set('key', 2, { ifVersion: version })
      await refused('CONFLICT', () => space.set('key', 3, { ifVersion: version }))
      assert.equal(await space.get('key'), 2)
    })

    test('update replaces by what a function makes, which may answer later', async () => {
      const { storage } = await start()
      assert.equal(await storage.update('list', (list = []) => [...list, 1].length), 1)
      assert.equal(await storage.update('list', async count => count + 1), 2)
      assert.equal(await storage.get('list'), 2)
      assert.equal(await storage.update('list', () => undefined), undefined)
      assert.equal(await storage.has('list'), true)
      await assert.rejects(storage.update('list', () => { throw new RangeError('mine') }), RangeError)
      await refused('INVALID_VALUE', () => storage.update('list', () => () => {}))
    })

    test('updates of one key never lose a change, whoever comes in between', async () => {
      const { storage } = await start()
      await Promise.all(Array.from({ length: 20 }, (_, index) => storage.update('n', async (n = 0) => {
        if (index % 2) await Promise.resolve()
        return n + 1
      })))
      assert.equal(await storage.get('n'), 20)
      await Promise.all(Array.from({ length: 200 }, () => storage.increment('n')))
      assert.equal(await storage.get('n'), 220)
    })

    test('an update that is overtaken each time ends in CONFLICT', async () => {
      const { storage } = await start()
      let calls = 0
      await refused('CONFLICT', () => storage.update('key', async () => {
        calls += 1
        await storage.set('key', `theirs ${calls}`)
        return 'mine'
      }))
      assert.equal(calls, 100)
      assert.equal(await storage.get('key'), 'theirs 100')
    })

    test('update keeps the TTL unless told otherwise', async () => {
      const { storage, time } = await start()
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

    test('increment starts at zero and refuses what is no finite number', async () => {
      const { storage } = await start()
      assert.equal(await storage.increment('n'), 1)
      assert.equal(await storage.increment('n', -2.5), -1.5)
      await storage.set('text', '1')
      await refused('INVALID_VALUE', () => storage.increment('text'), /expected a number .* got a string/)
      await storage.set('big', Number.MAX_VALUE)
      await refused('INVALID_VALUE', () => storage.increment('big', Number.MAX_VALUE))
      await refused('INVALID_OPTION', () => storage.increment('n', NaN))
      await refused('INVALID_OPTION', () => storage.increment('n', /** @type {any} */ ('1')))
    })

    test('info tells keys and room, willFit whether there is some', async () => {
      const { storage } = await openAt(memory(/** @type {any} */ ({ ...kind, totalBytes: 8192 })))
      await storage.setMany({ b: 1, a: 'x'.repeat(2000) })
      const info = await storage.getInfo()
      assert.deepEqual(info.keys, ['a', 'b'])
      assert.ok(info.usedBytes && info.usedBytes > 2000 && info.usedBytes < 4000)
      assert.equal(info.limitBytes, 8192)
      assert.equal(info.limitSize, 8)
      assert.equal(info.currentSize, Math.ceil(info.usedBytes / 1024))
      assert.equal(await storage.willFit('c', 'x'.repeat(100)), true)
      assert.equal(await storage.willFit('c', 'x'.repeat(9000)), false)
      await refused('QUOTA_EXCEEDED', () => storage.set('c', 'x'.repeat(9000)))
      assert.equal(await storage.has('c'), false)
    })

    test('verbs take effect in the order of their calls', async () => {
      const { storage } = await start()
      const results = await Promise.all([
        storage.set('k', 1), storage.get('k'), storage.set('k', 2), storage.get('k'), storage.remove('k'),
        storage.get('k'), storage.keys(),
      ])
      assert.deepEqual(results, [undefined, 1, undefined, 2, true, undefined, []])
    })

    test('wrong arguments are rejected before the host is asked', async () => {
      const { stash, storage } = await start()
      const before = stash.hostCalls
      const any = /** @type {any} */ (storage)
      const circular = () => {}
      /** @type {[string, () => Promise<unknown>, RegExp?][]} */
      const cases = [
        ['INVALID_KEY', () => any.get(7), /expected a string as key, got a number/],
        ['INVALID_KEY', () => any.get(), /got undefined/],
        ['INVALID_KEY', () => any.set('\ud800', 1), /surrogate/],
        ['INVALID_KEY', () => any.get('a\udc00b')],
        ['INVALID_KEY', () => any.set('', 1)],
        ['INVALID_KEY', () => any.getMany(['a', null])],
        ['INVALID_OPTION', () => any.getMany('abc'), /expected an array of keys, got a string/],
        ['INVALID_OPTION', () => any.removeMany(undefined)],
        ['INVALID_VALUE', () => any.set('a', { b: [circular] }), /\$\.b\[0\]/],
        ['INVALID_VALUE', () => any.setMany({ a: 1, b: Symbol('s') })],
        ['INVALID_VALUE', () => any.willFit('a', circular)],
        ['INVALID_OPTION', () => any.set('a', 1, { tll: 1 }), /expected one of ttl, .*got tll/],
        ['INVALID_OPTION', () => any.set('a', 1, 5), /expected an object with options, got a number/],
        ['INVALID_OPTION', () => any.set('a', 1, null)],
        ['INVALID_OPTION', () => any.set('a', 1, { ttl: 'soon' })],
        ['INVALID_OPTION', () => any.set('a', 1, { ttl: -1 })],
        ['INVALID_OPTION', () => any.set('a', 1, { compress: 1 }), /a boolean as compress, got a number/],
        ['INVALID_OPTION', () => any.set('a', 1, { overwrite: 'yes' })],
        ['INVALID_OPTION', () => any.set('a', 1, { ifVersion: -1 })],
        ['INVALID_OPTION', () => any.set('a', 1, { ifVersion: 1.5 })],
        ['INVALID_OPTION', () => any.set('a', 1, { encrypt: 'yes' })],
        ['UNSUPPORTED', () => any.set('a', 1, { encrypt: true }), /encryption/],
        ['INVALID_OPTION', () => any.setMany({ a: 1 }, { ifVersion: 1 }), /unknown option/],
        ['INVALID_OPTION', () => any.setMany('ab')],
        ['INVALID_OPTION', () => any.setMany(null)],
        ['INVALID_OPTION', () => any.setMany([1])],
        ['INVALID_OPTION', () => any.setMany(new Date(0))],
        ['INVALID_KEY', () => any.setMany([[1, 1]])],
        ['INVALID_OPTION', () => any.keys({ limit: -1 })],
        ['INVALID_OPTION', () => any.keys({ prefix: 1 })],
        ['INVALID_OPTION', () => any.keys({ gt: '\ud800' })],
        ['INVALID_OPTION', () => any.keys('a')],
        ['INVALID_OPTION', () => any.entries({ reverse: 1 })],
        ['INVALID_OPTION', () => any.update('a')],
        ['INVALID_OPTION', () => any.touch('a')],
        ['INVALID_OPTION', () => any.touch('a', {}), /expected \{ ttl \}/],
        ['INVALID_OPTION', () => any.lock('a', 1)],
      ]
      for (const [code, act, message] of cases) await refused(code, act, message)
      const error = await refused('INVALID_VALUE', () => storage.namespace('n').set('a', { b: [circular] }))
      assert.deepEqual([error.key, error.namespace, error.path], ['a', 'n', '$.b[0]'])
      assert.equal(stash.hostCalls, before)
      for (const name of ['', '\ud800', 'a\u0000b', 'é'.repeat(65), 7, undefined]) {
        await refused('INVALID_KEY', () => any.namespace(name))
      }
      assert.ok(any.namespace('é'.repeat(64)))
    })

    test('every verb has a twin, which a deferred host refuses', async () => {
      const { storage } = await start()
      const any = /** @type {any} */ (storage)
      const notVerbs = ['constructor', 'watch', 'namespace']
      const verbs = Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(any)))
        .filter(name => !notVerbs.includes(name))
      assert.equal(verbs.length, 18)
      for (const verb of verbs) {
        assert.equal(typeof any[`${verb}Sync`], 'function', verb)
        if (kind.immediate) continue
        await refused('NOT_IMMEDIATE', () => any[`${verb}Sync`]('key'), new RegExp(`await ${verb}\\(\\)`))
      }
    })
  })
}

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
