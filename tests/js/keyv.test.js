// What `ministash/keyv` does beyond Keyv's own suite, which vitest/keyv-suite.spec.js runs.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Keyv from 'keyv'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { keyvStore } from '../../js/keyv.js'
import { robust } from '../../js/robust.js'
import { folderFor } from './support/host-folder.js'
import { openAt, refused } from './support/shell.js'

/** A Keyv whose errors are noted. @param {any} store @param {object} [options] */
function noting(store, options = {}) {
  const keyv = new Keyv({ store, ...options })
  const errors = /** @type {any[]} */ ([])
  keyv.on('error', error => errors.push(error))
  return { keyv, errors }
}

test('without a serializer, values come back exactly, one by one and together', async () => {
  const { storage } = await openAt()
  const keyv = new Keyv({ store: keyvStore(storage), serialize: undefined, deserialize: undefined })
  const values = [1n, new Date(0), new Map([[NaN, new Set([-0])]]), [undefined, 'x'], new Uint8Array([1]), '']
  await keyv.setMany(values.map((value, at) => ({ key: `${at}`, value, ttl: at % 2 ? 1000 : undefined })))
  for (const [at, value] of values.entries()) assert.deepEqual(await keyv.get(`${at}`), value)
  assert.deepEqual(await keyv.getMany(values.map((_, at) => `${at}`)), values)
  const seen = []
  for await (const entry of keyv.iterator?.(undefined) ?? []) seen.push(entry)
  assert.deepEqual(seen, values.map((value, at) => [`${at}`, value]))
})

test('what was set is there after a restart, and ends with its TTL in the storage too', async context => {
  const dir = folderFor(context)
  const first = await openAt(node({ dir, durable: false }), { clock: Date.now })
  const keyv = new Keyv({ store: keyvStore(first.storage), ttl: 60_000 })
  const [a, b, c] = [{ value: 1 }, { value: 2, ttl: 1000 }, { value: 3, ttl: 0 }]
  await keyv.setMany([{ key: 'a', ...a }, { key: 'b', ...b }, { key: 'c', ...c }])
  await keyv.set('d', 4, 0.5)
  await keyv.disconnect()
  await first.stash.close()
  const next = await openAt(node({ dir, durable: false }), { clock: () => Date.now() + 2000 })
  assert.deepEqual(await next.storage.keys(), ['keyv:a', 'keyv:c'], 'what has expired is hidden without Keyv')
  assert.equal(await new Keyv({ store: keyvStore(next.storage) }).get('a'), 1)
  await next.stash.close()
})

test('entries of one TTL are one commit; a key given twice counts as its last', async () => {
  const { storage, stash } = await openAt(memory({ atomic: true }))
  const store = keyvStore(storage)
  await store.set('first', 1)
  const before = stash.hostCalls
  await store.setMany(Array.from({ length: 50 }, (_, at) => ({ key: `${at}`, value: at, ttl: 1000 })))
  assert.equal(stash.hostCalls - before, 1, 'one call commits')
  await store.setMany([{ key: 'b', value: 1 }, { key: 'a', value: 1, ttl: 5 }, { key: 'a', value: 2 }])
  const meta = await storage.getMeta('a')
  assert.deepEqual([await store.get('a'), meta?.expiresAt], [2, undefined])
  await store.setMany([{ key: 'a', value: 3, ttl: -1 }])
  assert.equal(await store.has('a'), false)
})

test('any TTL that Keyv takes is taken', async () => {
  const { storage, time } = await openAt()
  const store = keyvStore(storage)
  for (const [ttl, expiresAt] of /** @type {[any, number | undefined][]} */ ([
    [undefined, undefined], [null, undefined], [0, undefined], [Infinity, undefined], [1e300, undefined],
    [0.2, time.now + 1], [1, time.now + 1], [60_000, time.now + 60_000],
  ])) {
    assert.equal(await store.set('key', 'value', ttl), true)
    assert.equal((await storage.getMeta('key'))?.expiresAt, expiresAt, `${ttl}`)
  }
  assert.equal(await store.set('key', 'value', -5), true)
  assert.equal(await store.has('key'), false, 'what is over is not stored')
  for (const ttl of /** @type {any[]} */ ([NaN, 'soon', {}])) {
    await refused('INVALID_OPTION', () => store.set('key', 1, ttl), /ttl/)
  }
})

