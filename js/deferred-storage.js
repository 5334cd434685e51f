// @ts-check
/**
 * The storage verbs as Promises, which every host has. Only their face lives here: what they do is
 * in verbs.js, and their twins that answer at once are in storage-manager.js.
 */

import { runLater } from './run.js'
import { checkFunction, checkNamespace, checkNamespaceOptions, checkWatched } from './checks.js'
import { nestedPath, spaceAt, spelledPath } from './space.js'
import * as verbs from './verbs.js'

/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./checks.js').WatchRange} WatchRange */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {import('./session.js').Space} Space */
/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./results.js').Info} Info */
/** @typedef {import('./results.js').Meta} Meta */
/** @typedef {import('./watch.js').Listener} Listener */

/**
 * Entries to store: a Map, an array of pairs, or any other iterable of them.
 * @typedef {Iterable<readonly [key: string, value: unknown]>} Pairs
 */

/**
 * Entries to store: pairs, or an object by its own keys.
 * @typedef {Pairs | Readonly<Record<string, unknown>>} Entries
 */

/**
 * A namespace of the storage on a host that answers later. Every verb is a Promise, and every
 * refusal a rejection with a `StorageError`. Verbs take effect in the order in which they are
 * called: a `get` called after a `set` sees it without waiting for it. Values come back as they
 * went in, or are refused with INVALID_VALUE. Keys are strings that are not empty; namespaces share
 * nothing.
 */
export class DeferredStorage {
  /**
   * Made by `open` and by `namespace`.
   * @param {Space} space
   */
  constructor(space) {
    /**
     * Where the verbs work.
     * @protected
     * @readonly
     */
    this.space = space
  }

  /**
   * Gets a value. A missing or expired key gives the default; a stored `undefined` or `null` is
   * what was stored. A damaged record rejects with CORRUPT and stays where it is.
   * @template [T=any]
   * @overload
   * @param {string} key
   * @returns {Promise<T | undefined>}
   */
  /**
   * Gets a value, or the default if there is none.
   * @template [T=any]
   * @overload
   * @param {string} key
   * @param {T} defaultValue
   * @returns {Promise<T>}
   */
  /**
   * @param {string} key
   * @param {unknown} [defaultValue]
   * @returns {Promise<any>}
   */
  get(key, defaultValue) {
    return runLater(verbs.get(this.space, key, defaultValue))
  }

  /**
   * Gets several values with one call of the host where it has one: in the order asked, missing
   * ones `undefined`.
   * @template [T=any]
   * @param {Iterable<string>} keys
   * @returns {Promise<(T | undefined)[]>}
   */
  getMany(keys) {
    return runLater(verbs.getMany(this.space, keys))
  }

  /**
   * Tells whether there is a value that has not expired.
   * @param {string} key
   * @returns {Promise<boolean>}
   */
  has(key) {
    return runLater(verbs.has(this.space, key))
  }

  /**
   * Stores a value, all or nothing, in place of the one before and its TTL. Rejects with
   * INVALID_VALUE and the path (`$.a.b[3]`) for what cannot come back as it is, before anything is
   * written; with QUOTA_EXCEEDED if there is no room, the old value still in place.
   * @param {string} key
   * @param {unknown} value
   * @param {SetOptions} [options]
   * @returns {Promise<void>}
   */
  set(key, value, options) {
    return runLater(verbs.set(this.space, key, value, options))
  }

  /**
   * Stores several values, all or none of them, wherever the process dies. A key given twice counts
   * as its last.
   * @overload
   * @param {Pairs} entries
   * @param {PutOptions} [options] For each of them.
   * @returns {Promise<void>}
   */
  /**
   * Stores the values of an object under its keys, all or none of them.
   * @overload
   * @param {Readonly<Record<string, unknown>>} entries
   * @param {PutOptions} [options] For each of them.
   * @returns {Promise<void>}
   */
  /**
   * @param {Entries} entries
   * @param {PutOptions} [options]
   * @returns {Promise<void>}
   */
  setMany(entries, options) {
    return runLater(verbs.setMany(this.space, entries, options))
  }

  /**
   * Removes a value.
   * @param {string} key
   * @returns {Promise<boolean>} Whether it was there.
   */
  remove(key) {
    return runLater(verbs.remove(this.space, key))
  }

  /**
   * Removes several values, all or none of them.
   * @param {Iterable<string>} keys
   * @returns {Promise<number>} How many were there.
   */
  removeMany(keys) {
    return runLater(verbs.removeMany(this.space, keys))
  }

  /**
   * Removes every key of this namespace, and none of another: not of those nested in it, nor of a
   * framework.
   * @returns {Promise<number>} How many were there.
   */
  clear() {
    return runLater(verbs.clear(this.space))
  }

