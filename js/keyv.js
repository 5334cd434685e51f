// @ts-check
/**
 * The entry `ministash/keyv`: a storage as the store of a Keyv. It translates Keyv's words into verbs and
 * has no rules of storing of its own. Keyv itself is not needed here: whoever uses it brings it.
 */

import { StorageError } from './errors.js'
import { checkKeys, checkStorage, expect } from './checks.js'
import { TTL_MS_MAX, parseTtl } from './ttl.js'

/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */

/** What `setMany` takes, as Keyv gives it. @typedef {{ key: string, value: any, ttl?: number }} KeyvEntry */

/** So many entries are read at once by the iterator, and so many keys removed at once by `clear`. */
const PAGE_ENTRIES = 256

/**
 * Makes a storage the store of one Keyv. A TTL is kept by Keyv and by the storage both, so what has
 * expired is also cleaned up when nobody asks for it. Every failure is a `StorageError`; Keyv tells of it
 * by its event `error`, and throws it with `throwOnErrors`.
 *
 * Keyv writes JSON by itself, which loses what JSON cannot say. With `serialize: undefined` it hands values
 * over as they are, and they come back exactly.
 * @param {DeferredStorage} storage `stash.storage`, or a namespace of it.
 * @returns {KeyvStore}
 * @throws {StorageError} INVALID_OPTION
 * @example
 * const keyv = new Keyv({ store: keyvStore(stash.storage.namespace('keyv')), serialize: undefined })
 * await keyv.set('seen', new Date(), 60_000)
 */
export function keyvStore(storage) {
  checkStorage(storage, 'getMany')
  return new KeyvStore(storage)
}

/** The store of one Keyv. It ends with the stash: `disconnect` closes nothing. */
class KeyvStore {
  #storage
  /** Every namespace that a Keyv has given. @type {Set<string | undefined>} */
  #namespaces = new Set()
  /** @type {string | undefined} */
  #namespace
  /** @type {((error: unknown) => void)[]} */
  #listeners = []

  /** @param {DeferredStorage} storage */
  constructor(storage) {
    this.#storage = storage
    /**
     * What Keyv looks at: it iterates only over stores that name a dialect it knows.
     * @type {any}
     */
    this.opts = { dialect: 'sqlite' }
  }

  /** The namespace of the Keyv, which sets it. Keys come with it: `namespace:key`. */
  get namespace() {
    return this.#namespace
  }

  set namespace(name) {
    this.#namespace = name
    this.#namespaces.add(name)
  }

