// @ts-check
/** What the encrypted storage promises whoever uses it, on hosts of every kind. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { HOSTS } from './support/storage-hosts.js'
import { openAt, refused } from './support/shell.js'

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index)
const OTHER = Uint8Array.from({ length: 32 }, (_, index) => 99 - index)
const PASSPHRASE = { passphrase: 'correct horse battery staple', derivation: /** @type {const} */ ('pbkdf2') }
/** The keyset must fit into one entry. */
const WIDE = { entryBytes: 4096 }

/** One host of each kind is enough for what every kind must do. */
const SOME = HOSTS.filter(({ name }) => !name.includes('atomic') && !name.includes('splitting'))

for (const kind of SOME) {
  describe(kind.name, () => {
    test('everything of the storage works on encrypted values', async context => {
      const host = kind.make(context)
      const { stash, storage, time } = await openAt(host, { secret: SECRET })
      /** @type {string[]} */
      const events = []
      storage.watch({ prefix: '' }, ({ type, key }) => { events.push(`${type} ${key}`) })
      await storage.set('a', { token: 'abc123' }, { encrypt: true, ttl: '1h' })
      await storage.setMany({ b: 1, c: 'zwei'.repeat(2000) }, { encrypt: true, compress: true })
      assert.deepEqual(await storage.getMany(['a', 'b', 'c', 'none']),
        [{ token: 'abc123' }, 1, 'zwei'.repeat(2000), undefined])
      assert.equal(await storage.increment('b', 4), 5)
      assert.equal(await storage.update('b', number => number * 2, { ttl: '2h' }), 10)
      assert.equal((await storage.getMeta('b'))?.encrypted, true, 'an update keeps it encrypted')
      assert.equal((await storage.getMeta('b'))?.compressed, false)
      assert.deepEqual(await storage.keys(), ['a', 'b', 'c'])
      assert.equal(await storage.touch('a', { ttl: '3h' }), true)
      time.now += 2.5 * 3600_000
      assert.deepEqual((await storage.entries()).map(([key]) => key), ['a', 'c'])
      assert.equal(await storage.has('b'), false)
      assert.equal(await storage.willFit('d', 'x'.repeat(1000)), true)
      const { version } = /** @type {any} */ (await storage.getMeta('a'))
      await storage.set('a', 2, { encrypt: true, ifVersion: version })
      await refused('CONFLICT', () => storage.set('a', 3, { encrypt: true, ifVersion: version }))
      assert.equal(await stash.secure.getSecure('a'), 2)
      assert.equal(await storage.remove('a'), true)
      assert.deepEqual(events.slice(0, 5), ['set a', 'set b', 'set c', 'set b', 'set b'])
      assert.ok(events.includes('remove a'))
      await stash.close()
    })

    test('five states have five answers, and none of them deletes', async context => {
      const host = kind.make(context)
      const first = await openAt(host, { secret: SECRET })
      await first.stash.secure.setSecure('a', { token: 'abc123' })
      assert.equal(await first.stash.secure.getSecure('none', 'default'), 'default')
      await first.stash.close()

      await refused('WRONG_SECRET', () => openAt(host, { secret: OTHER }))
      const { stash, storage } = await openAt(host)
      assert.equal(stash.secure.isUnlocked, false)
      await refused('LOCKED', () => stash.secure.getSecure('a'))
      await refused('LOCKED', () => storage.get('a'))
      await refused('LOCKED', () => storage.set('a', 'plain'))
      await refused('LOCKED', () => stash.secure.setSecure('b', 1))
      assert.equal(await storage.has('a'), true)
      assert.equal((await storage.getMeta('a'))?.encrypted, true)
      await refused('WRONG_SECRET', () => stash.secure.unlock(OTHER))
      await refused('WRONG_SECRET', () => stash.secure.unlock('a passphrase'))
      await stash.secure.unlock(SECRET)
      assert.deepEqual(await stash.secure.getSecure('a'), { token: 'abc123' })
      await storage.set('plain', 1)
      await refused('CORRUPT', () => stash.secure.getSecure('plain'), /not sealed/)
      await stash.secure.lock()
      await refused('LOCKED', () => stash.secure.getSecure('a'))
      await storage.set('a', 'plain', { overwrite: true })
      assert.equal(await storage.get('a'), 'plain')
      await stash.close()
    })

    test('names are hidden, listed, and found again', async context => {
      const host = kind.make(context)
      const { stash, storage } = await openAt(host, { secret: SECRET })
      const room = storage.namespace('room', { hideKeys: true, pad: true })
      assert.equal(await room.get('none', 'default'), 'default')
      assert.deepEqual(await room.keys(), [])
      await room.setMany({ 'diary/1': 'one', 'diary/2': 'two', other: 'three' })
      assert.deepEqual(await room.keys({ prefix: 'diary/', reverse: true }), ['diary/2', 'diary/1'])
      assert.deepEqual(await room.entries({ limit: 1 }), [['diary/1', 'one']])
      assert.equal(await room.has('other'), true)
      assert.equal(await room.remove('other'), true)
      const nested = room.namespace('deep')
      await nested.set('key', 'four')
      for (const hostKey of await host.list('')) assert.doesNotMatch(hostKey, /diary|other|key/)
      assert.deepEqual(await storage.namespace('room').keys(), [], 'they are hidden from who does not hide')
      await stash.close()
      const again = await openAt(host)
      const locked = again.storage.namespace('room', { hideKeys: true })
      await refused('LOCKED', () => locked.get('diary/1'))
      await refused('LOCKED', () => locked.keys())
      await again.stash.secure.unlock(SECRET)
      assert.equal(await locked.get('diary/1'), 'one')
      assert.equal(await locked.clear(), 2)
      assert.equal(await locked.namespace('deep').get('key'), 'four')
      await again.stash.close()
    })

    test('a rotation seals anew in the background, and goes on after a restart', async context => {
      const host = kind.make(context)
      const { stash, storage } = await openAt(host, { secret: SECRET })
      for (let number = 0; number < 40; number += 1) await stash.secure.setSecure(`k${number}`, number)
      await storage.set('large', 'x'.repeat(20_000), { encrypt: true })
      const before = await stash.secure.inspect('k0')
      assert.equal(before?.algorithm, 'AES-256-GCM')
      assert.match(before?.secretId ?? '', /^[0-9a-f]{12}$/)
      assert.equal(before?.createdAt, 1_700_000_000_000)
      await stash.secure.rotate()
      await stash.secure.setSecure('new', 'sealed by the new one')
      const after = await stash.secure.inspect('new')
      assert.notEqual(after?.secretId, before?.secretId)
      await stash.close()
      const again = await openAt(host, { secret: SECRET })
      await again.stash.secure.whenRotated()
      for (let number = 0; number < 40; number += 1) {
        assert.equal((await again.stash.secure.inspect(`k${number}`))?.secretId, after?.secretId)
        assert.equal(await again.stash.secure.getSecure(`k${number}`), number)
      }
      assert.equal((await again.stash.secure.inspect('large'))?.secretId, after?.secretId)
      assert.equal((await again.storage.get('large')).length, 20_000)
      await again.stash.close()
    })

    test('a shredded namespace is gone, and only that one', async context => {
      const { stash, storage } = await openAt(kind.make(context), { secret: SECRET })
      const room = storage.namespace('room', { encrypt: true })
      await room.set('a', 1)
      await storage.namespace('room').set('plain', 2)
      await room.namespace('nested').set('b', 3)
      await stash.secure.setSecure('c', 4)
      assert.equal(await stash.secure.shred('room'), 1)
      assert.equal(await room.get('a', 'gone'), 'gone')
      assert.equal(await storage.namespace('room').get('plain'), 2)
      assert.equal(await room.namespace('nested').get('b'), 3)
      assert.equal(await stash.secure.shred(['room', 'nested']), 1)
      assert.equal(await stash.secure.getSecure('c'), 4)
      await room.set('a', 5)
      assert.equal(await room.get('a'), 5)
      await stash.close()
    })
  })
}

