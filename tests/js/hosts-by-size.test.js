// The host that joins two by the size of values: contracts, kills and refusals, and where values lie.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bySize } from '../../js/hosts/by-size.js'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { pack, unpack } from '../../js/hosts/packed.js'
import { BY_SIZE_KINDS } from './support/by-size-kinds.js'
import { hostContract } from './support/host-contract.js'
import { valuesOn } from './support/mini-values.js'
import { openAt, refused } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'
import { CHANGES, cuts, enumerate, refusals } from './support/wechat-crash.js'

/** @import { DeferredStorage } from './support/shell.js' */

const LARGE = 'large'.repeat(300)

/**
 * Values that move from one host to the other and back.
 * @type {Record<string, (storage: DeferredStorage) => any>}
 */
const MOVES = {
  'a small value made large': storage => storage.set('a', LARGE),
  'a large value made small': storage => storage.set('large', 'small'),
  'a large value removed': storage => storage.remove('large'),
  'both ways in one commit': storage => storage.setMany({ a: LARGE, large: 'small', b: 'new' }),
  'both ways in a namespace': storage => storage.namespace('n').setMany({ a: LARGE, z: LARGE }),
}

/** @type {readonly [small: any, large: any][]} */
const PAIRS = [
  [{ holds: 'text' }, { holds: 'text' }], [{ holds: 'native' }, { holds: 'bytes' }],
  [{ holds: 'text', batch: false }, { holds: 'bytes' }], [{ holds: 'bytes' }, { holds: 'bytes' }],
  [{ holds: 'native' }, { holds: 'native', immediate: false }],
  [{ holds: 'native', immediate: false }, { holds: 'bytes', immediate: false }],
]

for (const [small, large] of PAIRS) {
  const isImmediate = small.immediate !== false && large.immediate !== false
  const words = `memory by size, ${isImmediate ? 'immediate' : 'deferred'}, ${small.holds} and ${large.holds}`
  const make = () => bySize({ small: memory(small), large: memory(large), from: 100 })
  hostContract(words, make, { hasLimits: false })
  storageContract(words, make, { hasLimits: false, isImmediate })
}

for (const kind of BY_SIZE_KINDS) {
  const make = () => kind.host(kind.make().mini)
  hostContract(kind.name, make, { hasLimits: false })
  storageContract(kind.name, make, { hasLimits: false, isImmediate: !kind.deferred })
  valuesOn(kind)
}

for (const kind of BY_SIZE_KINDS) {
  describe(`killed and refused on ${kind.name}`, () => {
    for (const [change, act] of Object.entries({ ...CHANGES, ...MOVES })) {
      test(`${change}: at each call, all or nothing is found`, async t => {
        const counts = [await enumerate(kind, act, cuts), await enumerate(kind, act, refusals)]
        t.diagnostic(`${counts.join(' cuts, ')} refusals`)
      })
    }
  })
}

/** What lies where. @param {any} double */
const places = double => ({
  small: [...double.kv.disk.keys()].filter(key => !key.startsWith('~ms~')).sort(),
  large: [...double.fs.files.keys()].map(path => path.slice(path.lastIndexOf('/') + 1)).sort(),
})

const [ONE] = BY_SIZE_KINDS
assert.ok(ONE)

test('a value lies in one place, by its size; half as large it stays', async () => {
  const double = ONE.make()
  const { stash, storage } = await openAt(ONE.host(double.mini))
  await storage.set('key', 'small')
  assert.deepEqual(places(double), { small: ['key'], large: [] })
  await storage.set('key', 'x'.repeat(500))
  assert.deepEqual(places(double), { small: [], large: ['key.record'] })
  await storage.set('key', 'x'.repeat(250))
  assert.deepEqual(places(double), { small: [], large: ['key.record'] })
  await storage.set('key', 'x'.repeat(100))
  assert.deepEqual(places(double), { small: ['key'], large: [] })
  assert.deepEqual(await storage.get('key'), 'x'.repeat(100))
  await stash.close()
})

test('where one has no room left, the other takes it', async () => {
  const double = ONE.make({ totalLimit: 3000, filesLimit: 6000 })
  const { stash, storage } = await openAt(ONE.host(double.mini))
  for (let at = 0; at < 12; at += 1) await storage.set(`small ${at}`, 'x'.repeat(300))
  assert.ok(places(double).large.length > 0, 'small values lie in files')
  for (let at = 0; at < 12; at += 1) assert.equal(await storage.get(`small ${at}`), 'x'.repeat(300))
  await refused('QUOTA_EXCEEDED', () => storage.set('all', 'x'.repeat(9000)))
  await stash.close()

  const other = ONE.make({ filesLimit: 900 })
  const { stash: second, storage: store } = await openAt(ONE.host(other.mini))
  await store.set('one', 'x'.repeat(500))
  await store.set('two', 'x'.repeat(500))
  assert.deepEqual(places(other), { small: ['two'], large: ['one.record'] })
  assert.deepEqual(await store.getMany(['one', 'two']), ['x'.repeat(500), 'x'.repeat(500)])
  await second.close()
})

