// @ts-check
/**
 * The host on IndexedDB: deferred, in pages and workers, for much data. One database with one object
 * store; a commit is one transaction, so that no journal is needed. The database itself is in
 * browser-database.js.
 */

import { StorageError } from '../errors.js'
import { browserEntropy, hasLocks, holdLock } from './browser.js'
import { Database } from './browser-database.js'
import { listenToPage } from './browser-life.js'
import { channelOf } from './browser-news.js'
import { askToPersist, roomOfOrigin, witnessOf } from './browser-room.js'
import { defineHost } from './define-host.js'
import { networkByFetch } from './http-fetch.js'
import { checkHostOptions } from './options.js'

/** @import { Host } from './host.js' */

/**
 * @typedef {object} BrowserIndexedDbOptions
 * @property {string} [name] The name of the database. Default 'ministash'.
 * @property {boolean} [durable] True: what was answered survives a power cut, where the browser offers it
 *   (`durability: 'strict'`). False: it survives the death of the browser, and costs less. Default true.
 * @property {boolean} [persist] True: asks at `open` that the browser does not delete the data when room
 *   runs short; Firefox asks the person. What came of it, `getInfo` tells. Default false.
 */

const OPTIONS = Object.freeze(/** @type {const} */ ({
  name: 'string', durable: 'boolean', persist: 'boolean' }))

/**
 * Makes a host on IndexedDB. Nothing is touched before it is opened. Pages and workers may share it:
 * each change is made under a Web Lock, so that none is lost. Where there are no Web Locks (no https,
 * Safari before 15.4) each commit is still all or nothing, but of two changes of one key made at the
 * same moment in two pages one may be lost.
 * @param {BrowserIndexedDbOptions} [options]
 * @returns {Readonly<Host<false>>}
 */
export function browserIndexedDb(options = {}) {
  checkHostOptions(options, OPTIONS)
  const { name = 'ministash', durable = true, persist = false } = options
  if (name === '') throw new StorageError('INVALID_OPTION', "expected a name, got ''")
  const database = new Database(name, durable ? 'strict' : 'relaxed')
  const channel = channelOf(`ministash:${name}`)
  /** @type {Host<false>} */
  const host = {
    name: 'browserIndexedDb',
    immediate: false,
    // A tenth to a quarter faster than text in Chromium, where one letter beyond Latin doubles a text.
    holds: 'bytes',
    read: async key => (await database.look(store => [store.get(key)]))[0],
    readMany: keys => database.look(store => keys.map(key => store.get(key))),
    list: async prefix => (await database.look(store => [store.getAllKeys(rangeOf(prefix))]))[0],
    write: (key, data) => database.change(store => { store.put(whole(data), key) }),
    remove: key => database.change(store => { store.delete(key) }),
    writeMany: entries => database.change(store => {
      for (const [key, data] of entries) store.put(whole(data), key)
    }),
    removeMany: keys => database.change(store => { for (const key of keys) store.delete(key) }),
    commit: ({ writes, removes }) => database.change(store => {
      for (const key of removes) store.delete(key)
      for (const [key, data] of writes) store.put(whole(data), key)
    }),
    info: roomOfOrigin(),
    witness: witnessOf(name),
    lock: hasLocks() ? key => holdLock(`ministash:${JSON.stringify([name, key])}`) : undefined,
    others: channel?.others,
    listen: listenToPage,
    entropy: browserEntropy,
    network: networkByFetch(),
    async open() {
      await database.open()
      channel?.open()
      // Without it the data stay as long as there is room.
      if (persist) askToPersist()
    },
    async close() {
      channel?.close()
      database.close()
    }
  }
  return defineHost(host)
}

/**
 * The keys that begin with a prefix: those from it to the next text of its length.
 * @type {(prefix: string) => IDBKeyRange | undefined}
 */
function rangeOf(prefix) {
  /* global IDBKeyRange -- of browsers */
  const stem = prefix.replace(/\uffff+$/, '')
  if (prefix === '') return undefined
  if (stem === '') return IDBKeyRange.lowerBound(prefix)
  const end = stem.slice(0, -1) + String.fromCharCode(stem.charCodeAt(stem.length - 1) + 1)
  return IDBKeyRange.bound(prefix, end, false, true)
}

/**
 * A view is stored with all of the buffer beneath, so what is a part is cut out first.
 * @type {(data: import('./host.js').Data) => Uint8Array}
 */
function whole(data) {
  const bytes = /** @type {Uint8Array} */ (data)
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
