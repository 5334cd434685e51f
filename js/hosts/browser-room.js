// @ts-check
/** The room of an origin, the promise to keep it, and the witness: what the hosts of browsers share. */

import { findLocalStorage } from './browser.js'

/** @import { Witness } from './host.js' */

/** @returns {StorageManager | undefined} */
export function storageManager() {
  /* global navigator -- of browsers */
  return typeof navigator === 'object' ? navigator.storage : undefined
}

/** Asks the browser to keep the data. Not waited for, because Firefox asks the person. */
export function askToPersist() {
  storageManager()?.persist?.().catch(() => false)
}

/** What the browser tells is of the whole origin, all its databases, files and caches. */
export function roomOfOrigin() {
  if (typeof storageManager()?.estimate !== 'function') return undefined
  return async () => {
    const { usage, quota } = await /** @type {StorageManager} */ (storageManager()).estimate()
    const isPersisted = await storageManager()?.persisted?.().catch(() => undefined)
    return { usedBytes: usage, limitBytes: quota, isPersisted }
  }
}

/**
 * The witness lies in localStorage, where the deletion of a database or a folder does not reach.
 * @param {string} name
 * @returns {Witness<false> | undefined}
 */
export function witnessOf(name) {
  const storage = findLocalStorage()
  if (storage === undefined) return undefined
  const key = `ministash-witness:${name}`
  return {
    read: async () => storage.getItem(key) ?? undefined,
    async write(text) {
      try {
        storage.setItem(key, text)
      } catch {
        // Full of the data of others: a wipe cannot be told then, which is no reason to store nothing.
      }
    }
  }
}