test('every verb has its twin on an immediate host, and none on a deferred one', async () => {
  const stash = await open({ host: memory({ holds: 'native' }) })
  const { secure } = stash
  secure.unlockSync(SECRET)
  assert.equal(secure.isUnlocked, true)
  secure.setSecureSync('sensitive_data', { token: 'abc123' })
  assert.deepEqual(secure.getSecureSync('sensitive_data'), { token: 'abc123' })
  assert.equal(secure.inspectSync('sensitive_data')?.algorithm, 'AES-256-GCM')
  secure.changePassphraseSync(SECRET, OTHER)
  secure.rotateSync()
  await secure.whenRotated()
  secure.lockSync()
  assert.equal(secure.isUnlocked, false)
  await refused('WRONG_SECRET', () => secure.unlockSync(SECRET))
  secure.unlockSync(OTHER)
  assert.equal(secure.removeSecureSync('sensitive_data'), true)
  assert.equal(secure.getSecureSync('sensitive_data', 'none'), 'none')
  assert.equal(secure.shredSync(''), 0)
  await stash.close()
  assert.equal(secure.isUnlocked, false)
  await refused('CLOSED', () => secure.setSecure('a', 1))

  const later = await open({ host: memory({ immediate: false }), secret: SECRET })
  const twins = /** @type {any} */ (later.secure)
  await refused('NOT_IMMEDIATE', () => twins.setSecureSync('a', 1))
  await refused('NOT_IMMEDIATE', () => twins.unlockSync(SECRET))
  await later.close()
})

