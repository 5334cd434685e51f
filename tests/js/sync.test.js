// @ts-check
/** Synchronisation as users meet it: changes, conflicts, refusals, failures, and what is told of them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memory, open, StorageError } from '../../js/index.js'
import { MemoryServer } from './support/sync-memory-server.js'

/** @import { SyncOptions } from '../../js/sync-options.js' */

/**
 * @param {MemoryServer} server
 * @param {Partial<SyncOptions> & { host?: any }} [options]
 */
async function device(server, { host = memory(), ...options } = {}) {
  const transport = server.transport()
  const stash = await open({ host, sync: { transport, ...options } })
  return { stash, transport, sync: stash.sync, storage: stash.storage, host }
}

/** @param {string} code */
const isCode = code => (/** @type {unknown} */ error) => StorageError.is(error) && error.code === code

describe('changes', () => {
  it('work as the guide writes them, and are read at once', async () => {
    const server = new MemoryServer()
    const { stash, sync, storage } = await device(server)
    void sync.addPendingChange({ type: 'update', key: 'user_123', data: { name: 'Updated Name' } })
    assert.deepEqual(storage.getSync('user_123'), { name: 'Updated Name' })
    const { pushed } = await sync.syncData()
    assert.equal(pushed, 1)
    assert.deepEqual(server.rows.get('user_123')?.value, { name: 'Updated Name' })
    await stash.close()
  })

  it('update sets fields, create replaces, delete removes', async () => {
    const server = new MemoryServer()
    const { stash, sync, storage } = await device(server)
    sync.addPendingChangeSync({ type: 'create', key: 'a', data: { x: 1 } })
    sync.addPendingChangeSync({ type: 'update', key: 'a', data: { y: 2, ['__proto__']: 3 } })
    assert.deepEqual(storage.getSync('a'), { x: 1, y: 2, ['__proto__']: 3 })
    sync.addPendingChangeSync({ type: 'update', key: 'a', data: [1] })
    assert.deepEqual(storage.getSync('a'), [1])
    sync.addPendingChangeSync({ type: 'create', key: 'b', data: 'text' })
    sync.addPendingChangeSync({ type: 'delete', key: 'b' })
    assert.equal(storage.hasSync('b'), false)
    await sync.syncData()
    assert.deepEqual([...server.rows.keys()], ['a'], 'what came to nothing before it was sent is not sent')
    await stash.close()
  })

  it('of values that JSON does not hold arrive exactly', async () => {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server)]
    const value = { when: new Date(7), big: 3n, set: new Set([1, NaN]), undef: undefined, text: 'ü\u2028' }
    await a.sync.addPendingChange({ type: 'create', key: 'odd', data: value })
    for (const text of ['', 'plain', '123']) {
      await a.sync.addPendingChange({ type: 'create', key: `t${text}`, data: text })
    }
    await a.sync.addPendingChange({ type: 'create', key: 'nothing', data: undefined })
    await a.sync.syncData()
    await b.sync.syncData({ verify: true })
    assert.deepEqual(b.storage.getSync('odd'), value)
    assert.equal(b.storage.getSync('t', 1), '')
    assert.equal(b.storage.getSync('t123', 1), '123')
    assert.equal(b.storage.hasSync('nothing'), true)
    await Promise.all([a.stash.close(), b.stash.close()])
  })

  it('that are wrong are refused, and nothing is stored', async () => {
    const { stash, sync, storage } = await device(new MemoryServer())
    const add = (/** @type {any} */ change) => sync.addPendingChange(change)
    await assert.rejects(add({ type: 'merge', key: 'a', data: 1 }), isCode('INVALID_OPTION'))
    await assert.rejects(add({ type: 'create', key: '', data: 1 }), isCode('INVALID_KEY'))
    await assert.rejects(add({ type: 'create', key: 'a', data: () => 1 }), isCode('INVALID_VALUE'))
    await assert.rejects(add({ type: 'create', key: 'a', data: 1, more: 1 }), isCode('INVALID_OPTION'))
    await assert.rejects(add(undefined), isCode('INVALID_OPTION'))
    assert.deepEqual(storage.keysSync(), [])
    assert.equal(sync.status.pending, 0)
    await stash.close()
  })

  it('outlive the process', async () => {
    const server = new MemoryServer()
    const first = await device(server)
    const id = await first.sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    await first.stash.close()
    const second = await device(server, { host: first.host })
    assert.equal(second.sync.status.pending, 1)
    const accepted = second.sync.awaitAccepted(id)
    await second.sync.syncData()
    await accepted
    await second.sync.awaitAccepted(id)
    await second.stash.close()
  })

  it('lie in a namespace of their own if that is asked for', async () => {
    const server = new MemoryServer()
    const { stash, sync, storage } = await device(server, { namespace: 'notes' })
    await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    assert.equal(storage.hasSync('a'), false)
    assert.equal(storage.namespace('notes').getSync('a'), 1)
    await sync.syncData()
    assert.equal(server.rows.size, 1)
    await stash.close()
  })

  it('are told to watchers, with those that are pulled', async () => {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server)]
    /** @type {string[]} */
    const told = []
    b.storage.watch({ prefix: 'k' }, ({ type, key }) => { told.push(`${type} ${key}`) })
    await a.sync.addPendingChange({ type: 'create', key: 'k1', data: 1 })
    await a.sync.syncData()
    await b.sync.syncData()
    await b.sync.addPendingChange({ type: 'delete', key: 'k1' })
    assert.deepEqual(told, ['set k1', 'remove k1'])
    await Promise.all([a.stash.close(), b.stash.close()])
  })
})

