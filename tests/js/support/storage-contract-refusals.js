// @ts-check
/** The contract of the storage: what is refused, with which error, and what is left as it was. */

import assert from 'node:assert/strict'
import { refused } from './shell.js'

/** @import { Claim } from './storage-contract.js' */

/** @param {Claim} claim */
export function refusalClaims(claim) {
  claim('wrong arguments are rejected before the host is asked', async ({ stash, storage }) => {
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
      ['INVALID_OPTION', () => any.set('a', 1, { pad: true }), /encrypt: true/],
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

  claim('every verb has a twin, which a deferred host refuses', async ({ storage, host }) => {
    const any = /** @type {any} */ (storage)
    const notVerbs = ['constructor', 'watch', 'namespace']
    const verbs = Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(any)))
      .filter(name => !notVerbs.includes(name))
    assert.equal(verbs.length, 18)
    for (const verb of verbs) {
      assert.equal(typeof any[`${verb}Sync`], 'function', verb)
      if (host.immediate) continue
      await refused('NOT_IMMEDIATE', () => any[`${verb}Sync`]('key'), new RegExp(`await ${verb}\\(\\)`))
    }
  }, { by: ['promises'] })

  claim('the limits of names are told, and what is just within them is taken', async ({ storage, host }) => {
    if ((host.limits?.entryBytes ?? Infinity) < 4096) return
    const longest = `${'键'.repeat(341)}x`
    await storage.set(longest, 1)
    assert.deepEqual(await storage.keys(), [longest])
    let space = storage
    for (let depth = 0; depth < 8; depth += 1) space = space.namespace('n'.repeat(depth === 7 ? 128 : 1))
    await space.set(longest, 2)
    assert.equal(await space.get(longest), 2)
    for (const key of [`${longest}x`, 'x'.repeat(1025), '~ms~', '~ms~s', '~ms~j']) {
      for (const act of [
        () => storage.get(key), () => storage.has(key), () => storage.set(key, 1), () => storage.remove(key),
        () => storage.setMany([['fine', 1], [key, 1]]), () => storage.getMany(['fine', key]),
        () => storage.removeMany([longest, key]), () => storage.update(key, () => 1),
        () => storage.touch(key, { ttl: 1 }), () => storage.getMeta(key), () => storage.willFit(key, 1),
      ]) {
        const error = await refused('INVALID_KEY', act)
        assert.equal(error.retryable, false)
      }
    }
    assert.deepEqual(await storage.entries(), [[longest, 1]])
    await refused('INVALID_KEY', async () => space.namespace('ninth').get('key'))
  })

  claim('a version that is not there leaves all as it was', async ({ storage }) => {
    const space = storage.namespace('n')
    await space.set('key', 1)
    const version = (await space.getMeta('key'))?.version ?? 0
    await space.remove('key')
    await refused('CONFLICT', () => space.set('key', 2, { ifVersion: version }))
    assert.equal(await space.has('key'), false)
    await space.set('key', 3)
    const error = await refused('CONFLICT', () => space.set('key', 4, { ifVersion: version }))
    assert.deepEqual([error.key, error.namespace, error.retryable], ['key', 'n', true])
    assert.equal(await space.get('key'), 3)
  })
}

/** @param {Claim} claim */
export function limitClaims(claim) {
  claim('info tells keys and room, willFit whether there is some', async ({ storage }) => {
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
  }, { limits: { totalBytes: 8192 } })

  claim('a refusal for want of room leaves every value as it was', async ({ storage, host }) => {
    const space = storage.namespace('n')
    await storage.setMany({ a: 'a'.repeat(500), b: 'b'.repeat(500) })
    await space.set('c', 'c'.repeat(500), { ttl: null })
    const before = (await host.list('')).sort()
    const large = 'x'.repeat(20_000)
    for (const act of [
      () => storage.set('a', large), () => storage.set('new', large), () => space.set('c', large),
      () => storage.setMany([['a', 1], ['new', large], ['b', 2]]), () => space.update('c', () => large),
      () => space.setMany({ c: 1, d: 'd'.repeat(6000), e: 'e'.repeat(6000) }),
    ]) {
      const error = await refused('QUOTA_EXCEEDED', act)
      assert.match(error.remedy, /./)
      const found = await storage.getMany(['a', 'b', 'new'])
      assert.deepEqual(found, ['a'.repeat(500), 'b'.repeat(500), undefined])
      assert.deepEqual(await space.entries(), [['c', 'c'.repeat(500)]])
      assert.deepEqual((await host.list('')).sort(), before)
    }
    assert.equal(await storage.willFit('a', large), false)
    await storage.set('a', 'fits')
    assert.equal(await storage.get('a'), 'fits')
  }, { limits: { totalBytes: 10_000 } })

  claim('what has expired makes room before anything is refused', async ({ storage, time }) => {
    const space = storage.namespace('n')
    for (const key of ['a', 'b']) await space.set(key, key.repeat(3000), { ttl: 1000 })
    await refused('QUOTA_EXCEEDED', () => storage.set('new', 'x'.repeat(6000)))
    assert.equal(await storage.willFit('new', 'x'.repeat(6000)), false)
    time.now += 1000
    assert.equal(await storage.willFit('new', 'x'.repeat(6000)), true)
    await storage.set('new', 'x'.repeat(6000))
    assert.equal(await storage.get('new'), 'x'.repeat(6000))
  }, { limits: { totalBytes: 10_000 } })

  claim('a value above the limit of an entry is split and joined', async ({ storage, host }) => {
    const space = storage.namespace('n')
    const values = ['x'.repeat(2000), { text: '中文🎉'.repeat(200) }, new Uint8Array(1000).fill(7)]
    for (const value of values) {
      await storage.set('key', value)
      await space.setMany({ a: value, b: value }, { ttl: '1h' })
      assert.deepEqual(await storage.get('key'), value)
      assert.deepEqual(await space.entries(), [['a', value], ['b', value]])
      assert.ok((await space.getMeta('a'))?.size ?? 0 >= 1000)
      assert.equal((await storage.getInfo()).entryLimitBytes, 400)
    }
    assert.ok((await host.list('')).length > 10)
    assert.deepEqual(await storage.keys(), ['key'])
  }, { limits: { entryBytes: 400 } })
}
