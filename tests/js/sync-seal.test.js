// @ts-check
/** Synchronisation that only devices read: one secret for an account, and a server that is not trusted. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memory, open, StorageError } from '../../js/index.js'
import { faulty } from '../../js/testing/faulty.js'
import { MemoryServer } from './support/sync-memory-server.js'

/** @import { SyncOptions } from '../../js/sync-options.js' */

const SECRET_KEY = '~ministash/secret'
const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index)
const OTHER = Uint8Array.from({ length: 32 }, (_, index) => 99 - index)

/**
 * @param {MemoryServer} server
 * @param {Partial<SyncOptions> & { host?: any, secret?: any }} [options]
 */
async function device(server, { host = memory(), secret = SECRET, ...options } = {}) {
  const transport = server.transport()
  /** @type {string[]} */
  const wire = []
  const { push } = transport
  transport.push = request => {
    wire.push(JSON.stringify(request))
    return push.call(transport, request)
  }
  const stash = await open({
    host, ...(secret && { secret }), sync: { transport, encrypt: true, ...options },
  })
  const { sync, storage, secure } = stash
  const put = (/** @type {string} */ key, /** @type {any} */ data) =>
    sync.addPendingChange({ type: 'create', key, data })
  return { stash, transport, sync, storage, secure, host, wire, put }
}

/** @param {{ stash: { close(): Promise<void> } }[]} devices */
const close = (...devices) => Promise.all(devices.map(({ stash }) => stash.close()))

/** @param {string[]} codes */
const isCode = (...codes) => (/** @type {unknown} */ error) =>
  StorageError.is(error) && (codes.includes(error.code) || assert.fail(`${error.code}: ${error.message}`))

/** @param {MemoryServer} server @param {string} key */
const sealedIn = (server, key) => server.rows.get(key)?.sealed ?? ''

/**
 * Another row as the server's latest.
 * @param {MemoryServer} server
 * @param {string} key
 * @param {object} change
 */
function forge(server, key, change) {
  server.version += 1
  const row = server.rows.get(key) ?? { key, hlc: '0'.repeat(16) }
  server.rows.set(key, /** @type {any} */ ({ ...row, version: server.version, ...change }))
}

describe('two devices of one account', () => {
  for (const secret of [SECRET, 'correct horse battery staple']) {
    it(`read each other, and the server reads nothing: ${typeof secret}`, async () => {
      const server = new MemoryServer()
      const a = await device(server, { secret })
      const value = { nickname: 'Zhang Wei', when: new Date(7), big: 3n }
      await a.put('profile', value)
      await a.put('text', 'plain words')
      await a.put('odd', undefined)
      await a.put('number', 123456789)
      await a.sync.syncData()
      const b = await device(server, { secret })
      assert.equal((await b.sync.syncData({ verify: true })).repaired, 0)
      assert.deepEqual(b.storage.getSync('profile'), value)
      assert.equal(b.storage.getSync('text'), 'plain words')
      assert.equal(b.storage.hasSync('odd'), true)
      await b.sync.addPendingChange({ type: 'update', key: 'profile', data: { nickname: 'Li Na' } })
      await b.sync.addPendingChange({ type: 'delete', key: 'text' })
      await b.sync.syncData()
      await a.sync.syncData({ verify: true })
      assert.deepEqual(a.storage.getSync('profile'), { ...value, nickname: 'Li Na' })
      assert.equal(a.storage.hasSync('text'), false)
      const told = [...a.wire, ...b.wire, ...[...server.rows.values()].map(row => JSON.stringify(row))].join()
      for (const word of ['nickname', 'Zhang', 'Li Na', 'plain words', '123456789', 'horse', '"value"']) {
        assert.equal(told.includes(word), false, word)
      }
      const keys = [...a.storage.keysSync(), ...b.storage.keysSync()]
      assert.deepEqual(keys.filter(key => key.startsWith('~')), [])
      await close(a, b)
    })
  }

  it('that begin at once end with one secret, whoever is first, and lose nothing', async () => {
    for (const lost of [-1, 0, 1]) {
      const server = new MemoryServer()
      const devices = [await device(server), await device(server)]
      for (const [index, one] of devices.entries()) {
        let count = 0
        one.transport.trouble = call =>
          call === 'push' && index === lost && count++ === 0 ? 'lose answer' : undefined
        await one.put(`k${index}`, index)
      }
      await Promise.allSettled(devices.map(({ sync }) => sync.syncData()))
      for (const { sync } of [...devices, ...devices]) await sync.syncData({ verify: true })
      for (const { storage } of devices) {
        assert.deepEqual([storage.getSync('k0', null), storage.getSync('k1', null)], [0, 1])
      }
      assert.equal(server.log.filter(({ mutation }) => mutation.key === SECRET_KEY).length, 1)
      await close(...devices)
    }
  })

  it('merge conflicts by field themselves, and say so', async () => {
    const server = new MemoryServer()
    server.merges = true
    const [a, b] = [await device(server, { conflict: 'merge' }), await device(server, { conflict: 'merge' })]
    await a.put('k', { x: 1, y: 1 })
    await a.sync.syncData()
    await b.sync.syncData()
    await a.sync.addPendingChange({ type: 'update', key: 'k', data: { x: 2 } })
    await b.sync.addPendingChange({ type: 'update', key: 'k', data: { y: 2 } })
    await a.sync.syncData()
    assert.equal((await b.sync.syncData()).conflicts, 1)
    await a.sync.syncData()
    assert.deepEqual(a.storage.getSync('k'), { x: 2, y: 2 })
    assert.deepEqual(b.storage.getSync('k'), { x: 2, y: 2 })
    assert.equal(a.sync.status.merges, 'device')
    assert.equal([...a.wire, ...b.wire].join().includes('fields'), false)
    await close(a, b)
  })

  it('hide lengths if that is asked for', async () => {
    const server = new MemoryServer()
    const a = await device(server, { encrypt: { pad: true } })
    await a.put('short', 'a')
    await a.put('long', 'a'.repeat(200))
    await a.sync.syncData()
    assert.equal(sealedIn(server, 'short').length, sealedIn(server, 'long').length)
    await close(a)
  })
})

