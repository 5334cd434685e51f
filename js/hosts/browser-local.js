// @ts-check
/**
 * The host on localStorage: immediate, in every page, for little data. Its records are strings under
 * a prefix, beside those of others, which it neither reads nor removes.
 */

import { StorageError } from '../errors.js'
import { browserEntropy, findLocalStorage, hasLocks, isQuotaError, takeLock } from './browser.js'
import { listenToPage } from './browser-life.js'
import { storageEventsOf } from './browser-news.js'
import { defineHost } from './define-host.js'
import { networkByFetch } from './http-fetch.js'
import { fault } from './host.js'
import { checkHostOptions } from './options.js'

/** @import { Host } from './host.js' */

/**
 * @typedef {object} BrowserLocalOptions
 * @property {string} [prefix] How the keys of its records begin. Default 'ministash:'.
 */

/** What browsers give one origin: 5 Mi units of UTF-16, keys included, whoever wrote them. */
const LIMIT_UNITS = 5 * 1024 * 1024

const OPTIONS = Object.freeze(/** @type {const} */ ({ prefix: 'string' }))

/**
 * Makes a host on localStorage. Nothing is touched before it is opened; then one page at a time owns
 * the prefix, and another is refused as BUSY, where the browser has Web Locks. An origin has room for
 * about 5 MB, counted in units of UTF-16, which is never more than the bytes of UTF-8. What was
 * answered survives the page; browsers bring it to the disk some seconds later.
 * @param {BrowserLocalOptions} [options]
 * @returns {Readonly<Host<true>>}
 */
export function browserLocal(options = {}) {
  checkHostOptions(options, OPTIONS)
  const { prefix = 'ministash:' } = options
  // Without one the keys of everybody else would be taken for ours.
  if (prefix === '') throw new StorageError('INVALID_OPTION', "expected a prefix, got ''")
  let opened = /** @type {Storage | undefined} */ (undefined)
  let isTaken = false
  let release = /** @type {import('./browser.js').Release | undefined} */ (undefined)
  const storage = () => {
    if (opened === undefined) throw fault('HOST_FAILED', 'localStorage is not open; open it first')
    return opened
  }

  return defineHost({
    name: 'browserLocal',
    immediate: true,
    holds: 'text',
    // Without locks other pages may have the prefix open too.
    exclusive: hasLocks(),
    read: key => storage().getItem(prefix + key) ?? undefined,
    write(key, data) {
      try {
        storage().setItem(prefix + key, /** @type {string} */ (data))
      } catch (error) {
        throw refusalOf(error)
      }
    },
    remove: key => storage().removeItem(prefix + key),
    list: wanted => keysOf(storage(), prefix + wanted).map(key => key.slice(prefix.length)),
    info() {
      const all = storage()
      const units = (/** @type {string} */ key) => key.length + (all.getItem(key) ?? '').length
      const usedBytes = keysOf(all, '').reduce((sum, key) => sum + units(key), 0)
      return { usedBytes, limitBytes: LIMIT_UNITS }
    },
    others: storageEventsOf(prefix),
    listen: listenToPage,
    entropy: browserEntropy,
    network: networkByFetch(),
    async open() {
      if (isTaken) throw fault('BUSY', 'this host is open already; close it first')
      isTaken = true
      try {
        const found = usable(prefix)
        if (hasLocks()) release = await takeLock(`ministash:local:${prefix}`, `the prefix ${prefix}`)
        opened = found
      } catch (error) {
        isTaken = false
        throw error
      }
    },
    async close() {
      opened = undefined
      isTaken = false
      await release?.()
      release = undefined
    }
  })
}

/**
 * The localStorage, if it takes anything.
 * @param {string} prefix
 */
function usable(prefix) {
  const found = findLocalStorage()
  if (found === undefined) {
    throw new StorageError('UNSUPPORTED', 'there is no localStorage here, or the browser denies it: '
      + 'allow the site to store data, or use browserIndexedDb() or memory()')
  }
  try {
    // Safari before 11 shows a localStorage in private windows that takes nothing.
    found.setItem(prefix, '')
    found.removeItem(prefix)
  } catch (cause) {
    if (isQuotaError(cause) && found.length > 0) return found
    throw new StorageError('UNSUPPORTED', 'localStorage takes nothing here, perhaps in a private window: '
      + 'use browserIndexedDb() or memory()', { cause })
  }
  return found
}

/** @type {(storage: Storage, prefix: string) => string[]} */
function keysOf(storage, prefix) {
  const keys = []
  for (let index = 0; index < storage.length; index += 1) {
    const key = storage.key(index)
    if (key !== null && key.startsWith(prefix)) keys.push(key)
  }
  return keys
}

/** @type {(error: unknown) => Error} */
function refusalOf(error) {
  if (isQuotaError(error)) {
    return fault('QUOTA_EXCEEDED', 'localStorage is full; remove something, or use browserIndexedDb()', error)
  }
  return /** @type {Error} */ (error)
}
