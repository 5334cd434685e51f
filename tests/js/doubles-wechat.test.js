// The double of WeChat does what the platform does: values, missing keys, sizes, refusals, callbacks.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inBareContext } from './doubles/wechat-bare.js'
import { PowerCut } from '../../js/testing/power-cut.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { assertSame } from './support/values.js'

const PERSONALITIES = /** @type {const} */ (['android', 'ios', 'devtools'])

class Tagged {
  get [Symbol.toStringTag]() { return 'Tagged' }
}

class Plain {
  constructor() { this.x = 1 }
}

const now = new Date(1_700_000_000_123)
const circular = /** @type {any} */ ({})
circular.self = circular

/**
 * What goes in, what lies on the disk, what comes back.
 * @type {[name: string, value: any, text: string, back: any][]}
 */
const VALUES = [
  ['array', [1, undefined, NaN], '[1,null,null]', [1, null, null]],
  ['object', { a: 1, b: undefined, c: now }, `{"a":1,"c":"${now.toJSON()}"}`, { a: 1, c: now.toJSON() }],
  ['plain class', new Plain(), '{"x":1}', { x: 1 }],
  ['string', '中文🎉', '中文🎉', '中文🎉'],
  ['empty string', '', '', ''],
  ['string of a number', '123', '123', '123'],
  ['number', -1.5, '-1.5', -1.5],
  ['NaN', NaN, 'NaN', NaN],
  ['Infinity', Infinity, 'Infinity', Infinity],
  ['-Infinity', -Infinity, '-Infinity', -Infinity],
  ['-0', -0, '0', 0],
  ['true', true, 'true', true],
  ['false', false, 'false', false],
  ['null', null, 'null', null],
  ['date', now, '1700000000123', now],
  ['invalid date', new Date(NaN), 'NaN', new Date(NaN)],
  ['function', () => 1, '', ''],
  ['symbol', Symbol('s'), '', ''],
  ['bigint', 1n, '', ''],
  ['array buffer', new ArrayBuffer(4), '', ''],
  ['typed array', new Uint8Array(4), '', ''],
  ['map', new Map([[1, 2]]), '', ''],
  ['set', new Set([1]), '', ''],
  ['regexp', /a/, '', ''],
  ['error', new Error('e'), '', ''],
  ['class with a tag', new Tagged(), '', ''],
]

/** @param {any} wx @param {string} api @param {object} [args] @returns {Promise<any>} */
const call = (wx, api, args = {}) => new Promise(resolve => {
  wx[api]({ ...args, success: resolve, fail: resolve })
})

for (const personality of PERSONALITIES) {
  describe(`values, ${personality}`, () => {
    for (const [name, value, text, back] of VALUES) {
      test(`${name} comes back as WeChat gives it, by each way`, async () => {
        const { wx, disk } = wechatDouble({ personality })
        wx.setStorageSync('one', value)
        assert.equal((await call(wx, 'setStorage', { key: 'two', data: value })).errMsg, 'setStorage:ok')
        wx.batchSetStorageSync([{ key: 'three', value }])
        await call(wx, 'batchSetStorage', { kvList: [{ key: 'four', value }] })
        for (const key of ['one', 'two', 'three', 'four']) {
          assert.equal(disk.get(key)?.text, text)
          assertSame(wx.getStorageSync(key), back)
          assertSame((await call(wx, 'getStorage', { key })).data, back)
          assertSame(wx.batchGetStorageSync([key]), [back])
          assertSame((await call(wx, 'batchGetStorage', { keyList: [key] })).dataList, [back])
        }
      })
    }

    test('undefined is the empty text at once, and itself later', async () => {
      const { wx } = wechatDouble({ personality })
      wx.setStorageSync('sync', undefined)
      await call(wx, 'setStorage', { key: 'async' })
      assert.equal(wx.getStorageSync('sync'), '')
      assert.equal(wx.getStorageSync('async'), undefined)
    })

    test('nothing is shared with the caller', () => {
      const { wx } = wechatDouble({ personality })
      const value = { list: [1] }
      wx.setStorageSync('key', value)
      value.list.push(2)
      wx.getStorageSync('key').list.push(3)
      assert.deepEqual(wx.getStorageSync('key'), { list: [1] })
    })

    test('what JSON cannot hold is thrown at once, and told later', async () => {
      const { wx } = wechatDouble({ personality })
      const poison = { toJSON() { throw new Error('poison') } }
      for (const value of [circular, { big: 1n }, poison]) {
        assert.throws(() => wx.setStorageSync('key', value), /:fail .*(circular|BigInt|poison)/i)
        assert.match((await call(wx, 'setStorage', { key: 'key', data: value })).errMsg, /^setStorage:fail /)
      }
      assert.deepEqual(wx.getStorageInfoSync().keys, [])
    })

    test('a missing key is an empty text at once and in a batch, and a failure later', async () => {
      const { wx } = wechatDouble({ personality })
      assert.equal(wx.getStorageSync('none'), '')
      assert.deepEqual(wx.batchGetStorageSync(['none']), [''])
      assert.deepEqual((await call(wx, 'batchGetStorage', { keyList: ['none'] })).dataList, [''])
      const told = await call(wx, 'getStorage', { key: 'none' })
      assert.match(told.errMsg, /^getStorage:fail[: ]data not found$/)
      wx.removeStorageSync('none')
      assert.equal((await call(wx, 'removeStorage', { key: 'none' })).errMsg, 'removeStorage:ok')
    })
  })
}