  /**
   * Lists keys in the order of their UTF-8 bytes.
   * @param {Range} [range] All of them if not given.
   * @returns {Promise<string[]>}
   */
  keys(range) {
    return runLater(verbs.keys(this.space, range))
  }

  /**
   * Lists keys with their values, in the order of the keys' UTF-8 bytes.
   * @template [T=any]
   * @param {Range} [range] All of them if not given.
   * @returns {Promise<[key: string, value: T][]>}
   */
  entries(range) {
    return runLater(verbs.entries(this.space, range))
  }

  /**
   * Replaces a value by what the function makes of it, `undefined` standing for a missing one, and
   * tries again if somebody else was quicker, up to 100 times, then CONFLICT. So the function may
   * be called more than once. What it returns is stored, `undefined` too; if it throws, nothing is.
   * TTL and compression stay, unless options say else.
   * @template [T=any]
   * @param {string} key
   * @param {(current: T | undefined) => T | Promise<T>} fn Must not wait for this stash's `close`.
   * @param {PutOptions} [options]
   * @returns {Promise<T>} What was stored.
   */
  update(key, fn, options) {
    return runLater(verbs.update(this.space, key, fn, options))
  }

  /**
   * Adds to a number; a missing one counts as 0. Another value, or a sum that is not finite, is
   * INVALID_VALUE.
   * @param {string} key
   * @param {number} [by] 1 if not given.
   * @param {PutOptions} [options] A TTL that was set stays, unless another one is given here.
   * @returns {Promise<number>} The sum.
   */
  increment(key, by = 1, options) {
    return runLater(verbs.increment(this.space, key, by, options))
  }

  /**
   * Tells what is known of a stored value without reading it as a value.
   * @param {string} key
   * @returns {Promise<Meta | undefined>} `undefined` if the key is missing.
   */
  getMeta(key) {
    return runLater(verbs.getMeta(this.space, key))
  }

  /**
   * Gives a value a new time to live from now on, `null` for ever, and leaves the value as it is.
   * @param {string} key
   * @param {{ ttl: Ttl | null }} options
   * @returns {Promise<boolean>} Whether it was there.
   */
  touch(key, options) {
    return runLater(verbs.touch(this.space, key, options))
  }

  /**
   * Tells what is stored and how much room there is.
   * @returns {Promise<Info>}
   */
  getInfo() {
    return runLater(verbs.getInfo(this.space))
  }

  /**
   * Tells whether a value would find room now. A host may still refuse it: what others write is not
   * known.
   * @param {string} key
   * @param {unknown} value
   * @returns {Promise<boolean>}
   */
  willFit(key, value) {
    return runLater(verbs.willFit(this.space, key, value))
  }

  /**
   * Removes what has expired, in every namespace.
   * @returns {Promise<number>} How many records went.
   */
  cleanup() {
    return runLater(verbs.cleanup(this.space))
  }

  /**
   * Runs a function while nobody else holds the lock of this key, in the order of the calls, and
   * releases it also when the function fails. The lock keeps out other `lock` calls, not other
   * verbs. It is not re-entrant: a function that waits for the lock it runs under waits for ever.
   * @template T
   * @param {string} key
   * @param {() => T | PromiseLike<T>} fn
   * @returns {Promise<T>} What the function returns.
   */
  lock(key, fn) {
    return runLater(verbs.lock(this.space, key, fn, 'wait'))
  }

  /**
   * Watches a key, or all that begin with a prefix, in this namespace. Listeners are called after
   * the commit they hear of, once for each event, in order; an event that a listener causes comes
   * after the current one has been told to all. What a listener throws goes to `onListenerError`
   * and harms nothing.
   * @param {string | WatchRange} what
   * @param {Listener} listener
   * @returns {() => void} Ends the watching, at once.
   */
  watch(what, listener) {
    const { session, path } = this.space
    const watched = checkWatched(what)
    checkFunction(listener, 'listener')
    session.refuseIfFinished()
    return session.watchers.add(path, watched, listener)
  }

  /**
   * The namespace of this name within this one. The same name gives the same namespace; nothing is
   * written for it. What is said of how it is written holds for those nested in it too.
   * @param {string} name 1 to 128 bytes of UTF-8, without NUL.
   * @param {import('./checks.js').NamespaceOptions} [options]
   * @returns {this}
   */
  namespace(name, options) {
    const Storage = /** @type {new (space: Space) => this} */ (this.constructor)
    const nested = nestedPath(this.space.path, plain => checkNamespace(plain, name))
    return new Storage(spaceAt(this.space, spelledPath(nested, checkNamespaceOptions(options))))
  }
}
