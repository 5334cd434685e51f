// @ts-check
/** What a device pulls: pages, cursors, tombstones that go, the digest, and what is thrown away. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { renewEpochs } from '../../../examples/sync-server/accounts.js'
import { LIMITS } from '../../../examples/sync-server/limits.js'
import { purge } from '../../../examples/sync-server/purge.js'
import { stamp, T0 } from './sync-served.js'

/** @import { Serve } from './sync-served.js' */

/** @param {Serve} serve */
export function feedSuite(serve) {
  test('pages follow the feed while it changes, each row once a turn', async context => {
    const { device } = await serve(context, { limits: { pageBytesMax: 400 } })
    for (let i = 0; i < 40; i += 1) {
      await device.push([{ id: i + 1, key: `k${i}`, type: 'create', base: 0, hlc: stamp(i),
        value: i % 10 === 0 ? 'x'.repeat(500) : i }])
    }
    const seen = new Map()
    let cursor = ''
    let pages = 0
    for (let more = true; more; pages += 1) {
      const page = await device.pull(cursor, 3)
      assert.ok(page.rows.length <= 3 && (page.rows.length > 0 || !page.more))
      // What is big comes alone, or last.
      assert.ok(page.rows.slice(0, -1).every(({ value }) => String(value).length < 500))
      let at = Number(/\.(\d+)/.exec(cursor)?.[1] ?? 0)
      for (const row of page.rows) {
        assert.ok(row.version > at)
        at = row.version
        seen.set(row.key, row.version)
      }
      // Two rows that were given already move behind the cursor, until all have.
      if (pages < 10) {
        await device.push([pages * 2, pages * 2 + 1].map(i =>
          ({ id: 100 + i, key: `k${i}`, type: 'update', base: i + 1, hlc: stamp(100), value: 'again' })))
      }
      ;({ cursor, more } = page)
    }
    const whole = await device.pullAll()
    assert.deepEqual([...seen].sort(), whole.rows.map(({ key, version }) => [key, version]).sort())
    assert.equal(cursor, whole.cursor)
    assert.deepEqual((await device.pull(cursor)).rows, [])
    assert.equal((await device.pull(cursor)).cursor, (await device.digest()).cursor)
  })

  test('more is true exactly if there is more', async context => {
    const { device } = await serve(context)
    assert.deepEqual([(await device.pull()).rows, (await device.pull()).more], [[], false])
    await device.push([1, 2, 3].map(id =>
      ({ id, key: `k${id}`, type: 'create', base: 0, hlc: stamp(0), value: id })))
    for (const limit of [1, 2, 3, 4]) {
      const page = await device.pull('', limit)
      assert.deepEqual([page.rows.length, page.more], [Math.min(limit, 3), limit < 3])
    }
  })

  test('a cursor that is not known is answered with a reset', async context => {
    const { device, database } = await serve(context)
    await device.push([{ id: 1, key: 'a', type: 'create', base: 0, hlc: stamp(0), value: 1 }])
    const { cursor } = await device.pull()
    const [epoch] = cursor.split('.')
    const unknown = [
      'x', `${epoch}`, `${epoch}.`, `${epoch}.-1`, `${epoch}.2`, `${epoch}.0.2`, 'abcdefabcdef.1',
      `${epoch}.99999999999999999999`, `${epoch}.1.1.1`, `${epoch}.1 `, `\0`, 'x'.repeat(5000),
    ]
    for (const text of unknown) {
      const { body } = await device.ask('GET', `/pull?cursor=${encodeURIComponent(text)}`)
      assert.deepEqual(body, { now: T0, reset: true }, text)
    }
    assert.equal((await device.pull(cursor)).more, false)
    // A backup was brought back.
    await renewEpochs(database)
    assert.equal((await device.pull(cursor)).reset, true)
    assert.equal((await device.pull()).rows.length, 1)
  })

  test('old tombstones go, and only those who may have missed one begin anew', async context => {
    const { device, database } = await serve(context)
    await device.push([1, 2, 3, 4, 5, 6].map(id =>
      ({ id, key: `k${id}`, type: 'create', base: 0, hlc: stamp(0), value: id })))
    const early = await device.pull('', 1000)
    // One that is on its way from the beginning while rows go.
    const begun = await device.pull('', 2)
    await device.push([{ id: 7, key: 'k1', type: 'delete', base: 1, hlc: stamp(1) },
      { id: 8, key: 'k4', type: 'delete', base: 4, hlc: stamp(1) }])
    const late = await device.pull(early.cursor)
    assert.deepEqual(late.rows.map(({ key, deleted }) => [key, deleted]), [['k1', true], ['k4', true]])
    const fresh = await device.pull('', 2)
    assert.deepEqual(fresh.rows.map(({ key }) => key), ['k2', 'k3'])

    const afterwards = T0 + LIMITS.tombstonesKeptMs
    await purge(database, afterwards, LIMITS)
    assert.equal((await device.pull(early.cursor)).rows.length, 2, 'they are not old enough')
    const before2 = await device.digest()
    await purge(database, afterwards + 1, LIMITS)
    assert.equal((await device.pull(early.cursor)).reset, true)
    assert.equal((await device.pull(begun.cursor)).reset, true, 'it was given k1 before it was deleted')
    assert.deepEqual((await device.pull(late.cursor)).rows, [])
    // It began after they were deleted, so it has missed nothing, although its place is before them.
    assert.deepEqual((await device.pullAll(fresh.cursor, 1)).rows.map(({ key }) => key), ['k5', 'k6'])
    assert.deepEqual((await device.pullAll('', 1)).rows.map(({ key }) => key), ['k2', 'k3', 'k5', 'k6'])
    assert.deepEqual(await device.digest(), before2)
    assert.equal((await device.pullAll('', 1)).cursor, before2.cursor)
  })

  test('the digest is what anybody computes from the rows', async context => {
    const { device } = await serve(context)
    const sum = () => Math.floor(Math.random() * 400)
    let id = 0
    for (let round = 0; round < 5; round += 1) {
      const keys = [...new Set(Array.from({ length: 150 }, () => `键 ${sum()}`))]
      const rows = new Map((await device.pullAll()).rows.map(row => [row.key, row.version]))
      await device.push(keys.map(key => ({ id: id += 1, key, hlc: stamp(round), base: rows.get(key) ?? 0,
        ...(Math.random() < 0.3 ? { type: 'delete' } : { type: 'update', value: round }) })))
    }
    const { rows, cursor } = await device.pullAll()
    /** @type {Map<number, [number, bigint]>} */
    const expected = new Map()
    for (const { key, version } of rows) {
      const bucket = parseInt(createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 2), 16)
      const mark = BigInt(`0x${createHash('sha256').update(`${key}\n${version}`).digest('hex').slice(0, 12)}`)
      const [count, total] = expected.get(bucket) ?? [0, 0n]
      expected.set(bucket, [count + 1, (total + mark) % (1n << 48n)])
    }
    const digest = await device.digest()
    assert.equal(digest.cursor, cursor)
    assert.deepEqual(digest.buckets, [...expected].sort(([a], [b]) => a - b)
      .map(([bucket, [count, total]]) => [bucket, count, Number(total)]))

    const asked = digest.buckets.slice(0, 7).map(([bucket]) => bucket)
    const wanted = rows.filter(({ key }) => asked.includes(createHash('sha256').update(key).digest()[0]))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    const got = []
    let last = ''
    for (let more = true; more;) {
      const page = await device.rows(asked, last, 2)
      assert.equal(page.cursor, cursor)
      got.push(...page.rows)
      last = page.rows.at(-1)?.key ?? ''
      more = page.more
    }
    assert.deepEqual(got, wanted)
  })

  test('decisions go when they are old, but for those of the last two pushes of a client', async context => {
    const { device, database } = await serve(context)
    const one = { key: 'k', type: 'update', base: 9, hlc: stamp(0), value: 1 }
    await device.push([{ ...one, id: 1 }])
    await device.push([{ ...one, id: 2, base: 0 }, { ...one, id: 3, key: 'l' }])
    await device.push([{ ...one, id: 4 }])
    await purge(database, T0 + LIMITS.decisionsKeptMs, LIMITS)
    const said = await device.push([{ ...one, id: 1 }])
    assert.equal(said[0].row.version, 0, 'it is not old enough')
    await purge(database, T0 + LIMITS.decisionsKeptMs + 1, LIMITS)
    const [again] = await device.push([{ ...one, id: 2, base: 0 }])
    assert.deepEqual(again, { id: 2, status: 'accepted', version: 1 })
    const [forgotten] = await device.push([{ ...one, id: 1 }])
    assert.equal(forgotten.row.version, 1)
  })
}