  /**
   * Hears of errors that Keyv drops: those of a `get`.
   * @param {string} event
   * @param {(...values: any[]) => void} listener
   * @returns {this}
   */
  on(event, listener) {
    if (event === 'error') this.#listeners.push(listener)
    return this
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} `undefined` if it is missing or has expired.
   */
  async get(key) {
    try {
      return await this.#storage.get(key)
    } catch (error) {
      for (const listener of this.#listeners) listener(error)
      throw error
    }
  }

  /**
   * @param {string[]} keys
   * @returns {Promise<any[]>} In the order asked.
   */
  getMany(keys) {
    return this.#storage.getMany(keys)
  }

  /**
   * @param {string} key
   * @param {any} value
   * @param {number} [ttl] In milliseconds.
   * @returns {Promise<boolean>}
   */
  async set(key, value, ttl) {
    const life = lifeOf(ttl)
    this.#checkOwner(key)
    if (life === 'over') await this.#storage.remove(key)
    else await this.#storage.set(key, value, { ttl: life })
    return true
  }

  /**
   * Stores the entries of one TTL all or nothing; those of another TTL are another commit.
   * @param {KeyvEntry[]} entries
   * @returns {Promise<any>} `true` for each of them.
   */
  async setMany(entries) {
    expect(Array.isArray(entries), 'entries', 'an array of { key, value, ttl }', entries)
    // A key given twice counts as its last, whatever the TTLs are.
    const last = new Map(entries.map(entry => [entry.key, entry]))
    /** @type {Map<number | null | 'over', [string, any][]>} */
    const byLife = new Map()
    for (const { key, value, ttl } of last.values()) {
      const life = lifeOf(ttl)
      this.#checkOwner(key)
      const pairs = byLife.get(life)
      if (pairs) pairs.push([key, value])
      else byLife.set(life, [[key, value]])
    }
    for (const [life, pairs] of byLife) {
      if (life === 'over') await this.#storage.removeMany(pairs.map(([key]) => key))
      else await this.#storage.setMany(pairs, { ttl: life })
    }
    return entries.map(() => true)
  }

  /**
   * @param {string} key
   * @returns {Promise<boolean>} Whether it was there.
   */
  delete(key) {
    return this.#storage.remove(key)
  }

  /**
   * @param {string[]} keys
   * @returns {Promise<boolean>} Whether any of them was there.
   */
  async deleteMany(keys) {
    return await this.#storage.removeMany(keys) > 0
  }

  /**
   * @param {string} key
   * @returns {Promise<boolean>}
   */
  has(key) {
    return this.#storage.has(key)
  }

  /**
   * @param {string[]} keys
   * @returns {Promise<boolean[]>} In the order asked.
   */
  hasMany(keys) {
    return Promise.all(checkKeys(keys).map(key => this.#storage.has(key)))
  }

  /** Removes every key of the Keyv's namespace; without one, of the storage. @returns {Promise<void>} */
  async clear() {
    if (this.#namespaces.size > 1) {
      // Keyv does not say which of them calls, and the other one's keys must not go.
      throw new StorageError('INVALID_OPTION',
        'expected one Keyv, of one namespace, for a keyvStore, got several: make a keyvStore for each')
    }
    if (this.#namespace === undefined) {
      await this.#storage.clear()
      return
    }
    const keys = await this.#storage.keys({ prefix: `${this.#namespace}:` })
    for (let at = 0; at < keys.length; at += PAGE_ENTRIES) {
      await this.#storage.removeMany(keys.slice(at, at + PAGE_ENTRIES))
    }
  }

  /**
   * Goes through the entries of a namespace in the order of their keys. What is written meanwhile is seen
   * if its key is still to come.
   * @param {string} [namespace]
   * @returns {AsyncGenerator<any[], void>}
   */
  async* iterator(namespace) {
    const prefix = namespace === undefined ? '' : `${namespace}:`
    /** @type {[key: string, value: any][]} */
    let page
    /** @type {string | undefined} */
    let gt
    do {
      page = await this.#storage.entries({ prefix, limit: PAGE_ENTRIES, ...gt === undefined ? {} : { gt } })
      yield* page
      gt = page[page.length - 1]?.[0]
    } while (page.length === PAGE_ENTRIES)
  }

  /** Does nothing: whoever opened the stash closes it. @returns {Promise<void>} */
  async disconnect() {}

  /**
   * Refuses a key that `clear` would not find again.
   * @param {string} key
   */
  #checkOwner(key) {
    const names = this.#namespaces
    if (names.size === 0 || names.has(undefined) || typeof key !== 'string') return
    for (const name of names) if (key.startsWith(`${name}:`)) return
    throw new StorageError('INVALID_KEY', "expected a key that begins with the Keyv's namespace: "
      + 'leave useKeyPrefix on, or give the Keyv no namespace', { key })
  }
}

/**
 * How long the storage keeps a value. Keyv takes any number; what is more than the storage takes lives for
 * ever there, and Keyv, which keeps the time of its own, still ends it.
 * @param {number | null | undefined} ttl
 * @returns {number | null | 'over'} `null` is for ever.
 */
function lifeOf(ttl) {
  if (ttl === undefined || ttl === null || ttl === 0 || ttl > TTL_MS_MAX) return null
  if (ttl < 0) return 'over'
  return parseTtl(Math.ceil(ttl))
}
