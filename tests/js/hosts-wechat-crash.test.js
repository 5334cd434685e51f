// The client is killed at every call of `wx` that a change makes, and every call is refused in turn: whoever
// opens next finds all of the change or nothing of it. Also how many calls each verb makes.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wechat } from '../../js/hosts/wechat.js'
import { openAt } from './support/shell.js'
import { CHANGES, cuts, enumerate, openOn, prepared, refusals } from './support/wechat-crash.js'

/** @import { DoubleOptions } from '../../js/testing/wechat.js' */

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

for (const kind of KINDS) {
  describe(`killed and refused on ${kind.name}`, () => {
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
      ['set', () => storage.set('a', 2), 1],
      ['set again', () => storage.set('a', 3), 1],
      ['set with a TTL', () => storage.set('a', 2, { ttl: '1h' }), 1],
      ['getMany of 3', () => storage.getMany(['a', 'b', 'c']), hasBatches ? 1 : 3],
      ['setMany of 3', () => storage.setMany({ a: 1, b: 2, c: 3 }), hasBatches ? 4 : 6],
      ['has', () => storage.has('a'), 1],
      ['remove', () => storage.remove('b'), 2],
      ['keys', () => storage.keys(), hasBatches ? 2 : 5],
      ['entries', () => storage.entries(), hasBatches ? 2 : 5],
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
    assert.ok(double.calls.length <= 3)
  })
}
