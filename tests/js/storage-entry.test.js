// `ministash/storage` opens what `ministash` stored: values are read and written, what is sealed is refused
// by its code and stays, and what the features keep is as they left it. Both have a core of their own.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { StorageError, memory, open as openWhole } from '../../js/index.js'
import { CORE_FILES } from '../../js/load/core-files.js'
import { importGlue, startCore } from '../../js/load/core.js'
import { withPlain } from '../../js/load/plain.js'
import { STORAGE_FILES } from '../../js/load/storage-files.js'
import { plain } from '../../js/plain.js'
import * as storageEntry from '../../js/storage.js'
import { plain as storagePlain } from '../../js/storage-plain.js'
import { cutAt, faulty } from '../../js/testing/faulty.js'
import { PowerCut } from '../../js/testing/power-cut.js'
import { refused } from './support/shell.js'
import { contentsOf } from './support/storage-hosts.js'
import { MemoryServer } from './support/sync-memory-server.js'

const openSmall = storageEntry.open
const NOW = 1_800_000_000_000
const time = { now: NOW }
const settings = { clock: () => time.now }
const secret = new Uint8Array(32).fill(5)
const LARGE = 'ab中'.repeat(1500)

/** @type {import('../../js/index.js').UploadOptions['transport']} */
const never = /** @type {any} */ ({ name: 'never', accepts: () => true, send: () => new Promise(() => {}) })

/** @param {any} host @param {object} [options] */
const openAll = (host, options) => openWhole({
  host, ...settings, secret, cache: { persist: { delay: '1h' } },
  sync: { transport: new MemoryServer().transport() }, ...options,
})

/** @param {any} host @returns {Promise<any>} */
const openStorage = host => openSmall({ host, ...settings })

/** Stores with every feature. @param {any} host */
async function fill(host) {
  const stash = await openAll(host)
  const { storage } = stash
  await storage.setMany({ user: { name: '小明' }, large: LARGE })
  await storage.set('brief', [1n, NaN], { ttl: '1d' })
  await storage.set('sealed', { token: 'abc' }, { encrypt: true })
  await storage.set('sealed large', LARGE, { encrypt: true, pad: true })
  await storage.set('sealed brief', 1, { encrypt: true, ttl: '1s' })
  await storage.namespace('diary', { hideKeys: true }).set('monday', LARGE)
  stash.cache.set('profile', { id: 7 }, { ttl: '1h' })
  await stash.sync.addPendingChange({ type: 'create', key: 'change', data: { a: 1 } })
  await stash.close()
}

/** What the whole one finds of it. @param {any} host */
async function assertWhole(host) {
  const stash = await openAll(host)
  const { storage } = stash
  assert.deepEqual(await storage.getMany(['user', 'large', 'brief', 'sealed', 'sealed large']),
    [{ name: '小明' }, LARGE, [1n, NaN], { token: 'abc' }, LARGE])
  assert.equal(await storage.namespace('diary', { hideKeys: true }).get('monday'), LARGE)
  assert.deepEqual(await stash.cache.find('profile'), { id: 7 })
  assert.equal(stash.sync.status.pending, 1)
  assert.deepEqual(await storage.get('change'), { a: 1 })
  await stash.close()
}

const KINDS = /** @type {const} */ (['text', 'bytes', 'native']).flatMap(holds =>
  [true, false].flatMap(immediate =>
    [true, false].map(atomic => ({ holds, immediate, atomic, entryBytes: 2000 }))))

describe('what the whole one stored', () => {
  for (const kind of KINDS) {
    const name = `${kind.holds}, ${kind.immediate ? 'immediate' : 'deferred'}${kind.atomic ? ', atomic' : ''}`
    test(`is read, and what is sealed is refused and stays: ${name}`, async () => {
      const host = memory(kind)
      await fill(host)
      const before = await contentsOf(host)
      const stash = await openStorage(host)
      const { storage } = stash
      assert.deepEqual(await storage.getMany(['user', 'large', 'brief']), [{ name: '小明' }, LARGE, [1n, NaN]])
      for (const key of ['sealed', 'sealed large', 'sealed brief']) {
        const verbs = [
          () => storage.get(key), () => storage.getMany(['user', key]), () => storage.getMeta(key),
          () => storage.set(key, 1), () => storage.setMany({ user: 0, [key]: 1 }),
          () => storage.update(key, () => 1), () => storage.increment(key),
          () => storage.touch(key, { ttl: '1d' }),
        ]
        for (const verb of verbs) await refused('UNSUPPORTED', verb, /sealed/)
        assert.equal(await storage.has(key), true)
      }
      assert.deepEqual(await storage.keys(),
        ['brief', 'change', 'large', 'sealed', 'sealed brief', 'sealed large', 'user'])
      await refused('UNSUPPORTED', () => storage.entries(), /sealed/)
      assert.deepEqual(await storage.namespace('diary').keys(), [])
      assert.equal(await storage.namespace('diary').clear(), 0)
      // What has expired and cannot be read may be wanted back; its parts stay with it.
      time.now += 60_000
      await storage.cleanup()
      await stash.close()
      assert.deepEqual(await contentsOf(host), before)
      await assertWhole(host)
      time.now = NOW
    })
  }

  test('is replaced and removed if that is said', async () => {
    const host = memory({ holds: 'native', entryBytes: 2000 })
    await fill(host)
    const stash = await openStorage(host)
    await stash.storage.set('sealed large', 'plain', { overwrite: true })
    assert.equal(await stash.storage.remove('sealed'), true)
    assert.equal(await stash.storage.get('sealed large'), 'plain')
    await stash.storage.cleanup()
    await stash.close()
    const again = await openAll(host)
    assert.deepEqual(await again.storage.getMany(['sealed large', 'sealed']), ['plain', undefined])
    await again.close()
  })
})

