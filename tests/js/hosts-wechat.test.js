// The host on WeChat's storage, on every client that the double plays, at once and by callbacks.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { faultOf, isMissing } from '../../js/hosts/mini-faults.js'
import { wechat } from '../../js/hosts/wechat.js'
import { open } from '../../js/open.js'
import { inBareContext } from './doubles/wechat-bare.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { hostContract } from './support/host-contract.js'
import { openAt, refused } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'
import { VALUES, assertCameBack } from './support/values.js'
import { KINDS, limited } from './support/wechat-kinds.js'

/** @import { DoubleOptions } from '../../js/testing/wechat.js' */

for (const kind of KINDS) {
  const isImmediate = !kind.deferred
  hostContract(kind.name, (_, limits) => limited(kind, limits), {
    // Its sizes are told in Chinese characters, which Android counts as one.
    hasLimits: kind.options.personality === 'ios',
  })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate })

  describe(`values on ${kind.name}`, () => {
    for (const [way, options] of /** @type {[string, object][]} */ ([
      ['as it is', {}], ['compressed, with a TTL', { compress: true, ttl: '1h' }],
    ])) {
      test(`every value stored ${way} comes back from the disk`, async () => {
        const double = wechatDouble(kind.options)
        const { stash, storage } = await openAt(wechat(double.wx, { deferred: kind.deferred }))
        const all = VALUES.filter(({ expect }) => expect === 'equal')
          .map(entry => ({ entry, value: entry.make() }))
        assert.ok(all.length >= 120)
        for (const [at, { value }] of all.entries()) await storage.set(`key ${at}`, value, options)
        await stash.close()
        const next = wechatDouble({ ...kind.options, disk: new Map(double.disk) })
        const again = await openAt(wechat(next.wx, { deferred: kind.deferred }))
        const many = await again.storage.getMany(all.map((_, at) => `key ${at}`))
        for (const [at, { entry, value }] of all.entries()) {
          assertCameBack(entry, value, many[at])
          assertCameBack(entry, value, await again.storage.get(`key ${at}`))
        }
        await again.stash.close()
      })
    }
  })

  describe(`old code beside ${kind.name}`, () => {
    test('it reads what is plain, and what it writes is read, also over ours', async () => {
      const { wx } = wechatDouble(kind.options)
      const { stash, storage } = await openAt(wechat(wx, { deferred: kind.deferred }))
      const user = { name: '张三', tags: ['a', null], n: 1.5, ok: true }
      for (const value of [user, 'text', '123', 7, 0, true, false, null, [], {}, [1, [2]]]) {
        await storage.set('ours', value)
        assert.deepEqual(wx.getStorageSync('ours'), value)
        wx.setStorageSync('theirs', value)
        assert.deepEqual(await storage.get('theirs'), value)
      }
      for (const value of [new Date(5), NaN, Infinity]) {
        wx.setStorageSync('theirs', value)
        assert.deepEqual(await storage.get('theirs'), value)
      }
      for (const value of [user, new Map([[1, 2]]), undefined, '']) {
        await storage.set('ours', value, { ttl: value === user ? '1h' : null })
        assert.equal(typeof wx.getStorageSync('ours'), 'string')
        wx.setStorageSync('ours', { theirs: 1 })
        assert.deepEqual(await storage.get('ours'), { theirs: 1 })
        assert.deepEqual(await storage.getMany(['ours', 'none']), [{ theirs: 1 }, undefined])
      }
      wx.setStorageSync('ours', '')
      assert.equal(await storage.get('ours', 'missing'), 'missing')
      await storage.set('ours', user)
      assert.deepEqual(wx.getStorageSync('ours'), user)
      assert.deepEqual((await storage.keys()).sort(), ['ours', 'theirs'])
      await stash.close()
    })

    test('keys of frameworks are neither listed nor cleared', async () => {
      const { wx, disk } = wechatDouble(kind.options)
      const foreign = ['__DC_STAT_UUID', '__DC_UUID_VALUE', 'UNI_LOCALE', 'uni_id_token', 'uni-x', 'dcloud_x',
        'aldstat_uuid', 'ald_ifo', 'sensorsdata2015_wechat', 'sensors_mp_prepare_data']
      for (const key of foreign) wx.setStorageSync(key, 'theirs')
      const { stash, storage } = await openAt(wechat(wx, { deferred: kind.deferred }))
      await storage.setMany({ a: 1, universe: 2 })
      await storage.namespace('n').set('c', 3)
      assert.deepEqual(await storage.keys(), ['a', 'universe'])
      assert.equal(await storage.clear(), 2)
      await storage.namespace('n').clear()
      assert.deepEqual([...disk.keys()].filter(key => !key.startsWith('~ms~')).sort(), foreign.sort())
      assert.deepEqual(await storage.keys(), [])
      await stash.close()
    })
  })

  describe(`limits on ${kind.name}`, () => {
    test('values around the limit of an entry are stored, as few entries as can be', async () => {
      const double = wechatDouble(kind.options)
      const { stash, storage } = await openAt(wechat(double.wx, { deferred: kind.deferred }))
      for (const unit of ['x', 'é', '中', '🎉']) {
        const most = Math.floor(990_000 / Buffer.byteLength(unit))
        for (const size of [most - 2, most, most + 1, most * 2]) {
          const value = unit.repeat(size / unit.length)
          await storage.set('键', value)
          assert.equal(await storage.get('键'), value)
          await storage.set('键', value, { ttl: '1h' })
          assert.equal(await storage.get('键'), value)
        }
      }
      await storage.set('键', '中'.repeat(329_000))
      assert.equal(double.wx.getStorageSync('键').length, 329_000)
      await stash.close()
    })

    test('want of room is QUOTA_EXCEEDED, and the old values stay', async () => {
      const double = wechatDouble(kind.options)
      const { stash, storage } = await openAt(wechat(double.wx, { deferred: kind.deferred }))
      await storage.setMany({ a: 'old', b: 'old' })
      double.occupy(9_700_000)
      const large = 'x'.repeat(800_000)
      await refused('QUOTA_EXCEEDED', () => storage.set('a', large))
      await refused('QUOTA_EXCEEDED', () => storage.setMany({ a: large, b: 1 }))
      assert.deepEqual(await storage.getMany(['a', 'b']), ['old', 'old'])
      assert.equal(await storage.willFit('a', large), false)
      double.wx.removeStorageSync('uni_occupied')
      await storage.set('a', large)
      await stash.close()
    })

    test('the room that is told is inside both readings of KB', async () => {
      const double = wechatDouble(kind.options)
      const host = wechat(double.wx, { deferred: kind.deferred })
      double.occupy(5_000_000)
      const { usedBytes, limitBytes } = /** @type {any} */ (Object(await host.info?.()))
      assert.ok(usedBytes >= 5_000_000 && usedBytes < 5_130_000)
      assert.equal(limitBytes, 9_900_000)
    })
  })
}