test('what old code writes beside a file counts, also an empty text, which is nothing', async () => {
  const double = ONE.make()
  const { stash, storage } = await openAt(ONE.host(double.mini))
  await storage.setMany({ a: LARGE, b: LARGE })
  double.mini.setStorageSync('a', 'theirs')
  double.mini.setStorageSync('b', '')
  assert.deepEqual(await storage.getMany(['a', 'b']), ['theirs', LARGE])
  await stash.close()
  const again = await openAt(ONE.host(double.mini))
  assert.deepEqual(await again.storage.getMany(['a', 'b']), ['theirs', LARGE])
  assert.deepEqual(places(double).large, ['b.record'], 'the copy that does not count is gone')
  await again.stash.close()
})

test('a torn file is CORRUPT, whatever lies in it', async () => {
  const values = [LARGE, { list: [LARGE] }, [LARGE, 1]]
  for (const value of values) {
    for (const options of [{}, { ttl: /** @type {const} */ ('1d') }]) {
      for (const cut of [0, 20, 60, 300, 1200]) {
        const double = ONE.make()
        const first = await openAt(ONE.host(double.mini))
        await first.storage.set('key', value, options)
        await first.stash.close()
        const path = 'wxfile://usr/ministash-records/key.record'
        const whole = double.fs.files.get(path)
        assert.ok(whole)
        // Cut off, and of its full length with zeros in it.
        const zeros = whole.slice()
        zeros.fill(0, cut, cut + 50)
        for (const torn of [whole.slice(0, cut), zeros]) {
          double.fs.files.set(path, torn)
          const { stash, storage } = await openAt(ONE.host(double.mini))
          // The line before the data is not part of them.
          const found = await storage.get('key').catch(error => error.code)
          assert.ok(found === 'CORRUPT' || (torn === zeros && cut < 20), `${cut}: ${JSON.stringify(found)}`)
          await stash.close()
        }
      }
    }
  }
})

test('data are packed so that nothing else is unpacked', () => {
  for (const data of ['text', '中🎉', '', '~', '~ms~', '~ms~1v', 0, null, true, [1], { a: '键' }]) {
    const bytes = pack(data)
    assert.deepEqual(unpack(bytes), data)
    if (typeof data === 'string' && data.startsWith('~ms~')) continue
    for (let at = 0; at < bytes.length; at += 1) {
      const spoilt = bytes.slice()
      spoilt[at] = Number(spoilt[at]) ^ 1
      assert.equal(unpack(spoilt), '~ms~', `${JSON.stringify(data)} with another byte ${at}`)
      assert.equal(unpack(bytes.slice(0, at)), '~ms~')
    }
  }
})

test('each verb makes as few calls as it did', async () => {
  const double = ONE.make()
  const first = await openAt(ONE.host(double.mini))
  const space = first.storage.namespace('n')
  await space.setMany({ large: LARGE, small: 1 })
  await first.storage.set('large', LARGE)
  await first.stash.close()
  const { stash, storage } = await openAt(ONE.host(double.mini))
  /** @type {[act: (storage: DeferredStorage) => Promise<unknown>, calls: string, where: any][]} */
  const verbs = [
    [where => where.get('large'), 'readFileSync', storage.namespace('n')],
    [where => where.set('large', `${LARGE}!`), 'writeFileSync renameSync', storage.namespace('n')],
    [where => where.get('small'), 'getStorageSync', storage.namespace('n')],
    // Old code may have written there.
    [where => where.get('large'), 'getStorageSync readFileSync', storage],
  ]
  for (const [act, calls, where] of verbs) {
    double.expect()
    await act(where)
    assert.equal(double.calls.map(({ api }) => api).join(' '), calls)
  }
  await stash.close()
})

test('wrong hosts are told', () => {
  const [small, large] = [memory(), memory()]
  for (const options of [undefined, {}, { small }, { small, large: small }, { small, large, from: 0 },
    { small, large, from: 1.5 }, { small, large, extra: 1 }, { small, large: { ...large, exclusive: false } },
    { small, large: { ...large, lists: false } }, { small: memory({ holds: 'bytes' }), large },
    { small, large: memory({ holds: 'native' }) }]) {
    assert.throws(() => bySize(/** @type {any} */ (options)), { code: 'INVALID_OPTION' })
  }
})

test('both hosts are closed when one cannot be opened', async () => {
  const [small, large] = [memory(), memory()]
  await large.open?.()
  await assert.rejects(async () => bySize({ small, large }).open?.(), { fault: 'BUSY' })
  await small.open?.()
})

test('room, limits and the members of the place are those of both', async context => {
  const dir = `${process.env.TMPDIR ?? '/tmp'}/ministash-by-size-${process.pid}`
  const { rmSync } = await import('node:fs')
  context.after(() => rmSync(dir, { recursive: true, force: true }))
  const small = memory({ holds: 'bytes', totalBytes: 1000, entryBytes: 500 })
  const host = bySize({ small, large: node({ dir, totalBytes: 9000, entryBytes: 5000 }), from: 300 })
  assert.deepEqual(host.limits, { entryBytes: 4983, totalBytes: 10_000 })
  await host.open?.()
  host.write('a', new Uint8Array(100))
  host.write('b', new Uint8Array(400))
  assert.deepEqual(host.info?.(), { usedBytes: 502, limitBytes: 10_000 })
  assert.deepEqual(host.list('').sort(), ['a', 'b'])
  await host.close?.()
})