describe('conflicts', () => {
  /**
   * Two devices change one key, the second one later.
   * @param {any} conflict
   * @param {(first: any, second: any) => Promise<void>} [change]
   */
  async function clash(conflict, change) {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server, { conflict })]
    await a.sync.addPendingChange({ type: 'create', key: 'k', data: { x: 1, y: 1, z: 1 } })
    await a.sync.syncData()
    await b.sync.syncData()
    if (change) await change(a.sync, b.sync)
    else {
      await b.sync.addPendingChange({ type: 'update', key: 'k', data: { y: 'b', z: 'b' } })
      await new Promise(resolve => { setTimeout(resolve, 3) })
      await a.sync.addPendingChange({ type: 'update', key: 'k', data: { x: 'a', z: 'a' } })
    }
    await a.sync.syncData()
    /** @type {any[]} */
    const conflicts = []
    b.sync.on('conflict', decided => conflicts.push(decided))
    await b.sync.syncData()
    await a.sync.syncData()
    const values = [a.storage.getSync('k', null), b.storage.getSync('k', null)]
    await Promise.all([a.stash.close(), b.stash.close()])
    assert.deepEqual(values[0], values[1])
    return { value: values[0], conflicts }
  }

  for (const { rule, expected, winner } of [
    { rule: 'last-write', expected: { x: 'a', y: 1, z: 'a' }, winner: 'remote' },
    { rule: 'server', expected: { x: 'a', y: 1, z: 'a' }, winner: 'remote' },
    { rule: 'client', expected: { x: 1, y: 'b', z: 'b' }, winner: 'local' },
    { rule: 'merge', expected: { x: 'a', y: 'b', z: 'a' }, winner: 'merged' },
  ]) {
    it(`end as ${rule} says`, async () => {
      const { value, conflicts } = await clash(rule)
      assert.deepEqual(value, expected)
      assert.equal(conflicts.length, 1)
      assert.equal(conflicts[0].winner, winner)
      assert.deepEqual(conflicts[0].base, { x: 1, y: 1, z: 1 })
      assert.deepEqual(conflicts[0].local, { x: 1, y: 'b', z: 'b' })
      assert.deepEqual(conflicts[0].remote, { x: 'a', y: 1, z: 'a' })
    })
  }

  it('end as a function says, at once or later, with a value or with none', async () => {
    const both = (/** @type {any} */ { local, remote }) => ({ y: local.y, x: remote.x })
    assert.deepEqual((await clash(both)).value, { y: 'b', x: 'a' })
    assert.deepEqual((await clash(async (/** @type {any} */ sides) => both(sides))).value, { y: 'b', x: 'a' })
    assert.equal((await clash(() => undefined)).value, null)
  })

  it('of a delete and an update go by the same rule', async () => {
    const deletes = async (/** @type {any} */ a, /** @type {any} */ b) => {
      await b.addPendingChange({ type: 'update', key: 'k', data: { y: 'b' } })
      await new Promise(resolve => { setTimeout(resolve, 3) })
      await a.addPendingChange({ type: 'delete', key: 'k' })
    }
    assert.equal((await clash('last-write', deletes)).value, null)
    assert.equal((await clash('server', deletes)).value, null)
    assert.equal((await clash('merge', deletes)).value, null)
    assert.deepEqual((await clash('client', deletes)).value, { x: 1, y: 'b', z: 1 })
  })

  it('are decided anew if the value changes meanwhile', async () => {
    const server = new MemoryServer()
    const a = await device(server)
    let isFirst = true
    const b = await device(server, {
      async conflict({ local, remote }) {
        if (isFirst) {
          isFirst = false
          await b.sync.addPendingChange({ type: 'update', key: 'k', data: { late: true } })
        }
        return { ...remote, ...local }
      },
    })
    await a.sync.addPendingChange({ type: 'create', key: 'k', data: { a: 1 } })
    await a.sync.syncData()
    await b.sync.addPendingChange({ type: 'create', key: 'k', data: { b: 1 } })
    await b.sync.syncData()
    assert.deepEqual(server.rows.get('k')?.value, { a: 1, b: 1, late: true })
    await Promise.all([a.stash.close(), b.stash.close()])
  })

  it('reject who waits for the change that lost', async () => {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server, { conflict: 'server' })]
    await a.sync.addPendingChange({ type: 'create', key: 'k', data: 1 })
    await a.sync.syncData()
    const id = await b.sync.addPendingChange({ type: 'create', key: 'k', data: 2 })
    const waiting = assert.rejects(b.sync.awaitAccepted(id), isCode('CONFLICT'))
    await b.sync.syncData()
    await waiting
    await assert.rejects(b.sync.awaitAccepted(id), isCode('CONFLICT'), 'and later, too')
    await Promise.all([a.stash.close(), b.stash.close()])
  })
})

