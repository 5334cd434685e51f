// The client is killed at every call of `wx` that a change makes, and every call is refused in turn: whoever
// opens next finds all of the change or nothing of it. Also how many calls each verb makes.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { wechat } from '../../js/hosts/wechat.js'
import { PowerCut, wechatDouble } from './doubles/wechat.js'
import { openAt } from './support/shell.js'

/** @import { DoubleOptions, Mishap } from './doubles/wechat.js' */
/** @import { DeferredStorage } from './support/shell.js' */

/** @type {[name: string, options: DoubleOptions][]} */
const CLIENTS = [
  ['android', { personality: 'android' }], ['ios', { personality: 'ios' }],
  ['an old android', { personality: 'android', baseLibrary: '2.17.3' }],
]
const KINDS = CLIENTS.flatMap(([client, options]) =>
  [false, true].flatMap(deferred => [false, true].map(splits => {
    const name = `${client}, ${deferred ? 'deferred' : 'immediate'}${splits ? ', splitting' : ''}`
    return { name, options, deferred, splits }
  })))

const CODES = ['QUOTA_EXCEEDED', 'VALUE_TOO_LARGE', 'HOST_FAILED']
const LARGE = 'old'.repeat(500)

/** @type {Record<string, (storage: DeferredStorage) => Promise<unknown>>} */
const CHANGES = {
  'setMany over old values and new': storage =>
    storage.setMany({ a: 'new', b: { new: ['值'] }, d: 4, e: null }),
  'setMany with a TTL': storage =>
    storage.setMany({ a: 'new', b: 'new', d: new Map([[1, 2]]) }, { ttl: '1h' }),
  'setMany of large values': storage =>
    storage.setMany({ a: 'new'.repeat(500), large: '中'.repeat(700) }),
  'set of a large value over another': storage => storage.set('large', 'new'.repeat(600)),
  'removeMany': storage => storage.removeMany(['a', 'large', 'none']),
  'setMany in a namespace': storage => storage.namespace('n').setMany({ a: 'new', z: 1 }),
}

/** @param {(typeof KINDS)[number]} kind @param {Map<string, any>} disk */
async function openOn({ options, deferred, splits }, disk) {
  const double = wechatDouble({ ...options, disk })
  const host = wechat(double.wx, { deferred })
  const opened = await openAt(splits ? { ...host, limits: { entryBytes: 600 } } : host)
  return { double, ...opened }
}

/** @param {(typeof KINDS)[number]} kind */
async function prepared(kind) {
  const { double, stash, storage } = await openOn(kind, new Map())
  await storage.setMany({ a: 'old', b: 'old', c: 'kept', large: LARGE })
  await storage.namespace('n').set('a', 'old')
  await stash.close()
  return double.disk
}

/**
 * What the next run finds, also after clearing up.
 * @param {(typeof KINDS)[number]} kind
 * @param {Map<string, any>} disk
 */
async function found(kind, disk) {
  const { stash, storage } = await openOn(kind, new Map(disk))
  const entries = async () => [await storage.entries(), await storage.namespace('n').entries()]
  const before = await entries()
  await storage.cleanup()
  assert.deepEqual(await entries(), before)
  await stash.close()
  return before
}

/** @typedef {(parts: number) => Mishap[]} Mishaps */
/** @type {Mishaps} */
const cuts = parts => Array.from({ length: parts + 1 }, (_, applied) => ({ cut: true, applied }))
/** @type {Mishaps} */
const refusals = parts => ['quota', 'entry', 'io'].flatMap(reason =>
  Array.from({ length: parts + 1 }, (_, applied) => ({ refuse: /** @type {'io'} */ (reason), applied })))

/**
 * Plays a change once for each call it makes and each mishap of that call.
 * @param {(typeof KINDS)[number]} kind
 * @param {(storage: DeferredStorage) => Promise<unknown>} change
 * @param {Mishaps} mishaps
 * @returns {Promise<number>} How many runs there were.
 */
async function enumerate(kind, change, mishaps) {
  const disk = await prepared(kind)
  const old = await found(kind, disk)
  const whole = await openOn(kind, new Map(disk))
  whole.double.expect()
  await change(whole.storage)
  const calls = whole.double.calls.slice()
  await whole.stash.close()
  const changed = await found(kind, whole.double.disk)
  assert.notDeepEqual(changed, old)
  let runs = 0
  for (const call of calls) {
    for (const mishap of mishaps(call.parts)) {
      const { double, stash, storage } = await openOn(kind, new Map(disk))
      double.expect(({ number }) => number === call.number ? mishap : undefined)
      const outcome = change(storage).then(() => 'done', error => error)
      const end = await Promise.race([outcome, double.died])
      const now = await found(kind, double.disk)
      const where = `${call.api} ${call.number} of ${calls.length}, ${JSON.stringify(mishap)}`
      assert.ok([old, changed].some(state => isDeepStrictEqual(now, state)), where)
      if (end === 'done') assert.deepEqual(now, changed, where)
      if ('refuse' in mishap) {
        if (end !== 'done') assert.ok(CODES.includes(end.code), where)
        // Whoever was refused goes on with the same stash.
        await change(storage)
        await stash.close()
        assert.deepEqual(await found(kind, double.disk), changed, where)
      } else if (end !== 'cut') assert.ok(end.cause instanceof PowerCut || end instanceof PowerCut, where)
      runs += 1
    }
  }
  return runs
}

for (const kind of KINDS) {
  describe(kind.name, () => {
    for (const [name, change] of Object.entries(CHANGES)) {
      test(`${name}: killed at each call, all or nothing is found`, async t => {
        t.diagnostic(`${await enumerate(kind, change, cuts)} cuts`)
      })

      test(`${name}: refused at each call, all or nothing is found, and doing it again helps`, async t => {
        t.diagnostic(`${await enumerate(kind, change, refusals)} refusals`)
      })
    }
  })
}

for (const kind of KINDS.filter(({ splits }) => !splits)) {
  test(`the calls of each verb are as few as they were: ${kind.name}`, async t => {
    const { double, storage, stash } = await openOn(kind, await prepared(kind))
    const hasBatches = 'batchSetStorageSync' in double.wx
    /** @type {[name: string, act: () => Promise<unknown>, most: number][]} */
    const verbs = [
      ['get', () => storage.get('a'), 1],
      ['set', () => storage.set('a', 2), 2],
      ['set again', () => storage.set('a', 3), 2],
      ['set with a TTL', () => storage.set('a', 2, { ttl: '1h' }), 2],
      ['getMany of 3', () => storage.getMany(['a', 'b', 'c']), hasBatches ? 1 : 3],
      ['setMany of 3', () => storage.setMany({ a: 1, b: 2, c: 3 }), hasBatches ? 5 : 9],
      ['has', () => storage.has('a'), 1],
      ['remove', () => storage.remove('b'), 2],
      ['keys', () => storage.keys(), 5],
      ['entries', () => storage.entries(), 5],
    ]
    for (const [name, act, most] of verbs) {
      double.expect()
      await act()
      const counts = Object.entries(double.counts()).map(([api, count]) => `${count} ${api}`).join(', ')
      t.diagnostic(`${name}: ${counts}`)
      assert.ok(double.calls.length <= most, `${name}: ${counts}`)
    }
    double.expect()
    await stash.close()
    t.diagnostic(`close: ${double.calls.length}`)
    double.expect()
    await (await openAt(wechat(double.wx, { deferred: kind.deferred }))).stash.close()
    t.diagnostic(`open: ${JSON.stringify(double.counts())}`)
    assert.ok(double.calls.length <= 4)
  })
}
