// @ts-check
/**
 * Every value, plain and nested, by every way in and out, on every kind of host: it comes back as it went
 * in, or it is refused with its path before anything is written.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '../../js/value.js'
import { refused } from './support/shell.js'
import { HOSTS, changesAmong, contentsOf, openCounted } from './support/storage-hosts.js'
import { VALUES, assertCameBack } from './support/values.js'

/** @import { Case } from './support/values.js' */
/** @import { DeferredStorage } from './support/shell.js' */

const EQUAL = VALUES.filter(({ expect }) => expect === 'equal')
const REFUSED = VALUES.filter(({ expect }) => expect === 'refused')

/**
 * The case with its value inside an object inside an array.
 * @param {Case} entry
 * @returns {Case}
 */
function nested({ name, make, expect, path, equal }) {
  const wrap = (/** @type {() => any} */ inner) => () => [{ inside: inner(), after: 1 }]
  const whole = { name: `${name}, nested`, make: wrap(make), expect, equal: equal && wrap(equal) }
  return path === undefined ? whole : { ...whole, path: `$[0].inside${path.slice(1)}` }
}

/** What is stored as more than fifty thousand characters takes most of the time: it goes two ways, plain. */
const SMALL = EQUAL.filter(({ make }) => encode(make()).text.length < 50_000)
/** What is stored under which key. */
const SMALL_CASES = SMALL.map((entry, at) => ({ entry, key: `small ${at}` }))
const CASES = [...EQUAL, ...SMALL.map(nested)].map((entry, at) => ({ entry, key: `key ${at}` }))
const REFUSALS = [...REFUSED, ...REFUSED.map(nested)]

/**
 * A value on its way. What counts its visits (a getter, a toJSON) is made afresh each time it is stored;
 * of all else one object is stored and compared.
 * @typedef {{ entry: Case, key: string, first: any, value: () => any }} Stored
 */

/**
 * @param {string} way Two of them take the nested ones and the large ones, too.
 * @returns {Stored[]}
 */
function makeAll(way) {
  return (WITH_NESTED.includes(way) ? CASES : SMALL_CASES).map(({ entry, key }) => {
    const first = entry.make()
    return { entry, key, first, value: entry.equal === undefined ? () => first : entry.make }
  })
}

const WITH_NESTED = ['by set', 'by setMany']

/** Every way in. @type {Record<string, (storage: DeferredStorage, all: Stored[]) => Promise<void>>} */
const WAYS_IN = {
  'by set': async (storage, all) => {
    for (const { key, value } of all) await storage.set(key, value())
  },
  'by set with a TTL': async (storage, all) => {
    for (const { key, value } of all) await storage.set(key, value(), { ttl: '1h' })
  },
  'by set, compressed': async (storage, all) => {
    for (const { key, value } of all) await storage.set(key, value(), { compress: true })
  },
  'by set over another value': async (storage, all) => {
    await storage.setMany(all.map(({ key }) => [key, key.repeat(100)]))
    for (const { key, value } of all) await storage.set(key, value())
  },
  'by setMany': async (storage, all) => {
    await storage.setMany(all.map(({ key, value }) => [key, value()]))
  },
  'by setMany, compressed and with a TTL': async (storage, all) => {
    const entries = new Map(all.map(({ key, value }) => [key, value()]))
    await storage.setMany(entries, { ttl: '1m', compress: true })
  },
  'by update, at once and later, twice': async (storage, all) => {
    for (const [at, { entry, key, first, value }] of all.entries()) {
      await storage.update(key, () => at % 2 ? value() : Promise.resolve(value()))
      await storage.update(key, current => { assertCameBack(entry, first, current); return value() })
    }
  },
}

/**
 * Asserts that everything comes back, one by one or many at once.
 * @param {DeferredStorage} storage
 * @param {Stored[]} all
 * @param {'get' | 'many'} by
 */
async function assertAllThere(storage, all, by) {
  const check = (/** @type {Stored} */ { entry, first }, /** @type {any} */ found) => {
    try {
      assertCameBack(entry, first, found)
    } catch (error) {
      throw new Error(`${entry.name}, by ${by}: ${Object(error).message}`, { cause: error })
    }
  }
  if (by === 'get') {
    for (const stored of all) check(stored, await storage.get(stored.key, 'missing'))
    return
  }
  const many = await storage.getMany(all.map(({ key }) => key))
  for (const [at, stored] of all.entries()) check(stored, many[at])
  const entries = new Map(await storage.entries())
  assert.equal(entries.size, all.length)
  for (const stored of all) check(stored, entries.get(stored.key))
}

test('the table and the hosts are as many as they were', t => {
  assert.ok(EQUAL.length >= 120, `${EQUAL.length} values that come back`)
  assert.ok(EQUAL.length - SMALL.length <= 2, `${EQUAL.length - SMALL.length} large values`)
  assert.ok(REFUSED.length >= 35, `${REFUSED.length} values that are refused`)
  assert.equal(HOSTS.length, 28)
  assert.equal(Object.keys(WAYS_IN).length, 7)
  assert.ok(WITH_NESTED.every(way => way in WAYS_IN))
  const there = Object.keys(WAYS_IN).reduce((sum, way) => sum + makeAll(way).length, 0) * HOSTS.length
  t.diagnostic(`${there} values stored, each read three times; ${REFUSALS.length * HOSTS.length} refused`)
})

for (const kind of HOSTS) {
  describe(`values on ${kind.name}`, () => {
    for (const [way, store] of Object.entries(WAYS_IN)) {
      test(`every value stored ${way} comes back, also after closing and opening`, async t => {
        const { opened, reopen } = await openCounted(kind, t)
        const all = makeAll(way)
        // One namespace besides the default one is enough for one of the ways.
        const inSpace = (/** @type {DeferredStorage} */ storage) =>
          way === 'by setMany' ? [storage, storage.namespace('n/~')] : [storage]
        for (const storage of inSpace(opened.storage)) {
          await store(storage, all)
          await assertAllThere(storage, all, 'many')
        }
        for (const storage of inSpace(await reopen())) await assertAllThere(storage, all, 'get')
      })
    }

    test('a value that cannot come back is refused with its path, and nothing is written', async t => {
      const { opened: { storage }, control } = await openCounted(kind, t)
      const space = storage.namespace('space')
      await storage.set('key', 'old')
      await space.set('key', 'old')
      const before = await contentsOf(control.inner)
      for (const [at, entry] of REFUSALS.entries()) {
        // In turn: a value in one of them, its nested twin in whichever comes then.
        const [place, namespace] = at % 2 ? [space, 'space'] : [storage, '']
        control.expect(undefined)
        /** @type {(() => Promise<unknown>)[]} */
        const acts = [
          () => place.set('key', entry.make()),
          () => place.set('key', entry.make(), { ttl: 1, compress: true, overwrite: true }),
          () => place.setMany([['fine', 1], ['key', entry.make()], ['fine too', 2]]),
          () => place.willFit('key', entry.make()),
        ]
        for (const act of acts) {
          const error = await refused('INVALID_VALUE', act)
          const told = [error.path, error.key, error.namespace]
          assert.deepEqual(told, [entry.path, 'key', namespace], entry.name)
        }
        assert.equal(control.calls.length, 0, `${entry.name}: the host was asked`)
        const error = await refused('INVALID_VALUE', () => place.update('key', () => entry.make()))
        assert.equal(error.path, entry.path, entry.name)
        assert.equal(changesAmong(control.calls), 0, `${entry.name}: update changed something`)
        assert.equal(await place.get('key'), 'old')
      }
      assert.deepEqual(await contentsOf(control.inner), before)
    })
  })
}