test('a passphrase derives by Argon2id or PBKDF2, and changing it touches no record', async () => {
  for (const derivation of /** @type {const} */ (['argon2id', 'pbkdf2'])) {
    const host = memory({ holds: 'text' })
    const first = await openAt(host, { secret: { passphrase: 'café', derivation } })
    await first.stash.secure.setSecure('a', 1)
    const record = host.read('a')
    await refused('WRONG_SECRET', () => first.stash.secure.changePassphrase('no', 'new'))
    await first.stash.secure.changePassphrase('café', { passphrase: 'new', derivation })
    assert.equal(host.read('a'), record)
    assert.equal(await first.stash.secure.getSecure('a'), 1)
    await first.stash.secure.changePassphrase('new', { passphrase: 'café', derivation })
    await first.stash.close()
    // Composed and decomposed by another keyboard; the keyset says how it was derived.
    const again = await openAt(host, { secret: 'cafe\u0301' })
    assert.equal(await again.stash.secure.getSecure('a'), 1)
    await again.stash.close()
    const costs = derivation === 'argon2id' ? '1:1,5:19456,1:2,1:1,' : '1:2,6:600000,1:0,1:0,'
    assert.ok(textOf(host, '~ms~k').includes(costs))
  }
})

/** @param {any} host @param {string} hostKey @returns {string} */
function textOf(host, hostKey) {
  return host.read(hostKey)
}

test('wrong secrets and options are refused before the host is touched', async () => {
  const wrong = [new Uint8Array(31), '', { passphrase: '' }, 7, null, { passphrase: 'a', derivation: 'md5' },
    { passphrase: '\ud800' }, { phrase: 'a' }]
  for (const secret of wrong) {
    const host = { ...memory(), open() { throw new Error('touched') } }
    await refused('INVALID_OPTION', () => open({ host, secret: /** @type {any} */ (secret) }))
  }
  const { stash, storage } = await openAt(memory(), { secret: SECRET })
  await refused('INVALID_OPTION', () => storage.set('a', 1, { pad: true }))
  const room = storage.namespace('room', { encrypt: true })
  await refused('INVALID_OPTION', () => room.set('a', 1, { encrypt: false }))
  await refused('INVALID_OPTION', () => storage.namespace('room', /** @type {any} */ ({ hide: true })))
  await stash.close()
})

test('no error, event or inspection shows a secret, a passphrase or a value', async () => {
  // Somebody else damages what lies there.
  const host = { ...memory({ holds: 'text' }), exclusive: false }
  const { stash, storage } = await openAt(host, { secret: PASSPHRASE })
  /** @type {unknown[]} */
  const seen = []
  storage.watch({ prefix: '' }, event => { seen.push(event) })
  await stash.secure.setSecure('a', 'the value that nobody sees')
  const whole = textOf(host, 'a')
  host.write('a', `${whole.slice(0, 150)}${whole[150] === 'A' ? 'B' : 'A'}${whole.slice(151)}`)
  const acts = [
    () => stash.secure.getSecure('a'),
    () => stash.secure.setSecure('a', 'the value that nobody sees'),
    () => stash.secure.unlock('the wrong passphrase'),
    () => stash.secure.changePassphrase('the wrong passphrase', 'another passphrase'),
    () => stash.secure.unlock(OTHER.subarray(1)),
    () => stash.secure.setSecure('b', () => 'the value that nobody sees'),
  ]
  for (const act of acts) {
    await assert.rejects(async () => act(), error => seen.push(error, String(error)) > 0)
  }
  seen.push(stash, stash.secure)
  const shown = inspect(seen, { depth: 12, showHidden: true })
  assert.doesNotMatch(shown, /nobody sees|wrong passphrase|another passphrase|correct horse/)
  await stash.close()
})

test('what is being sealed when it is locked fails with LOCKED and changes nothing', async () => {
  const { stash } = await openAt(memory({ immediate: false }), { secret: SECRET })
  await stash.secure.setSecure('a', 'old')
  const setting = stash.secure.setSecure('a', 'new')
  await stash.secure.lock()
  await refused('LOCKED', () => setting)
  await stash.secure.unlock(SECRET)
  assert.equal(await stash.secure.getSecure('a'), 'old')
  await stash.close()
})