/**
 * Texts that fit an entry of 20 with the key `k`, and texts that are too much.
 * @type {[personality: typeof PERSONALITIES[number], fits: string, not: string][]}
 */
const ENTRIES = [
  ['android', '中'.repeat(19), '中'.repeat(20)], ['android', '🎉'.repeat(9), '🎉'.repeat(10)],
  ['devtools', 'é'.repeat(19), 'é'.repeat(20)],
  ['ios', '中'.repeat(6), '中'.repeat(7)], ['ios', '🎉'.repeat(4), '🎉'.repeat(5)],
  ['ios', 'x'.repeat(19), 'é'.repeat(10)],
]

test('an entry is measured with its key, in units of UTF-16 or bytes of UTF-8', () => {
  for (const [personality, fits, not] of ENTRIES) {
    const { wx } = wechatDouble({ personality, entryLimit: 20 })
    wx.setStorageSync('k', fits)
    assert.throws(() => wx.setStorageSync('k', not), /:fail.entry size limit reached$/, personality)
    assert.equal(wx.getStorageSync('k'), fits)
  }
})

test('the limits are those of the platform', () => {
  for (const [personality, most] of /** @type {const} */ ([['android', 1_048_576], ['ios', 1_000_000]])) {
    const { wx } = wechatDouble({ personality })
    wx.setStorageSync('k', 'x'.repeat(most - 1))
    assert.throws(() => wx.setStorageSync('k', 'x'.repeat(most)), /entry size/)
  }
})

test('the sum must stay below the limit, and replacing is charged the growth', () => {
  for (const [personality, words] of /** @type {const} */ ([
    ['android', /^Error: setStorageSync:fail:quota reached$/],
    ['ios', /^Error: setStorage:fail exceed storage max size$/],
    ['devtools', /^Error: setStorageSync:fail exceed storage max size$/],
  ])) {
    const { wx, occupy } = wechatDouble({ personality, totalLimit: 100 })
    occupy(50)
    wx.setStorageSync('a', 'x'.repeat(48))
    assert.throws(() => wx.setStorageSync('a', 'x'.repeat(49)), words)
    wx.setStorageSync('a', 'y'.repeat(48))
    assert.equal(wx.getStorageSync('a'), 'y'.repeat(48))
    wx.setStorageSync('a', '')
    wx.setStorageSync('b', 'x'.repeat(47))
  }
})

test('getStorageInfo counts KB as each client does, and shows the keys of others', async () => {
  for (const [personality, currentSize, limitSize] of /** @type {const} */ ([
    ['android', 3, 10_486], ['ios', 2, 10_240], ['devtools', 2, 10_240],
  ])) {
    const { wx, occupy } = wechatDouble({ personality })
    occupy(2000)
    wx.setStorageSync('k', 'x'.repeat(40))
    const told = { keys: ['uni_occupied', 'k'], currentSize, limitSize }
    assert.deepEqual(wx.getStorageInfoSync(), told)
    assert.deepEqual(await call(wx, 'getStorageInfo'), { ...told, errMsg: 'getStorageInfo:ok' })
    wx.clearStorageSync()
    assert.deepEqual(wx.getStorageInfoSync().keys, [])
  }
})