describe('the server', () => {
  it('refuses a change: it is listed, the rest goes on, and readers see what was there before', async () => {
    const server = new MemoryServer()
    server.refuse = ({ key }) => key === 'bad' ? { code: 'FORBIDDEN', message: 'not yours' } : undefined
    /** @type {any[]} */
    const heard = []
    const { stash, sync, storage } = await device(server, { onRejected: change => { heard.push(change) } })
    const id = await sync.addPendingChange({ type: 'create', key: 'bad', data: 1 })
    await sync.addPendingChange({ type: 'create', key: 'good', data: 2 })
    const waiting = assert.rejects(sync.awaitAccepted(id), isCode('REJECTED'))
    await sync.syncData()
    await waiting
    assert.equal(storage.hasSync('bad'), false)
    assert.equal(server.rows.get('good')?.value, 2)
    const [refused] = await sync.rejected()
    assert.deepEqual({ ...refused, rejectedAt: 0 },
      {
        id,
        type: 'create',
        key: 'bad',
        data: 1,
        state: 'rejected',
        code: 'FORBIDDEN',
        message: 'not yours',
        rejectedAt: 0,
      })
    assert.deepEqual(heard, [refused])
    assert.equal(sync.status.rejected, 1)
    server.refuse = () => undefined
    const again = await sync.requeue(id)
    assert.equal(storage.getSync('bad'), 1)
    await sync.syncData()
    await sync.awaitAccepted(again)
    assert.equal(server.rows.get('bad')?.value, 1)
    await assert.rejects(sync.requeue(id), isCode('INVALID_OPTION'))
    await stash.close()
  })

  it('hears nothing of a change that is discarded', async () => {
    const server = new MemoryServer()
    const { stash, sync, storage } = await device(server)
    storage.setSync('k', 'old')
    const id = await sync.addPendingChange({ type: 'create', key: 'k', data: 'new' })
    const waiting = assert.rejects(sync.awaitAccepted(id), isCode('ABORTED'))
    await sync.discard(id)
    await waiting
    assert.equal(storage.getSync('k'), 'old')
    await sync.syncData()
    assert.equal(server.rows.size, 0)
    await assert.rejects(sync.discard(id), isCode('INVALID_OPTION'))
    await stash.close()
  })

  it('wants a sign-in: nothing is dropped, and it goes on when it is asked to', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    await sync.syncData()
    await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    transport.trouble = () => new StorageError('HTTP_STATUS', 'signed out', { status: 401 })
    await assert.rejects(sync.syncData(), isCode('HTTP_STATUS'))
    assert.equal(sync.status.state, 'signed-out')
    assert.equal(sync.status.pending, 1)
    transport.trouble = () => {}
    await sync.syncData()
    assert.equal(sync.status.state, 'idle')
    assert.equal(server.rows.size, 1)
    await stash.close()
  })

  it('is not told twice of a change whose answer was lost', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    await sync.syncData()
    await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    transport.trouble = call => call === 'push' ? 'lose answer' : undefined
    await assert.rejects(sync.syncData(), isCode('NETWORK_FAILED'))
    const [pending] = await sync.pendingChanges()
    assert.equal(pending?.state, 'in-flight')
    await sync.addPendingChange({ type: 'update', key: 'a', data: 2 })
    await assert.rejects(sync.discard(pending?.id ?? ''), isCode('BUSY'))
    transport.trouble = () => {}
    await sync.syncData()
    assert.deepEqual(server.log.map(({ mutation }) => mutation.value), [1, 2])
    await stash.close()
  })

  it('does not record success if the pull failed', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    transport.trouble = call => call === 'pull' ? 'lose' : undefined
    await assert.rejects(sync.syncData(), isCode('NETWORK_FAILED'))
    assert.equal(sync.status.lastSyncTime, undefined)
    assert.equal(sync.status.state, 'failed')
    assert.equal(sync.status.error?.code, 'NETWORK_FAILED')
    await stash.close()
  })

  it('fails at one change: the others arrive, and that one is given up in the end', async () => {
    const server = new MemoryServer()
    let now = 1_800_000_000_000
    const transport = server.transport()
    const stash = await open({
      host: memory(), clock: () => now, sync: { transport, retry: { attempts: 3, base: 10, cap: 10 } },
    })
    const { sync } = stash
    await sync.syncData()
    const isPoison = (/** @type {any} */ { key }) => key === 'poison'
    transport.trouble = (call, { mutations = [] }) => call === 'push' && mutations.some(isPoison)
      ? new StorageError('HTTP_STATUS', 'broke', { status: 500 }) : undefined
    const id = await sync.addPendingChange({ type: 'create', key: 'poison', data: 1 })
    const rejected = assert.rejects(sync.awaitAccepted(id), isCode('REJECTED'))
    for (let round = 0; round < 12; round += 1) {
      await sync.addPendingChange({ type: 'create', key: `k${round}`, data: 1 })
      await sync.syncData().catch(() => {})
      now += 1000
    }
    await rejected
    transport.trouble = () => {}
    await sync.syncData()
    assert.equal(server.rows.size, 12)
    const [dead] = await sync.rejected()
    assert.deepEqual([dead?.code, dead?.state], ['HTTP_STATUS 500', 'dead'])
    await stash.close()
  })

  it('takes no large push: smaller ones follow, and what is too large alone is refused', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    await sync.syncData()
    transport.trouble = (call, request) => call === 'push' && JSON.stringify(request).length > 700
      ? new StorageError('HTTP_STATUS', 'too large', { status: 413 }) : undefined
    for (let index = 0; index < 20; index += 1) {
      await sync.addPendingChange({ type: 'create', key: `k${index}`, data: 'x'.repeat(index === 7 ? 900 : 100) })
    }
    await sync.syncData()
    assert.equal(server.rows.size, 19)
    assert.deepEqual((await sync.rejected()).map(({ key }) => key), ['k7'])
    await stash.close()
  })

  it('begins anew: everything is pulled again, and what is pending is kept', async () => {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server, { conflict: 'client' })]
    for (const key of ['a', 'b', 'c']) await a.sync.addPendingChange({ type: 'create', key, data: 1 })
    await a.sync.syncData()
    await b.sync.syncData()
    await b.sync.addPendingChange({ type: 'update', key: 'b', data: 2 })
    server.epoch += 1
    server.rows.delete('a')
    await b.sync.syncData()
    assert.deepEqual(b.storage.keysSync(), ['b', 'c'])
    assert.equal(server.rows.get('b')?.value, 2)
    await Promise.all([a.stash.close(), b.stash.close()])
  })

  it('knows another device by our name: a new one is taken', async () => {
    const server = new MemoryServer()
    const { stash, sync } = await device(server)
    const id = await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    const [client] = id.split(':')
    server.decided.set(`${client}:1`, { key: 'other', hlc: '0'.repeat(16), result: { id: 1, status: 'accepted', version: 9 } })
    await sync.syncData()
    assert.equal(server.rows.get('a')?.value, 1)
    assert.notEqual(server.rows.get('a')?.by?.split(':')[0], client)
    await stash.close()
  })

  it('holds other rows than the device thinks: they are found by the digest, and mended', async () => {
    const server = new MemoryServer()
    const [a, b] = [await device(server), await device(server)]
    for (let index = 0; index < 50; index += 1) {
      await a.sync.addPendingChange({ type: 'create', key: `k${index}`, data: index })
    }
    await a.sync.syncData()
    await b.sync.syncData({ verify: true })
    assert.equal((await b.sync.syncData({ verify: true })).repaired, 0)
    // A row that was changed, one that is gone, and one that is new, of which the feed tells nothing.
    const row = server.rows.get('k1')
    if (row) server.rows.set('k1', { ...row, version: 17, value: 'mended' })
    server.rows.delete('k2')
    server.rows.set('k99', { key: 'k99', version: 18, hlc: '0'.repeat(16), value: 'new' })
    const { repaired } = await b.sync.syncData({ verify: true })
    assert.ok(repaired >= 2)
    assert.deepEqual(['k1', 'k2', 'k99'].map(key => b.storage.getSync(key, null)), ['mended', null, 'new'])
    assert.equal((await b.sync.syncData({ verify: true })).repaired, 0)
    await Promise.all([a.stash.close(), b.stash.close()])
  })

  it('merges by field where it can', async () => {
    const server = new MemoryServer()
    server.merges = true
    const [a, b] = [await device(server, { conflict: 'merge' }), await device(server, { conflict: 'merge' })]
    await a.sync.addPendingChange({ type: 'create', key: 'k', data: { x: 1, y: 1 } })
    await a.sync.syncData()
    await b.sync.syncData()
    await a.sync.addPendingChange({ type: 'update', key: 'k', data: { x: 2 } })
    await new Promise(resolve => { setTimeout(resolve, 3) })
    await b.sync.addPendingChange({ type: 'update', key: 'k', data: { y: 2 } })
    await a.sync.syncData()
    assert.equal((await b.sync.syncData()).conflicts, 0)
    assert.deepEqual(b.storage.getSync('k'), { x: 2, y: 2 })
    await Promise.all([a.stash.close(), b.stash.close()])
  })

  it('that breaks the protocol changes nothing', async () => {
    const server = new MemoryServer()
    const broken = [
      {}, { results: [] }, { results: [{ id: 1, status: 'odd' }] },
      { results: [{ id: 1, status: 'accepted', version: 'x' }] },
      { results: [{ id: 1, status: 'conflict', row: { key: 'a' } }] }, { results: 3 }, null,
    ]
    const { stash, sync, transport, storage } = await device(server)
    await sync.syncData()
    await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    const push = transport.push
    for (const answer of broken) {
      transport.push = async () => /** @type {any} */ (answer)
      await assert.rejects(sync.syncData(), isCode('HTTP_STATUS'), JSON.stringify(answer))
      assert.equal(sync.status.pending, 1)
    }
    transport.push = push
    const { pull } = transport
    for (const answer of [null, {}, { rows: [{}], cursor: 'e1.9', more: false }, { rows: [], more: false },
      { rows: [{ key: 'x', version: 1, hlc: 'z' }], cursor: 'e1.9', more: false }]) {
      transport.pull = async () => /** @type {any} */ (answer)
      await assert.rejects(sync.syncData(), isCode('HTTP_STATUS'), JSON.stringify(answer))
      assert.equal(sync.status.cursor, 'e1.0')
    }
    transport.pull = pull
    await sync.syncData()
    assert.deepEqual(storage.keysSync(), ['a'])
    await stash.close()
  })

  it('that has no digest, or none of its rows, changes nothing', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport, storage } = await device(server)
    await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    await sync.syncData()
    const { digest } = transport
    for (const answer of [null, {}, '<html>', { cursor: 'e1.1' }, { cursor: 'e1.1', buckets: [3] },
      { cursor: 'e1.1', buckets: [[1, 2]] }, { cursor: 'e1.1', buckets: [[1, 2, 'x']] }]) {
      transport.digest = async () => /** @type {any} */ (answer)
      await assert.rejects(sync.syncData({ verify: true }), isCode('HTTP_STATUS'), JSON.stringify(answer))
    }
    transport.digest = async () => ({ ...await digest.call(transport), buckets: [] })
    for (const answer of [null, {}, '<html>', { rows: [], cursor: 'e1.1' },
      { rows: 3, cursor: 'e1.1', more: false }]) {
      transport.rows = async () => /** @type {any} */ (answer)
      await assert.rejects(sync.syncData({ verify: true }), isCode('HTTP_STATUS'), JSON.stringify(answer))
    }
    transport.digest = digest
    assert.equal((await sync.syncData({ verify: true })).repaired, 0)
    assert.deepEqual(storage.keysSync(), ['a'])
    await stash.close()
  })
})

