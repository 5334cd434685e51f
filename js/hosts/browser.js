// @ts-check
/**
 * What the browser hosts share: Web Locks, which are held until given back, by the browser itself
 * when a page ends; chance; the ways in which browsers say that there is no room. No store is here.
 */

import { StorageError } from '../errors.js'
import { fault } from './host.js'

/** @typedef {() => Promise<void>} Release Settles when the lock is free. */

/** A page that is going gives its locks back within this time; whoever holds one longer stays. */
const LEAVING_MS = 1000

/** Whether this browser has Web Locks; pages without https have none, and Safari before 15.4 either. */
export function hasLocks() {
  /* global navigator -- of browsers */
  return typeof navigator === 'object' && typeof Object(navigator.locks).request === 'function'
}

/**
 * Waits for a lock and holds it.
 * @param {string} name
 * @param {LockOptions} [options]
 * @returns {Promise<Release>}
 */
export function holdLock(name, options = {}) {
  return new Promise((resolve, reject) => {
    const done = navigator.locks.request(name, options, () => new Promise(free => {
      resolve(() => {
        free(undefined)
        return done
      })
    }))
    done.then(undefined, reject)
  })
}

/**
 * Takes a lock that nobody else may hold; refused as BUSY while somebody does.
 * @param {string} name
 * @param {string} what What is taken, for the message.
 * @returns {Promise<Release>}
 */
export async function takeLock(name, what) {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(), LEAVING_MS)
  try {
    return await holdLock(name, { signal: control.signal })
  } catch (cause) {
    if (!control.signal.aborted) throw fault('HOST_FAILED', 'the browser refused a lock', cause)
    throw fault('BUSY', `another page has ${what} open; close it there, or use browserIndexedDb()`, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** Bytes from the secure source that every browser has. */
export const browserEntropy = () => crypto.getRandomValues(new Uint8Array(32))

/**
 * Whether a browser says by this error that there is no room.
 * @type {(error: unknown) => boolean}
 */
export function isQuotaError(error) {
  const { name, code } = /** @type {{ name?: unknown, code?: unknown }} */ (Object(error))
  // The second name and code are Firefox's, older than the standard.
  return name === 'QuotaExceededError' || name === 'NS_ERROR_DOM_QUOTA_REACHED'
    || code === 22 || code === 1014
}

/**
 * The fault, or the error, for what a store of a browser refused.
 * @param {unknown} error
 * @param {string} kind Of the store, such as IndexedDB.
 * @param {string} store Which one, such as: the database notes.
 * @returns {Error}
 */
export function refusalOf(error, kind, store) {
  const { name, fault: known } = /** @type {Record<string, string | undefined>} */ (Object(error))
  if (known !== undefined || StorageError.is(error)) return /** @type {Error} */ (error)
  if (isQuotaError(error)) {
    return fault('QUOTA_EXCEEDED', 'the browser has no more room for this site; remove something', error)
  }
  if (name === 'SecurityError') {
    return new StorageError('UNSUPPORTED',
      `the browser denies ${kind}: allow the site to store data, or use memory()`, { cause: error })
  }
  return fault('HOST_FAILED', `${store} refused (${name ?? 'no reason told'}); reload this page`, error)
}

/**
 * The localStorage of this place, if it has one; reading the name throws where access is denied.
 * @returns {Storage | undefined}
 */
export function findLocalStorage() {
  /* global localStorage -- of pages; workers have none, and a web view may hold null in its place */
  try {
    return typeof localStorage === 'object' && localStorage !== null ? localStorage : undefined
  } catch {
    return undefined
  }
}
