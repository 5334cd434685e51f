// @ts-check
/**
 * The host on IndexedDB over an IndexedDB in memory: the contract, and what real browsers do too seldom to
 * wait for: versions, blocked upgrades, full disks, transactions that fail in the middle.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IDBFactory, IDBKeyRange, IDBObjectStore } from 'fake-indexeddb'
import { browserIndexedDb } from '../../js/hosts/browser-indexed-db.js'
import { browserLocal } from '../../js/hosts/browser-local.js'
import { hostContract } from './support/host-contract.js'
import { openAt, refused } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'

Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange })
/* global indexedDB -- the one above */

let made = 0

/** A new host on a database that nobody else has. */
function make() {
  made += 1
  return browserIndexedDb({ name: `database ${made}` })
}

hostContract('browserIndexedDb', make, { hasLimits: false })
storageContract('browserIndexedDb', make, { hasLimits: false, isImmediate: false })

/**
 * Runs with a method of an object store replaced.
 * @param {'put' | 'get'} name
 * @param {(this: any, ...args: any[]) => any} method
 * @param {() => Promise<unknown>} act
 */
async function withMethod(name, method, act) {
  const prototype = /** @type {any} */ (IDBObjectStore.prototype)
  const before = prototype[name]
  prototype[name] = method
  try {
    await act()
  } finally {
    prototype[name] = before
  }
}

/** @type {(name: string, version: number) => Promise<IDBDatabase>} */
function openOther(name, version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

describe('the host on IndexedDB', () => {
  test('stands aside when another page upgrades, and then refuses', async () => {
    const host = browserIndexedDb({ name: 'upgraded' })
    const { storage, stash } = await openAt(host)
    await storage.set('key', 1)
    const other = await openOther('upgraded', 2)
    await refused('HOST_FAILED', () => storage.get('key'), /reload this page/)
    await stash.close()
    await refused('HOST_FAILED', () => openAt(host), /of a later version; reload this page/)
    other.close()
  })

  test('that is kept from opening by another page is BUSY, and may be opened later', async () => {
    const old = await openOther('blocked', 1)
    // A page that does not stand aside while the database is deleted keeps everybody out.
    const host = browserIndexedDb({ name: 'blocked' })
    const blocked = /** @type {any} */ ({ open: () => {
      const request = /** @type {any} */ ({})
      queueMicrotask(() => request.onblocked())
      return request
    } })
    const real = indexedDB
    Object.assign(globalThis, { indexedDB: blocked })
    await refused('BUSY', () => openAt(host), /close it/)
    Object.assign(globalThis, { indexedDB: real })
    old.close()
  })

  test('does not touch a database of somebody else', async () => {
    const theirs = await openOther('theirs', 1)
    theirs.close()
    await refused('HOST_FAILED', () => openAt(browserIndexedDb({ name: 'theirs' })), /give another `name`/)
  })

  test('that does not exist or is denied is UNSUPPORTED', async () => {
    const real = indexedDB
    const denied = { open() { throw new DOMException('denied', 'SecurityError') } }
    for (const found of [undefined, null, denied]) {
      Object.assign(globalThis, { indexedDB: found })
      await refused('UNSUPPORTED', () => openAt(browserIndexedDb()), /memory\(\)/)
    }
    Object.assign(globalThis, { indexedDB: real })
  })

  test('is opened once, and refuses when it is closed', async () => {
    const host = make()
    const { storage, stash } = await openAt(host)
    await refused('BUSY', () => openAt(host), /open already/)
    await storage.set('key', 1)
    await stash.close()
    await assert.rejects(host.read('key'), { fault: 'HOST_FAILED', message: /cannot be used: it is closed/ })
  })

  test('a commit whose second write is refused changes nothing', async () => {
    // Of the host alone: the core would mend what a host has left half done.
    const host = make()
    await host.open?.()
    /** @type {(length: number) => [string, Uint8Array][]} */
    const writes = length => [['a', new Uint8Array(length)], ['b', new Uint8Array(length)]]
    const commit = (/** @type {number} */ length) => host.commit?.({ writes: writes(length), removes: ['c'] })
    await host.write('c', new Uint8Array(1))
    await host.writeMany?.(writes(1))
    const put = IDBObjectStore.prototype.put
    const thrown = (/** @type {string} */ name) => () => { throw new DOMException('odd', name) }
    /** @type {[string, (this: any, data: any, key: any) => any][]} */
    const ways = [
      ['HOST_FAILED', thrown('DataCloneError')],
      ['QUOTA_EXCEEDED', thrown('QuotaExceededError')],
      // The browser gives the transaction up by itself.
      ['HOST_FAILED', function (data, key) {
        this.transaction.commit = () => this.transaction.abort()
        return put.call(this, data, key)
      }],
    ]
    for (const [code, second] of ways) {
      await withMethod('put', function (data, key) {
        return (key === 'b' ? second : put).call(this, data, key)
      }, () => assert.rejects(async () => commit(2), { fault: code }))
      const found = /** @type {Uint8Array[]} */ (await host.readMany?.(['a', 'b', 'c']))
      assert.deepEqual(found.map(data => data.length), [1, 1, 1], code)
    }
    await commit(3)
    assert.deepEqual((await host.list('')).sort(), ['a', 'b'])
    await host.close?.()
  })

  test('a listing finds keys beside the greatest unit, and not those beyond', async () => {
    const host = make()
    await host.open?.()
    const keys = ['a', 'a\uffff', 'a\uffff\uffffb', 'b', '\uffff', '\uffff\uffff', '\ud7ffx', '\ue000x']
    for (const key of keys) await host.write(key, new Uint8Array(1))
    for (const prefix of [...keys, '', 'a\uffff\uffff', '\ud7ff']) {
      const expected = keys.filter(key => key.startsWith(prefix)).sort()
      assert.deepEqual((await host.list(prefix)).sort(), expected, JSON.stringify(prefix))
    }
    await host.close?.()
  })

  test('a part of a large buffer is stored without the rest', async () => {
    const host = make()
    await host.open?.()
    await host.write('key', new Uint8Array(1_000_000).subarray(5, 8))
    const found = /** @type {Uint8Array} */ (await host.read('key'))
    assert.deepEqual([found.length, found.buffer.byteLength], [3, 3])
    await host.close?.()
  })

  test('wrong options are refused', () => {
    const wrong = [
      { name: '' }, { name: 7 }, { name: null }, { durable: 1 }, { persist: 'yes' }, { nmae: 'x' }, null,
    ]
    for (const options of /** @type {any[]} */ (wrong)) {
      assert.throws(() => browserIndexedDb(options), { code: 'INVALID_OPTION' })
    }
    for (const options of /** @type {any[]} */ ([{ prefix: '' }, { prefix: 7 }, { perfix: 'x' }])) {
      assert.throws(() => browserLocal(options), { code: 'INVALID_OPTION' })
    }
  })
})