describe('the pace', () => {
  it('goes on by itself after start, until stop', async () => {
    const server = new MemoryServer()
    const { stash, sync } = await device(server, { interval: 50 })
    sync.start()
    const id = await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    await sync.awaitAccepted(id)
    server.rows.set('b', { key: 'b', version: 2, hlc: '0'.repeat(16), value: 2 })
    server.version = 2
    await new Promise(resolve => { stash.storage.watch('b', () => resolve(undefined)) })
    sync.stop()
    await sync.addPendingChange({ type: 'create', key: 'c', data: 1 })
    await new Promise(resolve => { setTimeout(resolve, 120) })
    assert.equal(server.rows.has('c'), false)
    await stash.close()
  })

  it('waits for the network, and goes on with it', async () => {
    const server = new MemoryServer()
    /** @type {(detail: any) => void} */
    let network = () => {}
    const plain = memory()
    const host = { ...plain, listen: (/** @type {string} */ event, /** @type {any} */ listener) => {
      if (event === 'network') network = listener
      return () => {}
    } }
    const { stash, sync } = await device(server, { host })
    sync.start()
    network({ isConnected: false })
    const id = await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    assert.equal(sync.status.state, 'offline')
    await assert.rejects(sync.syncData(), isCode('NETWORK_FAILED'))
    network({ isConnected: true })
    await sync.awaitAccepted(id)
    await stash.close()
  })

  it('tells of its status when the network goes, when a change begins to wait, and when it is back',
    async () => {
      /** @type {(detail: any) => void} */
      let network = () => {}
      const plain = memory()
      const host = { ...plain, listen: (/** @type {string} */ event, /** @type {any} */ listener) => {
        if (event === 'network') network = listener
        return () => {}
      } }
      const { stash, sync } = await device(new MemoryServer(), { host })
      /** @type {string[]} */
      const told = []
      sync.on('status', ({ state, pending }) => { told.push(`${state} ${pending}`) })
      network({ isConnected: false })
      network({ isConnected: false })
      await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
      await sync.addPendingChange({ type: 'create', key: 'b', data: 2 })
      network({ isConnected: true })
      assert.deepEqual(told, ['offline 0', 'offline 1', 'offline 2', 'idle 2'])
      await stash.close()
    })

  it('goes on when the store takes again what it refused', { timeout: 30_000 }, async () => {
    const server = new MemoryServer()
    const plain = memory()
    let isFull = false
    const host = {
      ...plain,
      write: (/** @type {any[]} */ ...args) => {
        if (isFull) throw new Error('full')
        return /** @type {any} */ (plain).write(...args)
      },
      commit: undefined,
      writeMany: undefined,
    }
    const { stash, sync } = await device(server, { host })
    await sync.syncData()
    const id = await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    isFull = true
    await assert.rejects(sync.syncData(), isCode('HOST_FAILED'))
    assert.equal(server.rows.size, 0, 'what could not be noted as sent is not sent')
    const added = sync.addPendingChange({ type: 'create', key: 'b', data: 1 })
    await assert.rejects(added, isCode('HOST_FAILED'))
    sync.start()
    await new Promise(resolve => { setTimeout(resolve, 50) })
    isFull = false
    // A timer of ours keeps no process alive.
    const alive = setInterval(() => {}, 1000)
    await sync.awaitAccepted(id)
    clearInterval(alive)
    await stash.close()
  })

  it('gives up a request that takes too long', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server, { timeout: 20 })
    transport.pull = (_request, how) => new Promise((_resolve, reject) => {
      how.signal.addEventListener('abort', () => reject(new StorageError('ABORTED', 'given up')))
    })
    await assert.rejects(sync.syncData(), isCode('TIMEOUT'))
    await stash.close()
  })

  it('shares one synchronisation among those who call at once', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    await Promise.all([sync.syncData(), sync.syncData(), sync.syncData()])
    assert.ok(transport.calls.filter(call => call === 'pull').length <= 2)
    await stash.close()
  })
})

