// @ts-check
/**
 * The entry `ministash/web-storage`: a storage with the three methods of Web Storage that state libraries ask
 * for (zustand, redux-persist, pinia). Unlike localStorage it takes any value and gives it back as it was.
 */

import { StorageError } from './errors.js'
import { checkPutOptions, checkStorage } from './checks.js'

/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */
/** @typedef {import('./storage-manager.js').StorageManager} StorageManager */

/**
 * The three methods, answering at once. They throw a `StorageError` where the storage refuses.
 * @typedef {object} WebStorage
 * @property {(key: string) => any} getItem What was stored; `null` if it is missing or has expired.
 * @property {(key: string, value: any) => void} setItem Stores any value, not text alone.
 * @property {(key: string) => void} removeItem Removes it; a missing key is no error.
 */

/**
 * The three methods, answering by Promise. They reject with a `StorageError` where the storage refuses.
 * @typedef {object} DeferredWebStorage
 * @property {(key: string) => Promise<any>} getItem What was stored; `null` if it is missing or has expired.
 * @property {(key: string, value: any) => Promise<void>} setItem Stores any value, not text alone.
 * @property {(key: string) => Promise<void>} removeItem Removes it; a missing key is no error.
 */

/**
 * The three methods over a storage that answers at once.
 * @param {Pick<StorageManager, 'getSync' | 'setSync' | 'removeSync'>} storage `stash.storage`, a namespace of
 *   it, or what `robust` made of one.
 * @param {PutOptions} [options] For every `setItem`: `ttl`, `compress`.
 * @returns {WebStorage}
 * @throws {StorageError} INVALID_OPTION; NOT_IMMEDIATE on a host that answers later.
 * @example
 * // As text, which drops the functions of a state; or as it is, with `partialize` leaving them out.
 * persist(state, { name: 'cart', storage: createJSONStorage(() => webStorage(stash.storage)) })
 * persist(state, { name: 'cart', storage: webStorage(stash.storage), partialize: withoutFunctions })
 */
export function webStorage(storage, options = {}) {
  checkStorage(storage, 'getSync')
  checkPutOptions(options)
  // Known at once, and not at the first `getItem`, whose error state libraries drop.
  const host = /** @type {Partial<import('./session.js').Space>} */ (Object(storage).space)?.session?.host
  if (host?.immediate === false) {
    throw new StorageError('NOT_IMMEDIATE', 'the host answers later: use deferredWebStorage')
  }
  return {
    getItem: key => storage.getSync(key, null),
    setItem: (key, value) => { storage.setSync(key, value, options) },
    removeItem: key => { storage.removeSync(key) },
  }
}

/**
 * The three methods as Promises, which every host has.
 * @param {Pick<DeferredStorage, 'get' | 'remove'> & { set(...args: Parameters<DeferredStorage['set']>):
 *   Promise<unknown> }} storage `stash.storage`, a namespace of it, or what `robust` made of one.
 * @param {PutOptions} [options] For every `setItem`: `ttl`, `compress`.
 * @returns {DeferredWebStorage}
 * @throws {StorageError} INVALID_OPTION
 * @example
 * persistReducer({ key: 'root', storage: deferredWebStorage(stash.storage) }, reducer)
 */
export function deferredWebStorage(storage, options = {}) {
  checkStorage(storage, 'getMany')
  checkPutOptions(options)
  return {
    getItem: key => storage.get(key, null),
    setItem: async (key, value) => { await storage.set(key, value, options) },
    removeItem: async key => { await storage.remove(key) },
  }
}
