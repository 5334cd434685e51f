// @ts-check
/** What becomes of a push: the table of the protocol line by line, and what is remembered of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stamp } from './sync-served.js'
import { deviceOf } from './sync-server.js'

/** @import { Serve } from './sync-served.js' */

const LI = { name: 'Li', age: 5 }
const GONE = { type: 'delete', base: 1 }

/** @param {number} version @param {object} [rest] */
const accepted = (version, rest = {}) => ({ status: 'accepted', version, ...rest })

/** @param {number} version @param {string} hlc @param {object} held */
const conflict = (version, hlc, held) => ({ status: 'conflict', row: { key: 'k', version, hlc, ...held } })

/**
 * Nine seconds later, one field.
 * @param {object} [change]
 */
const later = (change = {}) => ({ base: 0, value: { age: 6 }, fields: ['age'], hlc: stamp(9), ...change })

/** What has happened to the row, at the stamps 0, 1, 2; what is pushed; what comes of it. */
const TABLE = /** @type {[string, any[], any, any][]} */ ([
  ['base is the version', [{ value: 1 }], { base: 1, value: 2 }, accepted(2)],
  ['base is the version, of a delete', [{ value: 1 }], GONE, accepted(2)],
  ['base is the version, of a tombstone', [{ value: 1 }, GONE], { base: 2, value: 2 }, accepted(3)],
  ['no row, and base is 0', [], { type: 'create', base: 0, value: 1 }, accepted(1)],
  ['no row, base 0, an update', [], { base: 0, value: 1 }, accepted(1)],
  ['a tombstone, and base is 0', [{ value: 1 }, GONE], { type: 'create', base: 0, value: 1 }, accepted(3)],
  ['no row, and a delete', [], { type: 'delete', base: 7 }, accepted(1)],
  ['a tombstone, and a delete', [{ value: 1 }, GONE], GONE, accepted(3)],
  ['no row, and an update of one', [], { base: 7, value: 1 }, conflict(0, '0'.repeat(16), { deleted: true })],
  ['a tombstone, and an update of what was there', [{ value: 1 }, GONE], { base: 1, value: 1 },
    conflict(2, stamp(1), { deleted: true })],
  ['a row, and base is 0', [{ value: [1] }], { type: 'create', base: 0, value: 2 },
    conflict(1, stamp(0), { value: [1] })],
  ['a row, and a delete of an older one', [{ value: 1 }, { base: 1, value: 2 }], GONE,
    conflict(2, stamp(1), { value: 2 })],
  ['a later change, without fields', [{ value: LI }], later({ fields: undefined }),
    conflict(1, stamp(0), { value: LI })],
  ['a later change, with fields', [{ value: LI }], later({ value: { age: 6, name: 'no' } }),
    accepted(2, { value: { name: 'Li', age: 6 } })],
  ['a later change that takes a field away', [{ value: LI }], later({ value: {} }),
    accepted(2, { value: { name: 'Li' } })],
  ['fields of odd names', [{ value: { a: 1 } }],
    later({ value: JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
      fields: ['__proto__', 'constructor', 'toString'] }),
    accepted(2, { value: JSON.parse('{"a":1,"__proto__":{"x":1},"constructor":2}') })],
  ['fields, and base is the version', [{ value: LI }], later({ base: 1 }), accepted(2)],
  ['fields, and the same stamp', [{ value: LI }], later({ hlc: stamp(0) }),
    conflict(1, stamp(0), { value: LI })],
  ['fields, and an earlier stamp', [{ value: LI }], later({ hlc: stamp(-1) }),
    conflict(1, stamp(0), { value: LI })],
  ['fields, and a value that is none of an object', [{ value: LI }], later({ value: 6 }),
    conflict(1, stamp(0), { value: LI })],
  ['fields, and the row is a list', [{ value: [1] }], later(), conflict(1, stamp(0), { value: [1] })],
  ['fields, and the row is sealed', [{ sealed: 'x' }], later(), conflict(1, stamp(0), { sealed: 'x' })],
  ['fields, and the row is encoded', [{ encoded: [3, '1'] }], later(),
    conflict(1, stamp(0), { encoded: [3, '1'] })],
])