describe('a commit of the whole one that was cut off', () => {
  for (const holds of /** @type {const} */ (['text', 'native'])) {
    test(`is finished, or never was, wherever the power went: ${holds}`, async () => {
      let cuts = 0
      for (let call = 1; ; call += 1) {
        const inner = memory({ holds, entryBytes: 2000 })
        const first = await openAll(inner)
        await first.storage.set('sealed', LARGE, { encrypt: true })
        await first.close()
        const { host, expect } = faulty(inner)
        const stash = await openAll(host)
        expect(cutAt(call))
        const change = { sealed: 'new', plain: LARGE, more: [1] }
        const isCut = await stash.storage.setMany(change, { encrypt: true }).then(() => false, error => {
          assert.ok(error instanceof PowerCut || error instanceof StorageError)
          return true
        })
        await stash.close().catch(() => {})
        if (!isCut) break
        cuts += 1
        const small = await openStorage(inner)
        await refused('UNSUPPORTED', () => small.storage.get('sealed'), /sealed/)
        const isThere = await small.storage.has('plain')
        assert.equal(await small.storage.has('more'), isThere)
        await small.storage.cleanup()
        await small.close()
        const again = await openAll(inner)
        assert.deepEqual(await again.storage.getMany(['sealed', 'plain', 'more']),
          isThere ? ['new', LARGE, [1]] : [LARGE, undefined, undefined], `cut at call ${call}`)
        await again.close()
      }
      assert.ok(cuts >= 6, `${cuts} cuts`)
    })
  }
})

describe('what it has not', () => {
  test('is refused by its name', async () => {
    const options = { secret, cache: {}, http: {}, uploads: { transport: never }, sync: { transport: {} } }
    for (const [name, value] of Object.entries(options)) {
      await refused('UNSUPPORTED', () => openSmall(/** @type {any} */ ({ host: memory(), [name]: value })),
        new RegExp(`^the option ${name} is not part of ministash/storage: .* import open from ministash`))
    }
    const { storage } = await openSmall({ host: memory() })
    await refused('UNSUPPORTED', () => storage.set('a', 1, { encrypt: true }), /sealed/)
    const [sealing, hiding] = [{ encrypt: true }, { hideKeys: true }].map(how => storage.namespace('n', how))
    await refused('UNSUPPORTED', () => sealing?.set('a', 1), /sealed/)
    await refused('UNSUPPORTED', () => hiding?.get('a'), /sealed/)
    assert.deepEqual(await storage.keys(), [])
  })

  test('no member says otherwise', async () => {
    const stash = /** @type {any} */ (await openSmall({ host: memory() }))
    const members = ['secure', 'cache', 'createCache', 'http', 'uploads', 'sync']
    for (const name of members) assert.equal(stash[name], undefined)
    await stash.close()
  })
})

describe('the two cores', () => {
  const bytesOf = (/** @type {string} */ name) => readFileSync(new URL(`../../js/core/${name}`, import.meta.url))

  test('live in one process, and errors of both are known to both', async () => {
    const [whole, small] = [await openWhole({ host: memory() }), await openSmall({ host: memory() })]
    whole.storage.setSync('a', 'whole')
    small.storage.setSync('a', 'small')
    assert.deepEqual([whole.storage.getSync('a'), small.storage.getSync('a')], ['whole', 'small'])
    const error = await small.storage.set('', 1).catch((/** @type {unknown} */ thrown) => thrown)
    assert.ok(error instanceof StorageError)
    await whole.close()
    assert.equal(small.storage.getSync('a'), 'small')
    await small.close()
  })

  const files = [[CORE_FILES, STORAGE_FILES, storagePlain], [STORAGE_FILES, CORE_FILES, plain]]
  for (const [own, other, otherPlain] of /** @type {[any, any, any][]} */ (files)) {
    test(`${own.small} and ${other.small} are not taken for one another`, async () => {
      const glue = await importGlue(own)
      for (const name of [other.small, other.fast]) {
        await refused('CORE_UNAVAILABLE', () => startCore(glue, bytesOf(name)), /core of another entry/)
      }
      const load = withPlain({
        hasWebAssembly: () => false, load: async () => { throw new StorageError('CORE_UNAVAILABLE', 'none') },
        glue: async () => glue, findPlain: async () => otherPlain,
      })
      await refused('CORE_UNAVAILABLE', () => load(), /nor is there one in plain.* core of another entry/)
    })
  }

  test('of storage, the small one and the fast one are one door', async () => {
    const named = (/** @type {{ name: string, kind: string }[]} */ all) =>
      all.map(({ name, kind }) => `${kind} ${name}`).sort()
    const [small, fast] = await Promise.all([STORAGE_FILES.small, STORAGE_FILES.fast].map(async name => {
      const module = await WebAssembly.compile(bytesOf(name))
      const { exports, imports } = WebAssembly.Module
      return [named(imports(module)), named(exports(module))]
    }))
    assert.deepEqual(fast, small)
    assert.ok(bytesOf(STORAGE_FILES.fast).length < bytesOf(CORE_FILES.small).length)
  })
})

test('it exports what ministash does, but for the transports of features', async () => {
  const whole = Object.keys(await import('../../js/index.js'))
  const features = ['cloud', 'custom', 'form', 'tus', 'cloudDatabase', 'guideRest', 'rest']
  assert.deepEqual(Object.keys(storageEntry).sort(), whole.filter(name => !features.includes(name)).sort())
})
