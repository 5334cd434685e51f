// @ts-check
/**
 * The storage of hosts that answer at once: the verbs of DeferredStorage, and for each its twin
 * `verbSync`.
 */

import { StorageError } from './errors.js'
import { runNow } from './run.js'
import { DeferredStorage } from './deferred-storage.js'
import * as verbs from './verbs.js'

/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./deferred-storage.js').Entries} Entries */
/** @typedef {import('./deferred-storage.js').Pairs} Pairs */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./results.js').Info} Info */
/** @typedef {import('./results.js').Meta} Meta */

/**
 * A namespace of the storage on a host that answers at once. Both faces may be mixed freely: a verb
 * without `Sync` does its work when it is called, too, and its Promise is settled. A twin throws
 * the `StorageError` that the verb would reject with; on a deferred host, where types do not offer
 * it, it throws NOT_IMMEDIATE.
 */
export class StorageManager extends DeferredStorage {
  /**
   * Gets a value at once.
   * @see {@link DeferredStorage.get}
   * @template [T=any]
   * @overload
   * @param {string} key
   * @returns {T | undefined}
   */
  /**
   * Gets a value at once, or the default if there is none.
   * @template [T=any]
   * @overload
   * @param {string} key
   * @param {T} defaultValue
   * @returns {T}
   */
  /**
   * @param {string} key
   * @param {unknown} [defaultValue]
   * @returns {any}
   */
  getSync(key, defaultValue) {
    return now(this.space, 'get', verbs.get(this.space, key, defaultValue))
  }

  /**
   * Gets several values at once, in the order asked, missing ones `undefined`.
   * @template [T=any]
   * @param {Iterable<string>} keys
   * @returns {(T | undefined)[]}
   */
  getManySync(keys) {
    return now(this.space, 'getMany', verbs.getMany(this.space, keys))
  }

  /**
   * Tells at once whether there is a value that has not expired.
   * @param {string} key
   * @returns {boolean}
   */
  hasSync(key) {
    return now(this.space, 'has', verbs.has(this.space, key))
  }

  /**
   * Stores a value at once, all or nothing.
   * @see {@link DeferredStorage.set}
   * @param {string} key
   * @param {unknown} value
   * @param {SetOptions} [options]
   * @returns {void}
   */
  setSync(key, value, options) {
    now(this.space, 'set', verbs.set(this.space, key, value, options))
  }

  /**
   * Stores several values at once, all or none of them, wherever the process dies.
   * @overload
   * @param {Pairs} entries
   * @param {PutOptions} [options] For each of them.
   * @returns {void}
   */
  /**
   * Stores the values of an object under its keys at once, all or none of them.
   * @overload
   * @param {Readonly<Record<string, unknown>>} entries
   * @param {PutOptions} [options] For each of them.
   * @returns {void}
   */
  /**
   * @param {Entries} entries
   * @param {PutOptions} [options]
   * @returns {void}
   */
  setManySync(entries, options) {
    now(this.space, 'setMany', verbs.setMany(this.space, entries, options))
  }

  /**
   * Removes a value at once.
   * @param {string} key
   * @returns {boolean} Whether it was there.
   */
  removeSync(key) {
    return now(this.space, 'remove', verbs.remove(this.space, key))
  }

  /**
   * Removes several values at once, all or none of them.
   * @param {Iterable<string>} keys
   * @returns {number} How many were there.
   */
  removeManySync(keys) {
    return now(this.space, 'removeMany', verbs.removeMany(this.space, keys))
  }

  /**
   * Removes every key of this namespace at once, and none of another.
   * @returns {number} How many were there.
   */
  clearSync() {
    return now(this.space, 'clear', verbs.clear(this.space))
  }

  /**
   * Lists keys at once, in the order of their UTF-8 bytes.
   * @param {Range} [range] All of them if not given.
   * @returns {string[]}
   */
  keysSync(range) {
    return now(this.space, 'keys', verbs.keys(this.space, range))
  }

  /**
   * Lists keys with their values at once, in the order of the keys' UTF-8 bytes.
   * @template [T=any]
   * @param {Range} [range] All of them if not given.
   * @returns {[key: string, value: T][]}
   */
  entriesSync(range) {
    return now(this.space, 'entries', verbs.entries(this.space, range))
  }

  /**
   * Replaces a value at once by what the function makes of it. A function that returns a Promise is
   * INVALID_OPTION.
   * @see {@link DeferredStorage.update}
   * @template [T=any]
   * @param {string} key
   * @param {(current: T | undefined) => T} fn
   * @param {PutOptions} [options]
   * @returns {T} What was stored.
   */
  updateSync(key, fn, options) {
    return now(this.space, 'update', verbs.update(this.space, key, fn, options))
  }

  /**
   * Adds to a number at once; a missing one counts as 0.
   * @param {string} key
   * @param {number} [by] 1 if not given.
   * @param {PutOptions} [options] A TTL that was set stays, unless another one is given here.
   * @returns {number} The sum.
   */
  incrementSync(key, by = 1, options) {
    return now(this.space, 'increment', verbs.increment(this.space, key, by, options))
  }

  /**
   * Tells at once what is known of a stored value.
   * @param {string} key
   * @returns {Meta | undefined} `undefined` if the key is missing.
   */
  getMetaSync(key) {
    return now(this.space, 'getMeta', verbs.getMeta(this.space, key))
  }

  /**
   * Gives a value a new time to live at once, `null` for ever.
   * @param {string} key
   * @param {{ ttl: Ttl | null }} options
   * @returns {boolean} Whether it was there.
   */
  touchSync(key, options) {
    return now(this.space, 'touch', verbs.touch(this.space, key, options))
  }

  /**
   * Tells at once what is stored and how much room there is.
   * @returns {Info}
   */
  getInfoSync() {
    return now(this.space, 'getInfo', verbs.getInfo(this.space))
  }

  /**
   * Tells at once whether a value would find room now.
   * @param {string} key
   * @param {unknown} value
   * @returns {boolean}
   */
  willFitSync(key, value) {
    return now(this.space, 'willFit', verbs.willFit(this.space, key, value))
  }

  /**
   * Removes at once what has expired, in every namespace.
   * @returns {number} How many records went.
   */
  cleanupSync() {
    return now(this.space, 'cleanup', verbs.cleanup(this.space))
  }

  /**
   * Runs a function at once while holding the lock of this key; BUSY if somebody holds it.
   * A function that returns a Promise is INVALID_OPTION: the lock would be gone before it ends.
   * @template T
   * @param {string} key
   * @param {() => T} fn
   * @returns {T} What the function returns.
   */
  lockSync(key, fn) {
    return now(this.space, 'lock', verbs.lock(this.space, key, fn, 'refuse'))
  }
}

/**
 * Runs the flow of a twin, where the host answers at once.
 * @template T
 * @param {import('./session.js').Space} space
 * @param {string} verb
 * @param {import('./run.js').Flow<T>} flow
 * @returns {T}
 */
export function now({ session }, verb, flow) {
  if (!session.host.immediate) {
    throw new StorageError('NOT_IMMEDIATE', `${verb}Sync cannot be had, the host answers later: use \`await ${verb}()\``)
  }
  return runNow(flow)
}