describe('the secret', () => {
  it('has a key that no value can have', async () => {
    const a = await device(new MemoryServer())
    await assert.rejects(a.put(SECRET_KEY, 1), isCode('INVALID_KEY'))
    assert.equal(a.sync.status.pending, 0)
    await a.storage.set(SECRET_KEY, 'of the app')
    await a.sync.syncData()
    assert.equal(await a.storage.get(SECRET_KEY), 'of the app')
    await close(a)
  })

  it('under another passphrase is WRONG_SECRET: nothing is sent and nothing overwritten', async () => {
    const server = new MemoryServer()
    const a = await device(server)
    await a.put('k', 1)
    await a.sync.syncData()
    for (const secret of [OTHER, 'another passphrase']) {
      const [rows, log] = [JSON.stringify([...server.rows]), server.log.length]
      const b = await device(server, { secret })
      await b.put('mine', 2)
      await assert.rejects(b.sync.syncData(), isCode('WRONG_SECRET'))
      assert.equal(b.sync.status.state, 'locked')
      assert.equal(b.sync.status.pending, 1)
      assert.equal(JSON.stringify([...server.rows]), rows)
      assert.equal(server.log.length, log)
      // With the right one it goes on.
      await b.secure.changePassphrase(secret, SECRET)
      await b.sync.syncData()
      assert.equal(b.storage.getSync('k'), 1)
      server.rows.delete('mine')
      await close(b)
    }
    await close(a)
  })

  it('locked away holds it, and it goes on after unlock', async () => {
    const server = new MemoryServer()
    const a = await device(server, { secret: null })
    await a.put('k', 1)
    await assert.rejects(a.sync.syncData(), isCode('LOCKED'))
    assert.equal(a.sync.status.state, 'locked')
    assert.deepEqual([...server.rows.keys()], [])
    await a.secure.unlock(SECRET)
    await a.sync.syncData()
    assert.equal(a.sync.status.state, 'idle')
    await a.secure.lock()
    const id = await a.put('k', 2)
    a.sync.start()
    await new Promise(resolve => { setTimeout(resolve, 20) })
    assert.equal(a.sync.status.state, 'locked')
    const accepted = a.sync.awaitAccepted(id)
    await a.secure.unlock(SECRET)
    await accepted
    await close(a)
  })

  it('is wrapped anew when the passphrase changes, after a restart too; who has it goes on', async () => {
    for (const isKilled of [false, true]) {
      const server = new MemoryServer()
      let a = await device(server)
      const b = await device(server)
      await a.put('k', 1)
      await a.sync.syncData()
      await b.sync.syncData()
      const before = sealedIn(server, SECRET_KEY)
      await a.secure.changePassphrase(SECRET, OTHER)
      if (isKilled) {
        await close(a)
        a = await device(server, { host: a.host, secret: OTHER })
      }
      await a.sync.syncData()
      assert.notEqual(sealedIn(server, SECRET_KEY), before)
      await b.put('k', 2)
      await b.sync.syncData({ verify: true })
      await a.sync.syncData({ verify: true })
      assert.equal(a.storage.getSync('k'), 2)
      const [c, d] = [await device(server, { secret: OTHER }), await device(server)]
      await c.sync.syncData()
      assert.equal(c.storage.getSync('k'), 2)
      await assert.rejects(d.sync.syncData(), isCode('WRONG_SECRET'))
      await close(a, b, c, d)
    }
  })

  it('is given back to a server that has lost everything', async () => {
    const server = new MemoryServer()
    const a = await device(server)
    await a.put('k', 1)
    await a.sync.syncData()
    const row = sealedIn(server, SECRET_KEY)
    await close(a)
    server.rows.clear()
    server.epoch += 1
    server.version = 0
    const again = await device(server, { host: a.host })
    await again.sync.syncData()
    await again.put('k', 2)
    await again.sync.syncData()
    assert.equal(sealedIn(server, SECRET_KEY), row)
    const b = await device(server)
    await b.sync.syncData()
    assert.equal(b.storage.getSync('k'), 2)
    await close(again, b)
  })

  it('that the server swaps for another, or damages, is not taken', async () => {
    const server = new MemoryServer()
    const foreign = new MemoryServer()
    const [a, x] = [await device(server), await device(foreign)]
    await a.put('k', 1)
    await a.sync.syncData()
    await x.sync.syncData()
    const own = sealedIn(server, SECRET_KEY)
    const forged = [sealedIn(foreign, SECRET_KEY), '', 'AAAA', own.slice(0, -4), `B${own.slice(1)}`]
    for (const sealed of forged) {
      forge(server, SECRET_KEY, { sealed })
      await assert.rejects(a.sync.syncData(), isCode('SECRET_MISSING', 'CORRUPT', 'UNSUPPORTED'))
    }
    forge(server, SECRET_KEY, { sealed: own })
    await a.sync.syncData()
    // Every bit of it matters to who does not have it yet.
    const bytes = Buffer.from(own, 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = Number(flipped[bit >> 3]) ^ 1 << (bit & 7)
      forge(server, SECRET_KEY, { sealed: flipped.toString('base64') })
      const b = await device(server)
      await assert.rejects(b.sync.syncData(), isCode('WRONG_SECRET', 'CORRUPT', 'UNSUPPORTED'))
      assert.equal(b.storage.hasSync('k'), false)
      await close(b)
    }
    await close(a, x)
  })

  it('is one, and nothing is lost, at whichever host call the power goes or the host refuses', async () => {
    let isDone = false
    for (let number = 1; !isDone; number += 1) {
      for (const mishap of [{ cut: true }, { cut: true, applied: true }, { refuse: 'other' }]) {
        const server = new MemoryServer()
        const control = faulty(memory())
        const a = await device(server, { host: control.host })
        await a.put('k', 1)
        control.expect(call => call.number === number ? /** @type {any} */ (mishap) : undefined)
        await a.sync.syncData().catch(() => {})
        isDone = control.calls.length < number
        control.expect(undefined)
        await a.stash.close().catch(() => {})
        const again = await device(server, { host: control.inner })
        assert.equal(again.storage.getSync('k'), 1)
        await again.sync.syncData()
        const b = await device(server)
        await b.sync.syncData()
        assert.equal(b.storage.getSync('k'), 1, `call ${number}, ${JSON.stringify(mishap)}`)
        assert.equal(server.log.filter(({ mutation }) => mutation.key === SECRET_KEY).length, 1)
        await close(again, b)
      }
    }
  })

  it('is not told of, whatever becomes of the requests that establish it', async () => {
    const broke = new StorageError('HTTP_STATUS', 'broke', { status: 500 })
    for (const trouble of ['lose', 'lose answer', broke]) {
      const server = new MemoryServer()
      const a = await device(server)
      await a.put('k', 1)
      let count = 0
      a.transport.trouble = () => count++ === 0 ? /** @type {any} */ (trouble) : undefined
      await assert.rejects(a.sync.syncData(), isCode('NETWORK_FAILED', 'HTTP_STATUS'))
      await a.sync.syncData()
      assert.equal(server.log.length, 2)
      await close(a)
    }
    const server = new MemoryServer()
    server.refuse = () => ({ code: 'FORBIDDEN', message: 'no such key' })
    const a = await device(server)
    await assert.rejects(a.sync.syncData(), isCode('REJECTED'))
    await close(a)
  })
})