test('a refusal is told in the words of client, call and version', async () => {
  /** @type {[import('../../js/testing/wechat.js').DoubleOptions, string, string, number?][]} */
  const cases = [
    [{}, 'setStorageSync:fail:invalid key', 'setStorage:fail:invalid key', 800_003],
    [{ baseLibrary: '2.23.4' }, 'setStorageSync:fail:key is empty', 'setStorage:fail:key is empty'],
    [{ personality: 'ios' }, 'setStorage:fail invalid key', 'setStorage:fail invalid key', 800_003],
  ]
  for (const [options, now1, later, errno] of cases) {
    const { wx } = wechatDouble(options)
    assert.throws(() => wx.setStorageSync('', 1), { name: 'Error', message: now1 })
    const expected = errno === undefined ? { errMsg: later } : { errMsg: later, errno }
    assert.deepEqual(await call(wx, 'setStorage', { key: '', data: 1 }), expected)
  }
  const { wx, expect } = wechatDouble()
  assert.throws(() => wx.setStorageSync(undefined, 1), { message:
    'setStorageSync:fail parameter error: parameter.key should be String instead of Undefined;' })
  expect(() => ({ refuse: 'io' }))
  assert.throws(() => wx.setStorageSync('a', 1), /internal error set DB data fail/)
  assert.deepEqual(await call(wx, 'setStorage', { key: 'a', data: 1 }),
    { errMsg: 'setStorage:fail:internal error set DB data fail' })
})

test('callbacks come in a later turn, first success or fail, then complete', async () => {
  const { wx } = wechatDouble()
  /** @type {string[]} */
  const log = []
  const args = (/** @type {string} */ key) => ({
    key, success: () => log.push(`${key} success`), fail: () => log.push(`${key} fail`),
    complete: (/** @type {any} */ told) => log.push(`${key} complete ${told.errMsg}`),
  })
  assert.equal(wx.setStorage({ ...args('a'), data: 1 }), undefined)
  wx.getStorage(args('none'))
  await Promise.resolve()
  assert.deepEqual(log, [])
  await call(wx, 'getStorageInfo')
  assert.deepEqual(log, ['a success', 'a complete setStorage:ok', 'none fail',
    'none complete getStorage:fail:data not found'])
})

test('a Promise is returned only without callbacks, and not by old base libraries', async () => {
  const { wx } = wechatDouble()
  assert.equal((await wx.setStorage({ key: 'a', data: 1 })).errMsg, 'setStorage:ok')
  await assert.rejects(wx.getStorage({ key: 'none' }), { errMsg: 'getStorage:fail:data not found' })
  for (const name of ['success', 'fail', 'complete']) {
    assert.equal(wx.getStorage({ key: 'a', [name]: () => {} }), undefined)
  }
  assert.equal(wechatDouble({ baseLibrary: '2.9.0' }).wx.setStorage({ key: 'a', data: 1 }), undefined)
  assert.equal(wx.getUserCryptoManager().getRandomValues({ length: 1 }), undefined)
})

test('a base library has what is not younger, and a plugin less', () => {
  const has = (/** @type {object} */ options, /** @type {string} */ name) => name in wechatDouble(options).wx
  for (const [name, before, since, inPlugins] of /** @type {[string, string, string, boolean][]} */ ([
    ['batchSetStorageSync', '2.24.7', '2.25.0', false], ['batchGetStorage', '2.24.7', '2.25.0', false],
    ['getRandomValues', '2.14.4', '2.15.0', false], ['getUserCryptoManager', '2.17.2', '2.17.3', false],
    ['onAppHide', '2.1.1', '2.1.2', false], ['onAppShow', '2.1.1', '2.1.2', false],
    ['onMemoryWarning', '2.0.1', '2.0.2', false], ['offMemoryWarning', '2.8.9', '2.9.0', false],
    ['onNetworkStatusChange', '1.0.9', '1.1.0', true], ['offNetworkStatusChange', '2.9.2', '2.9.3', true],
    ['onNetworkWeakChange', '2.20.9', '2.21.0', false], ['getStorageInfoSync', '', '1.9.6', false],
    ['clearStorageSync', '', '1.9.6', false], ['setStorageSync', '', '1.9.6', true],
  ])) {
    if (before !== '') assert.equal(has({ baseLibrary: before }, name), false, name)
    assert.equal(has({ baseLibrary: since }, name), true, name)
    assert.equal(has({ plugin: true }, name), inPlugins, name)
  }
})