describe('tabs', () => {
  it('of one store hear what became of the changes of each other', async () => {
    const server = new MemoryServer()
    /** @type {Set<(news: any[]) => void>} */
    const tabs = new Set()
    const plain = memory()
    /** @type {Promise<unknown>} */
    let last = Promise.resolve()
    const locks = async () => {
      const before = last
      /** @type {() => void} */
      let release = () => {}
      last = new Promise(resolve => { release = () => resolve(undefined) })
      await before
      return () => release()
    }
    const tab = () => {
      /** @type {((news: any[]) => void)[]} */
      const mine = []
      return {
        ...plain,
        immediate: false,
        exclusive: false,
        open: undefined,
        close: undefined,
        lock: (/** @type {string} */ name) =>
          name.startsWith('ministash.sync') ? locks() : Promise.resolve(() => {}),
        others: {
          tell: (/** @type {any[]} */ news) => {
            for (const listener of tabs) if (!mine.includes(listener)) listener(news)
          },
          hear: (/** @type {(news: any[]) => void} */ listener) => {
            mine.push(listener)
            tabs.add(listener)
            return () => { tabs.delete(listener) }
          },
        },
      }
    }
    const [a, b] = [await device(server, { host: tab() }), await device(server, { host: tab() })]
    const id = await a.sync.addPendingChange({ type: 'create', key: 'k', data: 1 })
    const accepted = a.sync.awaitAccepted(id)
    await b.sync.syncData()
    await accepted
    assert.equal(a.sync.status.pending, 0)
    assert.deepEqual(server.log.map(({ mutation }) => mutation.key), ['k'])
    await Promise.all([a.sync.syncData(), b.sync.syncData()])
    await Promise.all([a.stash.close(), b.stash.close()])
  })
})