describe('a server that is not trusted', () => {
  /** Two devices that have synchronised, and what is there. */
  async function pair() {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server)]
    for (const [key, value] of [['k', 'first'], ['l', 'other']]) await a.put(String(key), value)
    await a.sync.syncData()
    await b.sync.syncData()
    return { server, a, b }
  }

  /**
   * @param {any} one
   * @param {string[]} codes
   */
  async function refuses({ sync, storage }, ...codes) {
    const [cursor, held] = [sync.status.cursor, JSON.stringify(storage.entriesSync())]
    await assert.rejects(sync.syncData(), isCode(...codes))
    assert.equal(sync.status.cursor, cursor)
    assert.equal(JSON.stringify(storage.entriesSync()), held)
  }

  it('swaps two values', async () => {
    const { server, a, b } = await pair()
    const sealed = sealedIn(server, 'l')
    forge(server, 'k', { sealed })
    await refuses(b, 'CORRUPT')
    assert.equal(b.sync.status.error?.key, 'k')
    await close(a, b)
  })

  it('flips a bit, whichever, or cuts the end off: never another value', async () => {
    const { server, a, b } = await pair()
    const { version, hlc, sealed = '' } = server.rows.get('k') ?? { version: 0, hlc: '' }
    const whole = Buffer.from(sealed, 'base64')
    const texts = ['', 'A', `${sealed} `, sealed.replace(/=*$/, '*')]
    for (let length = 0; length < whole.length; length += 3) {
      texts.push(whole.subarray(0, length).toString('base64'))
    }
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3] = Number(flipped[bit >> 3]) ^ 1 << (bit & 7)
      texts.push(flipped.toString('base64'))
    }
    for (const text of texts) {
      server.rows.set('k', { key: 'k', version: version + 100, hlc, sealed: text })
      await refuses(b, 'CORRUPT', 'SECRET_MISSING', 'UNSUPPORTED')
    }
    server.rows.set('k', { key: 'k', version: version + 100, hlc, sealed })
    await b.sync.syncData()
    assert.equal(b.storage.getSync('k'), 'first')
    await close(a, b)
  })

  it('gives an old value again as a new one', async () => {
    const { server, a, b } = await pair()
    const values = []
    for (const value of ['second', 'third', 'fourth']) {
      await a.put('k', value)
      await a.sync.syncData()
      values.push(server.rows.get('k'))
    }
    await b.sync.syncData()
    const [second, third] = values
    for (const old of [second, third]) {
      forge(server, 'k', { hlc: old?.hlc, sealed: old?.sealed })
      await refuses(b, 'CORRUPT')
    }
    // With a later stamp it would win conflicts.
    forge(server, 'k', { hlc: 'f'.repeat(16), sealed: values[2]?.sealed })
    await refuses(b, 'CORRUPT')
    // And by way of the digest.
    server.rows.set('k', /** @type {any} */ (third))
    await assert.rejects(b.sync.syncData({ verify: true }), isCode('CORRUPT'))
    assert.equal(b.storage.getSync('k'), 'fourth')
    await close(a, b)
  })

  it('writes down a stamp that is ahead, as it may', async () => {
    const { server, a, b } = await pair()
    forge(server, 'k', { hlc: '0'.repeat(16) })
    await b.sync.syncData()
    assert.equal(b.storage.getSync('k'), 'first')
    await close(a, b)
  })

  it('puts values in the clear under keys: they are taken on demand only', async () => {
    const { server, a, b } = await pair()
    forge(server, 'k', { sealed: undefined, value: 'forged' })
    await refuses(b, 'CORRUPT')
    forge(server, 'k', { sealed: undefined, encoded: [1, 'x'] })
    await refuses(b, 'CORRUPT')
    forge(server, 'k', { encoded: undefined, value: 'of before' })
    const c = await device(server, { encrypt: { acceptPlain: true } })
    await c.sync.syncData()
    assert.equal(c.storage.getSync('k'), 'of before')
    assert.equal(c.storage.getSync('l'), 'other')
    await close(a, b, c)
  })

  it('answers a push with what was not sealed for the key', async () => {
    const { server, a, b } = await pair()
    await a.put('k', 'changed')
    await a.sync.syncData()
    forge(server, 'k', { sealed: sealedIn(server, 'l') })
    await b.put('k', 'mine')
    await refuses(b, 'CORRUPT')
    assert.equal(b.sync.status.pending, 1)
    await close(a, b)
  })

  it('is met by a device that does not encrypt: it says what to do, and sends nothing', async () => {
    const { server, a, b } = await pair()
    const plain = await device(server, { encrypt: false })
    await plain.put('mine', 'in the clear')
    const log = server.log.length
    await assert.rejects(plain.sync.syncData(), isCode('SECRET_MISSING'))
    assert.match(plain.sync.status.error?.message ?? '', /encrypt: true/)
    assert.equal(server.log.length, log)
    await close(a, b, plain)
  })
})

describe('the option', () => {
  it('is refused where it is wrong, or the transport carries nothing sealed', async () => {
    const transport = new MemoryServer().transport()
    const deaf = { name: 'deaf', push: transport.push, pull: transport.pull }
    for (const sync of [
      { transport: deaf, encrypt: true }, { transport, encrypt: 1 }, { transport, encrypt: { pad: 1 } },
      { transport, encrypt: { odd: true } }, { transport, encrypt: { acceptPlain: 'yes' } },
    ]) {
      const opening = open({ host: memory(), sync: /** @type {any} */ (sync) })
      await assert.rejects(opening, isCode('INVALID_OPTION'))
    }
  })
})
