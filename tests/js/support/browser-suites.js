// @ts-check
/** The suites that run inside a page, on the hosts of browsers; bundled by support/browser.js. */

import { describe, test } from 'node:test'
import { browserFiles } from '../../../js/hosts/browser-files.js'
import { browserIndexedDb } from '../../../js/hosts/browser-indexed-db.js'
import { browserLocal } from '../../../js/hosts/browser-local.js'
import { encode } from '../../../js/value.js'
import { runClaims } from './browser-shims.js'
import { hostContract } from './host-contract.js'
import { openAt, refused } from './shell.js'
import { storageContract } from './storage-contract.js'
import { VALUES, assertCameBack } from './values.js'

/* global window, navigator, indexedDB, localStorage -- of pages */
// The suites count the bytes of texts by it.
const byteLength = (/** @type {string} */ text) => new TextEncoder().encode(text).length
Object.assign(window, { Buffer: { byteLength } })

/** @typedef {{ after(act: () => unknown): void }} Test */

let made = 0

/** @param {Test} context */
function indexedDb(context) {
  made += 1
  const name = `test ${made}`
  context.after(() => { indexedDB.deleteDatabase(name); localStorage.removeItem(`ministash-witness:${name}`) })
  // What a power cut would leave is not what these suites are about, and a sync costs more than all else.
  // The room of the whole origin is no number to compare: the browser writes when it likes.
  return { ...browserIndexedDb({ name, durable: false }), info: undefined }
}

/** @param {Test} context */
function files(context) {
  made += 1
  const name = `test${made}`
  context.after(async () => {
    localStorage.removeItem(`ministash-witness:files:${name}`)
    const root = await navigator.storage.getDirectory()
    await root.removeEntry(`${name}.records`, { recursive: true }).catch(() => {})
  })
  return { ...browserFiles({ name }), info: undefined }
}

/** @param {Test} context */
function local(context) {
  made += 1
  const prefix = `test ${made}:`
  context.after(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
  })
  return browserLocal({ prefix })
}

/** @type {[name: string, make: (context: Test) => any, isImmediate: boolean][]} */
const HOSTS = [
  ['browserIndexedDb', indexedDb, false], ['browserFiles', files, false], ['browserLocal', local, true],
]

for (const [name, make, isImmediate] of HOSTS) {
  hostContract(name, make, { hasLimits: false })
  storageContract(name, make, { hasLimits: false, isImmediate })
  describe(`every value on ${name}`, () => valueClaims(make))
}

/** @param {(context: Test) => any} make */
function valueClaims(make) {
  /** @type {[string, object][]} */
  const ways = [['as it is', {}], ['compressed, with a TTL', { compress: true, ttl: '1h' }]]
  for (const [way, options] of ways) {
    test(`stored ${way} comes back`, async context => {
      const host = make(context)
      const { stash, storage } = await openAt(host)
      const all = VALUES.filter(({ expect, make: makeValue }) =>
        // All of localStorage is smaller than some of the values.
        expect === 'equal' && encode(makeValue()).text.length < 100_000)
      const stored = []
      for (const [at, entry] of all.entries()) {
        const value = entry.make()
        await storage.set(`key ${at}`, value, options)
        stored.push(value)
      }
      await stash.close()
      const again = await openAt(host)
      const many = await again.storage.getMany(all.map((_, at) => `key ${at}`))
      for (const [at, entry] of all.entries()) {
        assertCameBack(entry, stored[at], many[at])
        assertCameBack(entry, stored[at], await again.storage.get(`key ${at}`))
      }
      await again.stash.close()
    })
  }

  test('or is refused', async context => {
    const { stash, storage } = await openAt(make(context))
    for (const entry of VALUES.filter(({ expect }) => expect === 'refused')) {
      await refused('INVALID_VALUE', () => storage.set('key', entry.make()))
    }
    if (await storage.has('key')) throw new Error('something was written')
    await stash.close()
  })
}

Object.assign(window, { runClaims })