describe('the end', () => {
  it('tells who waits', async () => {
    const server = new MemoryServer()
    const { stash, sync, transport } = await device(server)
    const id = await sync.addPendingChange({ type: 'create', key: 'a', data: 1 })
    const waiting = assert.rejects(sync.awaitAccepted(id), isCode('CLOSED'))
    transport.trouble = () => new Promise(() => {})
    const syncing = assert.rejects(sync.syncData())
    transport.pull = (_request, how) => new Promise((_resolve, reject) => {
      how.signal.addEventListener('abort', () => reject(new StorageError('ABORTED', 'given up')))
    })
    await new Promise(resolve => { setTimeout(resolve, 5) })
    await stash.close()
    await waiting
    await syncing
    await assert.rejects(sync.syncData(), isCode('CLOSED'))
  })

  it('without the option every verb says what is missing', async () => {
    const stash = await open({ host: memory() })
    await assert.rejects(stash.sync.syncData(), isCode('INVALID_OPTION'))
    await assert.rejects(stash.sync.addPendingChange({ type: 'delete', key: 'a' }), isCode('INVALID_OPTION'))
    assert.throws(() => stash.sync.status, isCode('INVALID_OPTION'))
    await stash.close()
  })

  it('wrong options are refused', async () => {
    const transport = new MemoryServer().transport()
    const wrong = [
      {}, { transport: {} }, { transport, conflict: 'x' }, { transport, batchSize: 0 },
      { transport, pageSize: 1e9 },
      { transport, interval: 'x' }, { transport, retry: { attempts: -1 } }, { transport, onConflict: 1 },
      { transport, namespace: '' }, { transport, odd: 1 },
    ]
    for (const sync of wrong) {
      const isRight = (/** @type {unknown} */ error) =>
        isCode('INVALID_OPTION')(error) || isCode('INVALID_KEY')(error)
      await assert.rejects(open({ host: memory(), sync: /** @type {any} */ (sync) }), isRight)
    }
  })
})