test('every refusal that is known has its code', () => {
  /** @type {[string, any][]} */
  const cases = [
    ['QUOTA_EXCEEDED', new Error('setStorageSync:fail:quota reached')],
    ['QUOTA_EXCEEDED', { errMsg: 'setStorage:fail exceed storage max size' }],
    ['QUOTA_EXCEEDED', { errMsg: 'setStorage:fail exceed storage max size 10Mb' }],
    ['QUOTA_EXCEEDED', 'setStorage:fail the storage limit is 10MB'],
    ['QUOTA_EXCEEDED', { errMsg: 'writeFile:fail the maximum size of the file storage limit is exceeded' }],
    ['QUOTA_EXCEEDED', { errMsg: 'writeFile:fail', errno: 1_300_202 }],
    ['QUOTA_EXCEEDED', { message: 'user dir saved file size limit exceeded', errNo: 21_103 }],
    ['QUOTA_EXCEEDED', { errNo: 21_103 }],
    ['QUOTA_EXCEEDED', { error: 12, errorMessage: 'no' }],
    ['VALUE_TOO_LARGE', { errMsg: 'setStorage:fail:entry size limit reached' }],
    ['VALUE_TOO_LARGE', new Error('setStorageSync:fail exceed storage item max length')],
    ['VALUE_TOO_LARGE', { error: 14 }],
    ['HOST_FAILED', { errMsg: 'setStorage:fail:invalid key', errno: 800_003 }],
    ['HOST_FAILED', new Error('APP-SERVICE-SDK:setStorageSync:fail write DB data fail')],
    ['HOST_FAILED', { errMsg: 'setStorage:fail internal error' }],
    ['HOST_FAILED', { errMsg: 'writeFile:fail', errno: 1_300_005 }],
    ['HOST_FAILED', undefined], ['HOST_FAILED', 7],
  ]
  for (const [code, refusal] of cases) {
    const error = faultOf(refusal)
    assert.equal(error.fault, code, error.message)
    assert.equal(error.cause, refusal)
    assert.equal(isMissing(refusal), false)
  }
  for (const text of ['getStorage:fail data not found', '查无此key']) assert.ok(isMissing(new Error(text)))
})

test('what is no `wx` is refused with what it lacks', () => {
  for (const [wx, message] of /** @type {[any, RegExp][]} */ ([
    [undefined, /expected the global `wx`.*got undefined/],
    [{}, /one without getStorageSync, setStorageSync, removeStorageSync$/],
    [{ ...wechatDouble().wx, setStorageSync: 1 }, /one without setStorageSync$/], ['wx', /got wx/],
  ])) assert.throws(() => wechat(wx), { code: 'INVALID_OPTION', message })
  assert.throws(() => wechat({}, { deferred: true }),
    { message: /without getStorage, setStorage, removeStorage$/ })
})

test('a second open on the same `wx` is BUSY, whichever host asks', async () => {
  const { wx } = wechatDouble()
  const { stash } = await openAt(wechat(wx))
  await refused('BUSY', () => openAt(wechat(wx, { deferred: true })))
  await stash.close()
  await (await openAt(wechat(wx))).stash.close()
})

