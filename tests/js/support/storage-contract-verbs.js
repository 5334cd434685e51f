// @ts-check
/** The contract of the storage: what each verb gives back. */

import assert from 'node:assert/strict'
import { KEYS } from './host-contract.js'
import { refused } from './shell.js'

/** @import { Claim } from './storage-contract.js' */

/** @param {Claim} claim */
export function verbClaims(claim) {
  claim('what was set is got, and a missing key gives the default', async ({ storage }) => {
    assert.equal(await storage.set('user', { name: 'John', age: 30 }), undefined)
    assert.deepEqual(await storage.get('user'), { name: 'John', age: 30 })
    assert.equal(await storage.get('none'), undefined)
    assert.equal(await storage.get('none', 7), 7)
    assert.equal(await storage.has('user'), true)
    assert.equal(await storage.has('none'), false)
  })

  claim('a stored undefined, null or empty string is not missing', async ({ storage }) => {
    for (const value of [undefined, null, '', 0, false]) {
      await storage.set('key', value)
      assert.equal(await storage.get('key', 'default'), value)
      assert.equal(await storage.has('key'), true)
    }
  })

  claim('several keys are set, got and removed together', async ({ storage }) => {
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

  claim('remove and clear say what was there', async ({ storage }) => {
    await storage.setMany({ a: 1, b: 2, c: 3 })
    assert.equal(await storage.remove('a'), true)
    assert.equal(await storage.remove('a'), false)
    assert.equal(await storage.clear(), 2)
    assert.equal(await storage.clear(), 0)
    assert.deepEqual(await storage.keys(), [])
  })

  claim('keys and entries come in order, within their range', async ({ storage }) => {
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

  claim('namespaces share nothing, and clear stays in its own', async ({ storage }) => {
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

  claim('a value lives as long as its TTL', async ({ storage, time }) => {
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

  claim('touch gives a new TTL, or takes it away', async ({ storage, time }) => {
    await storage.set('key', 'value', { ttl: 1000 })
    assert.equal(await storage.touch('key', { ttl: 5000 }), true)
    time.now += 2000
    assert.equal(await storage.get('key'), 'value')
    assert.equal(await storage.touch('key', { ttl: null }), true)
    time.now += 10_000
    assert.equal(await storage.get('key'), 'value')
    assert.equal(await storage.touch('none', { ttl: 1 }), false)
  })

  claim('meta tells of a record, and of a native value only its size', async ({ storage, time, host }) => {
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
    if (host.holds === 'native') assert.deepEqual(Object.keys(plain ?? {}), ['size', 'native'])
    else assert.equal(plain?.native, false)
  })

  claim('ifVersion stores only over what is expected', async ({ storage }) => {
    const space = storage.namespace('versions')
    await space.set('key', 1, { ifVersion: 0 })
    await refused('CONFLICT', () => space.set('key', 2, { ifVersion: 0 }))
    const version = (await space.getMeta('key'))?.version
    await space.set('key', 2, { ifVersion: version })
    await refused('CONFLICT', () => space.set('key', 3, { ifVersion: version }))
    assert.equal(await space.get('key'), 2)
  })

  claim('every key has a value of its own in every namespace, however odd', async ({ storage, host }) => {
    const space = storage.namespace('%/~ 名')
    // A key takes room of the host's entry.
    const keyBytesMax = (host.limits?.entryBytes ?? Infinity) / 2
    const keys = KEYS.filter(key => Buffer.byteLength(key) < keyBytesMax)
    assert.ok(keys.length >= 34)
    for (const place of [storage, space]) await place.setMany(keys.map((key, at) => [key, at]))
    for (const place of [storage, space]) {
      assert.deepEqual(await place.getMany(keys), keys.map((_, at) => at))
      assert.deepEqual(new Set(await place.keys()), new Set(keys))
      for (const prefix of ['a', '.', '%', 'x', '键', '__', '~ms']) {
        const expected = keys.filter(key => key.startsWith(prefix))
        assert.deepEqual(new Set(await place.keys({ prefix })), new Set(expected), prefix)
      }
    }
    for (const key of keys) assert.equal(await space.remove(key), true, JSON.stringify(key))
    assert.equal(await storage.clear(), keys.length)
  })

  claim('keys are ordered by their UTF-8 bytes, not by their UTF-16 units', async ({ storage }) => {
    const keys = ['', 'A', 'a', 'a\u0000', 'aa', 'b', '\u00e9', '\u4e2d', '\uffee', '\u{1f389}'].slice(1)
    await storage.setMany([...keys].reverse().map(key => [key, key]))
    assert.deepEqual(await storage.keys(), keys)
    assert.deepEqual(await storage.keys({ reverse: true }), [...keys].reverse())
    assert.deepEqual(await storage.keys({ gt: '\u4e2d' }), ['\uffee', '\u{1f389}'])
    assert.deepEqual((await storage.entries({ lte: 'aa' })).map(([key]) => key), ['A', 'a', 'a\u0000', 'aa'])
  })

  claim('a range that cannot hold a key is empty', async ({ storage }) => {
    await storage.setMany({ a: 1, b: 2 })
    const ranges = [{ gt: 'b' }, { lt: 'a' }, { gte: 'b', lt: 'b' }, { gt: 'b', lt: 'a' }, { prefix: 'c' }]
    for (const range of ranges) {
      assert.deepEqual(await storage.keys(range), [], JSON.stringify(range))
      assert.deepEqual(await storage.entries(range), [], JSON.stringify(range))
    }
    assert.deepEqual(await storage.keys({ gte: 'b', lte: 'b' }), ['b'])
  })

  claim('neither side can change the value of the other', async ({ storage }) => {
    const given = { list: [1], bytes: new Uint8Array(2) }
    const written = storage.set('key', given)
    given.list.push(2)
    await written
    const got = await storage.get('key')
    assert.deepEqual(got, { list: [1], bytes: new Uint8Array(2) })
    got.bytes[0] = 9
    assert.deepEqual(await storage.get('key'), { list: [1], bytes: new Uint8Array(2) })
  })

  claim('meta keeps the time of creation, and every write has another version', async ({ storage, time }) => {
    const space = storage.namespace('n')
    const createdAt = time.now
    const versions = new Set()
    for (let round = 0; round < 20; round += 1) {
      time.now = createdAt + round
      if (round === 10) await space.update('key', () => 'updated')
      else await space.set('key', round)
      const meta = await space.getMeta('key')
      assert.deepEqual([meta?.createdAt, meta?.updatedAt], [createdAt, time.now])
      assert.equal(meta?.expiresAt, undefined)
      versions.add(meta?.version)
    }
    await space.remove('key')
    await space.set('key', 0)
    const meta = await space.getMeta('key')
    assert.equal(meta?.createdAt, time.now)
    assert.equal(versions.add(meta?.version).size, 21)
  })

  claim('an expired value is missing to every verb', async ({ storage, time }) => {
    const space = storage.namespace('n')
    for (const place of [storage, space]) {
      const expire = async () => {
        await place.set('key', 5, { ttl: 1000 })
        time.now += 1000
      }
      await expire()
      assert.deepEqual([await place.get('key', 'default'), await place.has('key')], ['default', false])
      assert.deepEqual(await place.getMany(['key']), [undefined])
      assert.deepEqual([await place.keys(), await place.entries()], [[], []])
      assert.equal(await place.getMeta('key'), undefined)
      assert.deepEqual((await place.getInfo()).keys, [])
      assert.equal(await place.touch('key', { ttl: 1000 }), false)
      assert.equal(await place.remove('key'), false)
      await expire()
      assert.equal(await place.clear(), 0)
      await expire()
      assert.equal(await place.increment('key'), 1)
      await place.remove('key')
      await expire()
      await place.set('key', 'new', { ifVersion: 0 })
      assert.equal(await place.get('key'), 'new')
      await place.clear()
    }
  })
}