/** @param {Serve} serve */
export function pushSuite(serve) {
  for (const [when, steps, mutation, expected] of TABLE) {
    test(`decides by its table: ${when}`, async context => {
      const { device } = await serve(context)
      for (const [i, step] of steps.entries()) {
        const change = { id: i + 1, key: 'k', type: 'update', base: 0, hlc: stamp(i), ...step }
        const [made] = await device.push([change])
        assert.equal(made.status, 'accepted')
      }
      const id = steps.length + 1
      const whole = { id, key: 'k', type: 'update', hlc: stamp(2), ...mutation }
      const [{ row, ...result }] = await device.push([whole])
      const { row: expectedRow, ...rest } = expected
      assert.deepEqual(result, { id, ...rest })
      if (expectedRow) {
        const { by, ...shown } = row
        assert.deepEqual(shown, expectedRow)
        assert.equal(by, expectedRow.version === 0 ? undefined : `${device.client}:${expectedRow.version}`)
      }
      const { rows } = await device.pull('', 1000)
      if (expected.status === 'accepted' && mutation.type !== 'delete') {
        const { value = expected.value ?? mutation.value } = expected
        const by = `${device.client}:${id}`
        assert.deepEqual(rows, [{ key: 'k', version: expected.version, hlc: whole.hlc, by, value }])
      }
      if (mutation.type === 'delete' && expected.status === 'accepted') assert.deepEqual(rows, [])
    })
  }

  test('what is wrong with one mutation is said of it, and the others go on', async context => {
    const { device } = await serve(context, { limits: { valueBytesMax: 100 } })
    const right = { type: 'create', base: 0, hlc: stamp(0), value: 1 }
    const wrong = [
      { key: '' }, { key: 5 }, { key: 'a\0b' }, { key: 'x'.repeat(513) }, { key: 'é'.repeat(257) },
      { key: '\ud800' }, { type: 'upsert' }, { type: undefined }, { base: -1 }, { base: 1.5 },
      { base: 2 ** 53 }, { base: '0' }, { hlc: '1' }, { hlc: 7 }, { hlc: 'g'.repeat(16) },
      { value: undefined }, { sealed: 'x' },
      { value: undefined, sealed: 1 }, { value: undefined, encoded: ['a', 'b'] }, { type: 'delete' },
      { value: undefined, encoded: [1] }, { fields: 'name' }, { fields: [1] }, { value: 'x'.repeat(99) },
    ]
    const mutations = wrong.map((change, i) => ({ id: i + 1, key: `k${i}`, ...right, ...change }))
    const results = await device.push([...mutations, { id: 99, key: 'right', ...right }])
    assert.deepEqual(results.map(({ id }) => id), [...mutations.map(({ id }) => id), 99])
    for (const [i, { status, code, message }] of results.slice(0, -1).entries()) {
      const said = [status, code, typeof message]
      assert.deepEqual(said, ['rejected', 'INVALID', 'string'], JSON.stringify(wrong[i]))
    }
    assert.equal(results.at(-1).status, 'accepted')
    assert.deepEqual((await device.pull()).rows.map(({ key }) => key), ['right'])
  })

  test('the rules of an app reject, put off, and look at what came of merging', async context => {
    const { device } = await serve(context, {
      validate: async (_user, { key, value }) => {
        if (key === 'later') return { retryAfter: 700 }
        if (key.startsWith('no')) return { code: 'FORBIDDEN', message: 'this list is read-only' }
        const { a = 0, b = 0 } = /** @type {any} */ (value ?? {})
        return a + b > 10 ? { code: 'TOO_MUCH' } : undefined
      },
    })
    const one = { type: 'create', base: 0, hlc: stamp(0) }
    const mutations = [{ id: 1, key: 'no', ...one, value: 1 }, { id: 2, key: 'later', ...one, value: 1 },
      { id: 3, key: 'sum', ...one, value: { a: 6 } }]
    const results = await device.push(mutations)
    assert.deepEqual(results, [
      { id: 1, status: 'rejected', code: 'FORBIDDEN', message: 'this list is read-only' },
      { id: 2, status: 'retry', retryAfter: 700 }, { id: 3, status: 'accepted', version: 1 }])
    assert.deepEqual(await device.push(mutations), results)
    const [merged] = await device.push([
      { id: 4, key: 'sum', type: 'update', base: 0, hlc: stamp(5), value: { b: 6 }, fields: ['b'] }])
    assert.equal(merged.status, 'conflict')
  })

  test('what was decided is said again, whatever has happened since', async context => {
    const { device, server, token } = await serve(context, { validate: (_user, { key }) =>
      (key === 'no' ? { code: 'FORBIDDEN' } : undefined) })
    const one = { hlc: stamp(0), base: 0, type: 'create', value: { a: 1 } }
    await device.push([{ id: 1, key: 'old', ...one }])
    const mutations = [
      { id: 2, key: 'new', ...one }, { id: 3, key: 'old', ...one, base: 9 }, { id: 4, key: 'no', ...one },
      { id: 5, key: 'gone', type: 'delete', base: 3, hlc: stamp(70_000) }]
    const said = await device.push(mutations)
    assert.deepEqual(said.map(({ status }) => status), ['accepted', 'conflict', 'rejected', 'accepted'])
    assert.equal(said[3].hlc, stamp(60_000, 0))
    const other = deviceOf(server.url, token)
    await other.push([{ id: 1, key: 'new', ...one, base: 2, type: 'delete', value: undefined },
      { id: 2, key: 'old', ...one, base: 1 }, { id: 3, key: 'gone', ...one }])
    const then = await other.digest()
    assert.deepEqual(await device.push(mutations), said)
    assert.deepEqual(await device.push([...mutations].reverse()), [...said].reverse())
    const renamed = mutations.map(mutation => ({ ...mutation, key: `${mutation.key}!` }))
    const restamped = mutations.map(mutation => ({ ...mutation, hlc: stamp(1) }))
    for (const changed of [renamed, restamped]) {
      assert.deepEqual(await device.push(changed), said.map(({ id }) => ({ id, status: 'reused' })))
    }
    assert.deepEqual(await other.digest(), then)
  })

  test('a push whose answer would be too heavy is decided in parts', async context => {
    const { device } = await serve(context, { limits: { pageBytesMax: 500 } })
    const one = { type: 'create', base: 0, hlc: stamp(0), value: 'x'.repeat(300) }
    const mutations = [1, 2, 3, 4, 5].map(id => ({ ...one, id, key: `k${id}` }))
    await device.push(mutations)
    let left = mutations.map(mutation => ({ ...mutation, id: mutation.id + 10 }))
    const parts = []
    while (left.length > 0) {
      const results = await device.push(left)
      assert.deepEqual(await device.push(left), results)
      const waiting = new Set(results.filter(({ status }) => status === 'retry').map(({ id }) => id))
      assert.ok(results.every(({ status, retryAfter }) => status === 'conflict' || retryAfter === 0))
      parts.push(left.length - waiting.size)
      left = left.filter(({ id }) => waiting.has(id))
    }
    assert.deepEqual(parts, [2, 2, 1])
  })

  test('one push that comes twice at the same time is done once', async context => {
    const { device } = await serve(context)
    const mutations = Array.from({ length: 20 }, (_, i) =>
      ({ id: i + 1, key: `k${i}`, type: 'create', base: 0, hlc: stamp(i), value: i }))
    const [first, ...others] = await Promise.all(Array.from({ length: 6 }, () => device.push(mutations)))
    for (const other of others) assert.deepEqual(other, first)
    assert.match((await device.digest()).cursor, /\.20$/)
  })

  test('a stamp that is too far ahead is written down, and one that is not stays', async context => {
    const { device } = await serve(context)
    const one = { type: 'create', base: 0, value: 1 }
    assert.deepEqual(await device.push([
      { id: 1, key: 'a', ...one, hlc: stamp(60_000, 0xffff) },
      { id: 2, key: 'b', ...one, hlc: stamp(60_001, 0) },
      { id: 3, key: 'c', ...one, hlc: 'ffffffffffffffff' }]), [
      { id: 1, status: 'accepted', version: 1 },
      { id: 2, status: 'accepted', version: 2, hlc: stamp(60_000, 0) },
      { id: 3, status: 'accepted', version: 3, hlc: stamp(60_000, 0) }])
    const { rows } = await device.pull()
    assert.deepEqual(rows.map(({ hlc }) => hlc), [stamp(60_000, 0xffff), stamp(60_000, 0), stamp(60_000, 0)])
  })

  test('values and keys come back as they were sent', async context => {
    const { device } = await serve(context)
    const values = [
      null, true, 0, -1.5e-300, 1e300, '', '\0', 'a\0b', '\ud800', '\udc00\ud800', '😀', '\u2028"\\/\n',
      'NULL', '{}', [], {}, [null, [], {}], { b: 1, a: 2 }, { '': '', '\0': '\0', 1: 2, 0: 1 },
      JSON.parse('{"__proto__":{"a":1}}'),
      [[['x,y', '{"a"}', "'", ';--']]],
    ]
    const held = [...values.map(value => ({ value })), { encoded: [7, '\0"\\'] }, { sealed: '\u{10ffff}\0' }]
    const keys = ['a"b', 'a\\b', '{a,b}', "'", 'NULL', ' ', '\x01', '😀', '%', '\ufeff', 'x'.repeat(512)]
    const mutations = held.map((one, i) =>
      ({ id: i + 1, key: keys[i] ?? `k${i}`, type: 'create', base: 0, hlc: stamp(i), ...one }))
    await device.push(mutations)
    const expected = mutations.map(({ id, type, base, ...rest }) =>
      ({ ...rest, version: id, by: `${device.client}:${id}` }))
    assert.deepEqual((await device.pull()).rows, expected)
    const byKey = [...expected].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    assert.deepEqual((await device.rows(Array.from({ length: 256 }, (_, i) => i))).rows, byKey)
    const results = await device.push(mutations.map(one => ({ ...one, id: one.id + 100, base: 9999 })))
    assert.deepEqual(results.map(({ row }) => row), expected)
  })
}