test('two tabs of one store see what the other rotates and hides', async () => {
  // Two tabs have two hosts on the same data.
  const host = { ...memory({ immediate: false }), exclusive: false, open: undefined, close: undefined }
  const one = await openAt(host, { secret: SECRET })
  await one.stash.secure.setSecure('a', 1)
  const other = await openAt(host, { secret: SECRET })
  assert.equal(await other.stash.secure.getSecure('a'), 1)
  await one.stash.secure.rotate()
  await one.stash.secure.whenRotated()
  assert.equal(await other.stash.secure.getSecure('a'), 1)
  await other.stash.secure.setSecure('b', 2)
  assert.equal(await one.stash.secure.getSecure('b'), 2)
  await one.storage.namespace('room', { hideKeys: true }).set('c', 3)
  assert.equal(await other.storage.namespace('room', { hideKeys: true }).get('c'), 3)
  await one.stash.close()
  await other.stash.close()
})

test('a value of an older life is SECRET_MISSING where the keyset is a new one', async () => {
  const host = memory({ holds: 'text' })
  const first = await openAt(host, { secret: SECRET })
  await first.stash.secure.setSecure('a', 1)
  await first.stash.close()
  host.remove('~ms~k')
  const { stash } = await openAt(host, { secret: SECRET })
  await refused('SECRET_MISSING', () => stash.secure.getSecure('a'))
  await refused('SECRET_MISSING', () => stash.secure.setSecure('a', 2))
  await stash.secure.setSecure('a', 2, { overwrite: true })
  assert.equal(await stash.secure.getSecure('a'), 2)
  await stash.close()
})

test('a damaged keyset is told, kept, and mended only when asked', async () => {
  const host = memory({ holds: 'text', ...WIDE })
  const { stash } = await openAt(host, { secret: SECRET })
  await stash.secure.setSecure('a', 1)
  const damaged = `${textOf(host, '~ms~k').slice(0, -9)}0~ms~`
  host.write('~ms~k', damaged)
  await refused('CORRUPT', () => stash.secure.unlock(SECRET))
  await refused('CORRUPT', () => stash.secure.setSecure('b', 1))
  assert.equal(host.read('~ms~k'), damaged)
  await stash.secure.unlock(SECRET, { overwrite: true })
  assert.equal(await stash.secure.getSecure('a'), 1)
  await stash.close()
})

/* global btoa -- of Node and of browsers */
// What the guide's own code makes of values, to the letter.
const guide = {
  /** @param {unknown} value */
  base64: value => btoa(JSON.stringify(value)),
  /** @param {unknown} value @param {string} secretKey */
  xor(value, secretKey) {
    const json = JSON.stringify(value)
    let encrypted = ''
    for (let i = 0; i < json.length; i++) {
      encrypted += String.fromCharCode(json.charCodeAt(i) ^ secretKey.charCodeAt(i % secretKey.length))
    }
    return btoa(encrypted)
  },
}

for (const holds of /** @type {const} */ (['native', 'text'])) {
  test(`values of the guide are brought over on a host that holds ${holds}`, async () => {
    const host = memory({ holds })
    const { stash, storage } = await openAt(host, { secret: SECRET })
    const values = [{ token: 'abc123' }, 'text', 5, null, true, ['ü', 1], '']
    for (const [index, value] of values.entries()) {
      await storage.set(`b${index}`, guide.base64(value))
      await storage.set(`x${index}`, guide.xor(value, 'your-secret-key'))
    }
    await storage.set('other', { not: 'of the guide' })
    await storage.set('text', 'not base64!')
    await stash.secure.setSecure('sealed', 1)
    const options = { scheme: /** @type {const} */ ('xor'), secretKey: 'your-secret-key' }
    const keys = [...values.keys()].map(index => `x${index}`)
    const dry = await stash.secure.importGuide({ ...options, keys, dryRun: true })
    assert.ok(dry.every(({ status }) => status === 'sealed'))
    const stored = guide.xor(values[0], 'your-secret-key')
    assert.equal(await storage.get('x0'), stored, 'a dry run changes nothing')
    const wrong = await stash.secure.importGuide({ ...options, secretKey: 'another', keys: ['x0'] })
    assert.deepEqual(wrong, [{ key: 'x0', status: 'unreadable' }])
    const all = [...keys, 'other', 'text', 'sealed', 'none']
    const results = await stash.secure.importGuide({ ...options, keys: all })
    assert.deepEqual(results.map(({ status }) => status),
      [...keys.map(() => 'sealed'), 'unreadable', 'unreadable', 'already', 'missing'])
    const others = [...values.keys()].map(index => `b${index}`)
    const base64 = stash.secure.importGuideSync({ scheme: 'base64', keys: others })
    assert.ok(base64.every(({ status }) => status === 'sealed'))
    for (const [index, value] of values.entries()) {
      assert.deepEqual(await stash.secure.getSecure(`x${index}`), value)
      assert.deepEqual(await stash.secure.getSecure(`b${index}`), value)
    }
    assert.deepEqual(await storage.get('other'), { not: 'of the guide' })
    await refused('INVALID_OPTION', () => stash.secure.importGuide({ scheme: 'xor', keys: ['a'] }))
    await stash.close()
  })
}
