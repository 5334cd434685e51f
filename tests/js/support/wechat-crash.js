// @ts-check
/**
 * A change played once for each call of `wx` that it makes and each mishap of that call. Needs nothing of
 * Node.
 */

import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { wechat } from '../../../js/hosts/wechat.js'
import { PowerCut } from '../../../js/testing/power-cut.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { openAt } from './shell.js'

/** @import { DoubleOptions, Mishap } from '../../../js/testing/wechat.js' */
/** @import { DeferredStorage } from './shell.js' */

/**
 * A client, and how values are cut in it. Places other than WeChat's bring their own double and host.
 * @typedef {{ options: DoubleOptions, deferred: boolean, splits: boolean,
 *   make?: (options: any) => any, host?: (mini: any, options: any) => any }} SplittingKind
 */

const CODES = ['QUOTA_EXCEEDED', 'VALUE_TOO_LARGE', 'HOST_FAILED']
const LARGE = 'old'.repeat(500)

/** @type {Record<string, (storage: DeferredStorage) => Promise<unknown>>} */
export const CHANGES = {
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

/** @param {SplittingKind} kind @param {Map<string, any>} disk */
export async function openOn(kind, disk) {
  const { options, deferred, splits, make = wechatDouble, host: hostOn = wechat } = kind
  const double = make({ ...options, disk })
  const host = hostOn(double.mini ?? double.wx, { deferred })
  const opened = await openAt(splits ? { ...host, limits: { entryBytes: 600 } } : host)
  return { double, ...opened }
}

/** @param {SplittingKind} kind */
export async function prepared(kind) {
  const { double, stash, storage } = await openOn(kind, new Map())
  await storage.setMany({ a: 'old', b: 'old', c: 'kept', large: LARGE })
  await storage.namespace('n').set('a', 'old')
  await stash.close()
  return double.disk
}

/**
 * What the next run finds, also after clearing up.
 * @param {SplittingKind} kind
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
export const cuts = parts => Array.from({ length: parts + 1 }, (_, applied) => ({ cut: true, applied }))
/** @type {Mishaps} */
export const refusals = parts => ['quota', 'entry', 'io'].flatMap(reason =>
  Array.from({ length: parts + 1 }, (_, applied) => ({ refuse: /** @type {'io'} */ (reason), applied })))

/**
 * Plays a change once for each call it makes and each mishap of that call.
 * @param {SplittingKind} kind
 * @param {(storage: DeferredStorage) => Promise<unknown>} change
 * @param {Mishaps} mishaps
 * @returns {Promise<number>} How many runs there were.
 */
export async function enumerate(kind, change, mishaps) {
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
      double.expect((/** @type {any} */ { number }) => number === call.number ? mishap : undefined)
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