test('random numbers come from whichever call has them; else `entropy` must be given', async () => {
  /** @type {(options: DoubleOptions, plan: import('../../js/testing/wechat.js').Plan) => Promise<unknown>} */
  const counted = async (options, plan) => {
    const double = wechatDouble({ ...options, plan })
    await (await openAt(wechat(double.wx))).stash.close()
    return Object.entries(double.counts()).filter(([api]) => api.includes('Random')).flat()
  }
  const none = () => undefined
  assert.deepEqual(await counted({}, none), ['getRandomValues', 1])
  const only = wechatDouble()
  delete only.wx.getRandomValues
  await (await openAt(wechat(only.wx))).stash.close()
  assert.equal(only.counts()['UserCryptoManager.getRandomValues'], 1)
  const refuse = await counted({}, ({ api }) => api === 'getRandomValues' ? { refuse: 'io' } : undefined)
  assert.deepEqual(refuse, ['getRandomValues', 1, 'UserCryptoManager.getRandomValues', 1])
  await refused('INVALID_OPTION', () => openAt(wechat(wechatDouble({ baseLibrary: '2.14.0' }).wx)), /entropy/)
  await refused('INVALID_OPTION', () => openAt(wechat(wechatDouble({ plugin: true }).wx)), /entropy/)
  const entropy = () => new Uint8Array(32).fill(7)
  const { wx } = wechatDouble({ baseLibrary: '2.14.0' })
  await (await open({ host: wechat(wx), entropy })).close()
})

for (const deferred of [false, true]) {
  test(`a plugin stores and reads; what has to list the keys is UNSUPPORTED (${deferred})`, async () => {
    const entropy = () => new Uint8Array(32).fill(7)
    const double = wechatDouble({ plugin: true })
    const openIn = async () => {
      const opened = await openAt(wechat(double.wx, { deferred }), { entropy })
      return { ...opened, space: opened.storage.namespace('space') }
    }
    const { stash, storage, space } = await openIn()
    await storage.setMany({ user: { name: 'John' }, map: new Map([[1, 2]]), large: '中'.repeat(400_000) })
    await space.set('user', 1, { ttl: '1h' })
    assert.deepEqual(double.wx.getStorageSync('user'), { name: 'John' })
    for (const place of [storage, space]) {
      for (const act of [
        () => place.keys(), () => place.entries(), () => place.clear(), () => place.getInfo(),
        () => place.cleanup(),
      ]) await refused('UNSUPPORTED', act, /cannot list its keys: keep a list of them/)
    }
    await stash.close()

    const again = await openIn()
    assert.deepEqual(await again.storage.getMany(['map', 'none']), [new Map([[1, 2]]), undefined])
    assert.equal((await again.storage.get('large')).length, 400_000)
    assert.equal(await again.space.get('user'), 1)
    again.time.now += 3_600_000
    assert.equal(await again.space.has('user'), false)
    assert.equal(await again.storage.remove('large'), true)
    assert.equal(await again.storage.willFit('user', 'x'), true)
    // There is no room to be found, and the refusal says no other thing.
    double.expect(({ api }) => api.startsWith('setStorage') ? { refuse: 'quota' } : undefined)
    await refused('QUOTA_EXCEEDED', () => again.storage.set('user', 2))
    double.expect()
    assert.deepEqual(await again.storage.get('user'), { name: 'John' })
    await again.stash.close()
  })
}

test('after a wipe by the system the store is empty and takes what is new', async () => {
  const double = wechatDouble()
  const { stash, storage } = await openAt(wechat(double.wx))
  await storage.setMany({ a: 1, b: 2 })
  await stash.close()
  double.wipe()
  const again = await openAt(wechat(double.wx))
  assert.deepEqual(await again.storage.entries(), [])
  await again.storage.set('a', 3)
  assert.equal(double.wx.getStorageSync('a'), 3)
  await again.stash.close()
})

test('the host needs nothing that phones lack', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../js/hosts/wechat.js', import.meta.url))],
    bundle: true, format: 'cjs', target: 'es2017', write: false, logLevel: 'error',
  })
  const { wx } = wechatDouble()
  const bare = inBareContext(outputFiles[0].text, { wx })
  for (const deferred of [false, true]) {
    const host = bare.wechat(wx, { deferred })
    assert.equal((await host.entropy()).length, 32)
    host.open()
    await host.write('a', { list: [1] })
    await host.writeMany([['b', 2], ['c', 'text']])
    assert.deepEqual(await host.read('a'), { list: [1] })
    assert.equal((await host.readMany(['b', 'none', 'c'])).join(), '2,,text')
    assert.equal((await host.list('')).sort().join(), 'a,b,c')
    assert.equal((await host.info()).limitBytes, 9_900_000)
    await host.remove('a')
    assert.equal(await host.read('a'), undefined)
    host.close()
  }
  assert.throws(() => bare.wechat({}), { code: 'INVALID_OPTION' })
})