test('a batch takes `value`; whoever says `data` stores an empty text', () => {
  const { wx } = wechatDouble()
  wx.batchSetStorageSync([{ key: 'right', value: 1 }, { key: 'wrong', data: 1 }])
  assert.deepEqual(wx.batchGetStorageSync(['right', 'wrong']), [1, ''])
})

test('encryption is for asynchronous calls that both say it, and takes 1.4 times the room', async () => {
  const { wx } = wechatDouble({ entryLimit: 100 })
  await call(wx, 'setStorage', { key: 'k', data: 'x'.repeat(70), encrypt: true })
  assert.equal((await call(wx, 'getStorage', { key: 'k', encrypt: true })).data, 'x'.repeat(70))
  assert.match((await call(wx, 'getStorage', { key: 'k' })).errMsg, /fail/)
  assert.equal(wx.getStorageSync('k'), '')
  const large = await call(wx, 'setStorage', { key: 'k', data: 'x'.repeat(71), encrypt: true })
  assert.match(large.errMsg, /entry size/)
})

test('random bytes come later, as many as asked for, up to 1 MiB', async () => {
  const { wx } = wechatDouble()
  for (const place of [wx, wx.getUserCryptoManager()]) {
    const { randomValues } = await call(place, 'getRandomValues', { length: 32 })
    assert.ok(randomValues instanceof ArrayBuffer && randomValues.byteLength === 32)
    assert.match((await call(place, 'getRandomValues', { length: 1_048_577 })).errMsg, /fail/)
  }
})

test('a call can be refused, lost or late, and the client killed in the middle of a batch', async () => {
  const double = wechatDouble()
  const { wx } = double
  double.expect(({ number }) => number === 2 ? { lose: true }
    : number === 3 ? { refuse: 'quota', applied: true } : undefined)
  wx.setStorageSync('a', 1)
  wx.setStorageSync('b', 1)
  assert.throws(() => wx.setStorageSync('c', 1), /quota reached/)
  assert.deepEqual([...double.disk.keys()], ['a', 'c'])
  assert.deepEqual(double.counts(), { setStorageSync: 3 })
  const list = [{ key: 'd', value: 1 }, { key: 'e', value: 1 }]
  double.expect(() => ({ cut: true, applied: 1 }))
  let isAnswered = false
  wx.setStorage({ key: 'f', data: 1, complete: () => { isAnswered = true } })
  assert.throws(() => wx.batchSetStorageSync(list), PowerCut)
  assert.throws(() => wx.getStorageSync('a'), PowerCut)
  assert.equal(await double.died, 'cut')
  await new Promise(resolve => { setImmediate(resolve) })
  assert.equal(isAnswered, false)
  const next = wechatDouble({ disk: new Map(double.disk) })
  assert.deepEqual(next.wx.getStorageInfoSync().keys, ['a', 'c', 'd'])
  next.wipe()
  assert.deepEqual(next.wx.getStorageInfoSync().keys, [])
  const late = wechatDouble({ latency: ({ number }) => number === 1 ? 3 : 0 })
  /** @type {number[]} */
  const order = []
  await Promise.all([1, 2].map(at => call(late.wx, 'getStorageInfo').then(() => order.push(at))))
  assert.deepEqual(order, [2, 1])
})

test('leaving is told to who listens', () => {
  const { wx, hide, listeners } = wechatDouble()
  let count = 0
  const listener = () => { count += 1 }
  wx.onAppHide(listener)
  hide()
  wx.offAppHide(listener)
  hide()
  assert.deepEqual([count, listeners()], [1, 0])
})

test('a bare realm has the language and `wx`, and nothing else', () => {
  const { wx } = wechatDouble()
  const found = inBareContext(`exports.found = [
    typeof TextDecoder, typeof TextEncoder, typeof crypto, typeof atob, typeof URL, typeof fetch, typeof performance,
    typeof structuredClone, typeof queueMicrotask, typeof globalThis, typeof WeakRef, typeof FinalizationRegistry,
    typeof WebAssembly, typeof process, typeof Buffer, typeof window, typeof setImmediate, typeof SharedArrayBuffer,
  ].filter(type => type !== 'undefined')
  exports.there = [typeof wx, typeof setTimeout, typeof Map, typeof Promise]
  exports.makesCode = () => Function('return 1')()`, { wx })
  assert.equal(found.found.length, 0)
  assert.equal(found.there.join(), 'object,function,function,function')
  assert.throws(() => found.makesCode(), /Code generation from strings disallowed/)
  assert.equal(inBareContext((/** @type {number} */ n) => n + 1)(1), 2)
})
