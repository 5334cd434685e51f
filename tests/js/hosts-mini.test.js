// The hosts on the storages of mini-programs other than WeChat's, each on a double of its place.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import vm from 'node:vm'
import { alipay } from '../../js/hosts/alipay.js'
import { douyin } from '../../js/hosts/douyin.js'
import { faultOf } from '../../js/hosts/mini-faults.js'
import { taro } from '../../js/hosts/taro.js'
import { uni } from '../../js/hosts/uni.js'
import { open } from '../../js/open.js'
import { alipayDouble } from '../../js/testing/alipay.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { hostContract } from './support/host-contract.js'
import { KINDS, PLACES, entropy, limited } from './support/mini-kinds.js'
import { valuesOn } from './support/mini-values.js'
import { refusesWantOfRoom } from './support/mini-room.js'
import { openAt, refused } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'
import { CHANGES, cuts, enumerate, refusals } from './support/wechat-crash.js'

/** Whose sizes are told in bytes of UTF-8, as the tests of limits tell them. */
const COUNTS_UTF8 = /^(baidu|kuaishou)/

for (const kind of KINDS) {
  hostContract(kind.name, (_, limits) => limited(kind, limits), { hasLimits: COUNTS_UTF8.test(kind.name) })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate: !kind.deferred })

  valuesOn(kind)

  describe(`the place of ${kind.name}`, () => {
    test('what the place lost is told as a wipe, and everything of the host ends with it', async () => {
      const double = kind.make()
      const first = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      await first.storage.set('a', 1)
      assert.ok(double.listeners() > 0)
      await refused('BUSY', () => openAt(kind.host(double.mini, { deferred: kind.deferred })))
      await first.stash.close()
      assert.equal(double.listeners(), 0)
      double.wipe()
      const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      assert.equal(await storage.get('a', 'gone'), 'gone')
      await stash.close()
    })

    test('want of room is QUOTA_EXCEEDED, and the old values stay', () => refusesWantOfRoom(kind))

    test('values above the limit of an entry are split, as few as can be', async () => {
      const double = kind.make()
      const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      for (const unit of ['x', '"', '中', '🎉']) {
        for (const size of [90_000, 200_000, 1_200_000]) {
          const value = unit.repeat(size / unit.length)
          await storage.set('键', value, { ttl: '1h' })
          assert.equal(await storage.get('键'), value)
        }
      }
      await stash.close()
    })
  })
}

for (const { name, make, host } of PLACES) {
  for (const deferred of [false, true]) {
    for (const splits of [false, true]) {
      const kind = { options: {}, deferred, splits, make, host }
      const words = `${name}, ${deferred ? 'deferred' : 'immediate'}${splits ? ', splitting' : ''}`
      describe(`killed and refused on ${words}`, () => {
        for (const [change, act] of Object.entries(CHANGES)) {
          test(`${change}: at each call, all or nothing is found`, async t => {
            const counts = [await enumerate(kind, act, cuts), await enumerate(kind, act, refusals)]
            t.diagnostic(`${counts.join(' cuts, ')} refusals`)
          })
        }
      })
    }
  }
}

test('where a place gives no random numbers, open says that it needs some', async () => {
  for (const { make, bare, name } of PLACES.filter(place => place.name !== 'douyin')) {
    await assert.rejects(open({ host: bare(make().mini) }), { message: /entropy/ }, name)
  }
  const { mini } = PLACES.filter(({ name }) => name === 'douyin')[0].make()
  await (await open({ host: douyin(mini) })).close()
})

test('old code and ours read each other on Alipay', async () => {
  const double = alipayDouble()
  const { stash, storage } = await openAt(alipay(double.mini), { entropy })
  for (const value of [{ name: '张三', tags: ['a', null] }, 'text', '123', 7, 0, false, true, [], {}]) {
    await storage.set('ours', value)
    assert.deepEqual(double.mini.getStorageSync({ key: 'ours' }).data, value)
    double.mini.setStorageSync({ key: 'theirs', data: value })
    assert.deepEqual(await storage.get('theirs'), value)
  }
  await storage.set('ours', null)
  assert.equal(await storage.get('ours', 'missing'), null)
  await stash.close()
  const old = { ...double.mini, getStorageSync: (/** @type {any} */ { key }) => ({ APDataStorage: key }) }
  assert.equal(alipay(old).read('k'), 'k')
})

test('a write that Alipay refuses is refused here, although it throws nothing', async () => {
  const double = alipayDouble()
  const host = alipay(double.mini)
  for (const [reason, fault] of /** @type {const} */ ([['quota', 'QUOTA_EXCEEDED'], ['io', 'HOST_FAILED']])) {
    double.expect(() => ({ refuse: reason }))
    assert.throws(() => host.write('a', 1), { fault })
    assert.throws(() => host.list(''), { fault })
  }
  double.expect()
  assert.throws(() => host.write('a', 'x'.repeat(210_000)), { fault: 'VALUE_TOO_LARGE' })
  assert.equal(faultOf({ error: 3, errorMessage: 'x' }).fault, 'HOST_FAILED')
})

test('a key that Douyin would not list is listed', async () => {
  const { wx } = wechatDouble({ personality: 'douyin' })
  const { stash, storage } = await openAt(douyin(wx))
  const keys = ['a', 'a__type__', 'a__type__~', 'a__type__~~', '__type__', 'b__type__x']
  for (const key of keys) await storage.set(key, key)
  assert.deepEqual(await storage.keys(), keys.slice().sort())
  for (const key of keys) assert.equal(await storage.get(key), key)
  assert.equal(await storage.clear(), keys.length)
  await stash.close()
})

test('the frameworks bind to the mini-program beneath them, to their own storage where there is none', () => {
  const beneath = wechatDouble({ personality: 'qq' })
  for (const host of [uni, taro]) {
    const alone = host(beneath.wx)
    assert.equal(alone.exclusive, false)
    Object.assign(globalThis, { my: alipayDouble().mini, wx: beneath.wx })
    try {
      assert.equal(host(beneath.wx).name, 'alipay')
    } finally {
      delete /** @type {any} */ (globalThis).my
    }
    try {
      assert.equal(host({}).name, 'wechat')
    } finally {
      delete /** @type {any} */ (globalThis).wx
    }
  }
})

test('each place is found by its global, and a web page with a `wx` is none', async () => {
  const { nativeMini } = await import('../../js/hosts/mini-place.js')
  const { wx } = wechatDouble()
  const globals = /** @type {any} */ (globalThis)
  for (const [names, found] of /** @type {[string[], string][]} */ ([
    [['wx'], 'wx'], [['qq', 'wx'], 'qq'], [['ks', 'wx'], 'ks'], [['tt'], 'tt'], [['swan'], 'swan'],
    [['my'], 'my'],
  ])) {
    for (const name of names) globals[name] = wx
    try {
      assert.equal(nativeMini()?.name, found)
      globals.document = vm.runInNewContext('({ [Symbol.toStringTag]: "HTMLDocument" })')
      assert.equal(nativeMini(), undefined)
    } finally {
      for (const name of [...names, 'document']) delete globals[name]
    }
  }
  // The JS-SDK's has no storage.
  globals.wx = { config() {}, ready() {}, miniProgram: {} }
  assert.equal(nativeMini(), undefined)
  delete globals.wx
  assert.ok(entropy().length === 32)
})