test('clear removes the keys of its Keyv and of nobody else', async () => {
  const { storage } = await openAt()
  const [a, ab, whole] = [{ namespace: 'a' }, { namespace: 'a:b' }, { namespace: '' }]
    .map(options => new Keyv({ store: keyvStore(storage), ...options }))
  await a.set('x', 1)
  await ab.set('x', 2)
  await storage.set('theirs', 3)
  await storage.namespace('a').set('x', 4)
  // The keys of `a:b` begin as those of `a` do: Keyv's own words, and so are its namespaces.
  await ab.clear()
  assert.deepEqual(await storage.keys(), ['a:x', 'theirs'])
  await a.clear()
  assert.deepEqual(await storage.keys(), ['theirs'])
  await whole.clear()
  assert.deepEqual([await storage.keys(), await storage.namespace('a').keys()], [[], ['x']])
})

test('clear and the iterator take more keys than they hold at once', async () => {
  const { storage } = await openAt()
  const keyv = new Keyv({ store: keyvStore(storage) })
  const entries = Array.from({ length: 600 }, (_, at) => ({ key: `${at}`, value: at }))
  await keyv.setMany(entries)
  await storage.set('other', 1)
  const seen = new Map()
  for await (const [key, value] of keyv.iterator?.(undefined) ?? []) seen.set(key, value)
  assert.deepEqual([...seen].sort(), entries.map(({ key, value }) => [key, value]).sort())
  await keyv.clear()
  assert.deepEqual(await storage.keys(), ['other'])
})

test('a store shared by two Keyvs clears nothing, for it cannot know whose keys are meant', async () => {
  const { storage } = await openAt()
  const store = keyvStore(storage)
  const [one, two] = ['one', 'two'].map(namespace => noting(store, { namespace }))
  await one.keyv.set('x', 1)
  await two.keyv.set('x', 2)
  await one.keyv.clear()
  assert.match(String(one.errors[0]?.message), /make a keyvStore for each/)
  assert.equal(one.errors[0].code, 'INVALID_OPTION')
  assert.deepEqual([await one.keyv.get('x'), await two.keyv.get('x')], [1, 2])
})

test('a key that clear would not find again is refused', async () => {
  const { storage } = await openAt()
  const { keyv, errors } = noting(keyvStore(storage), { useKeyPrefix: false })
  assert.equal(await keyv.set('x', 1), false)
  assert.deepEqual([errors[0].code, errors[0].key], ['INVALID_KEY', 'x'])
  assert.deepEqual(await keyv.setMany([{ key: 'x', value: 1 }]), [false])
  const bare = noting(keyvStore(storage), { useKeyPrefix: false, namespace: undefined })
  assert.equal(await bare.keyv.set('x', 1), true)
  await bare.keyv.clear()
  assert.deepEqual([bare.errors, await storage.keys()], [[], []])
})

test('failures are typed, and a get that Keyv would drop is told', async () => {
  const { storage, stash } = await openAt()
  const store = keyvStore(storage)
  const { keyv, errors } = noting(store, { serialize: undefined })
  assert.equal(await keyv.set('run', { act() {} }), false)
  assert.deepEqual([errors[0].code, errors[0].path], ['INVALID_VALUE', '$.value.act'])
  for (const act of [() => store.set(/** @type {any} */ (7), 1), () => store.get(''),
    () => store.delete('x'.repeat(1025)), () => store.hasMany(/** @type {any} */ ([7]))]) {
    await refused('INVALID_KEY', act)
  }
  await refused('INVALID_OPTION', () => store.setMany(/** @type {any} */ ('ab')), /entries/)
  await stash.close()
  errors.length = 0
  assert.equal(await keyv.get('x'), undefined)
  assert.deepEqual(errors.map(({ code }) => code), ['CLOSED'])
  await assert.rejects(() => noting(store, { throwOnErrors: true }).keyv.get('x'), { code: 'CLOSED' })
})

test('only a storage is taken', async () => {
  const { stash, storage } = await openAt()
  for (const wrong of /** @type {any[]} */ ([undefined, null, 'storage', new Map(), stash, {}])) {
    assert.throws(() => keyvStore(wrong), { code: 'INVALID_OPTION', name: 'StorageError' })
  }
  // A forgiving face would hide from Keyv what went wrong; the types refuse it.
  // @ts-expect-error it is no storage
  void (() => keyvStore(robust(storage)))
  /** @type {import('keyv').KeyvStoreAdapter} */
  const adapter = keyvStore(storage)
  assert.equal(typeof adapter.get, 'function')
})
