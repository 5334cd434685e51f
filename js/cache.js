// @ts-check
/**
 * The cache as users hold it: its verbs, with their words. What they do is in cache-entries.js.
 */

import { checkFunction } from './checks.js'
import * as dumps from './cache-dump.js'
import { checkCacheKey, checkEntryOptions, checkWrapOptions } from './cache-options.js'

/** @typedef {import('./cache-dump.js').CacheDump} CacheDump */
/** @typedef {import('./cache-entries.js').Entries} Entries */
/** @typedef {import('./cache-options.js').EntryOptions} EntryOptions */
/** @typedef {import('./cache-options.js').WrapOptions} WrapOptions */
/** @typedef {import('./cache-wrap.js').LoadContext} LoadContext */
/** @typedef {import('./cache-wrap.js').Loads} Loads */

/**
 * What a cache has done so far.
 * @typedef {object} CacheStats
 * @property {number} hits How often `get` and `wrap` found a fresh value.
 * @property {number} misses How often they did not.
 * @property {number} hitRatio Hits among both; 0 before the first.
 * @property {number} sets
 * @property {number} stale How often `wrap` gave a value after its ttl.
 * @property {number} loads How often a loader brought a value.
 * @property {number} loadFailures How often one failed.
 * @property {number} loadMs How long the loaders took that brought one.
 * @property {number} savedMs How long `wrap` would have loaded what it found, by the mean.
 * @property {number} storedEntries What the store holds, with `persist`.
 * @property {number} storedBytes
 * @property {number} promotions How many entries came back from the store.
 * @property {number} entries What memory holds now.
 * @property {number} bytes What that takes, as far as sizes were given or measured.
 * @property {Record<import('./cache-memory.js').EvictReason, number>} evictions What left memory, by reason.
 */

/**
 * A cache: values by string keys, held as they are, as a Map does; what `get` gives is what `set` took.
 * What it may hold is bounded, and what was not used for the longest time leaves first. Its verbs answer
 * at once and do not read their arguments again later.
 */
export class CacheManager {
  /**
   * Made by `open` and by `createCache`.
   * @param {Entries} own
   * @param {Loads} loads
   */
  constructor(own, loads) {
    /**
     * What the verbs work on.
     * @protected
     * @readonly
     */
    this.own = own
    /**
     * @protected
     * @readonly
     */
    this.loads = loads
  }

  /**
   * Gets a value, which counts as a use; `undefined` if there is none that is fresh.
   * @template [T=any]
   * @param {string} key
   * @returns {T | undefined}
   */
  get(key) {
    return this.own.get(key)
  }

  /**
   * Gets a value without using it: neither its turn to leave nor the statistics change.
   * @template [T=any]
   * @param {string} key
   * @returns {T | undefined}
   */
  peek(key) {
    return this.own.peek(checkCacheKey(key))
  }

  /**
   * Tells whether there is a fresh value, be it `undefined`, `null`, 0 or ''. This is no use of it.
   * @param {string} key
   * @returns {boolean}
   */
  has(key) {
    return this.own.has(checkCacheKey(key))
  }

  /**
   * Puts a value, in place of the one before with its ttl and tags.
   * @param {string} key
   * @param {unknown} value
   * @param {EntryOptions} [options]
   * @returns {boolean} Whether it is kept: one that is too large is not, nor is the one before.
   */
  set(key, value, options) {
    return this.own.set(checkCacheKey(key), value, checkEntryOptions(options))
  }

  /**
   * Gets a value, and loads and keeps it if there is none that is fresh. Of all who ask for a key at the
   * same time one loads. A failure is not kept, unless `negativeTtl` says so; where a value is too old by
   * less than `staleWhileRevalidate` it is given at once and loaded anew behind, and by less than
   * `staleIfError`, if loading fails.
   *
   * The load goes on while anybody waits for it; then its `signal` fires. What was begun before its key
   * was set, deleted or cleared is given to those who wait for it, but not kept.
   * @template T
   * @param {string} key
   * @param {(context: LoadContext) => T | PromiseLike<T>} load Must not wait for a `wrap` of the same key.
   * @param {WrapOptions} [options]
   * @returns {Promise<T>} Rejects with what the loader fails with, TIMEOUT, ABORTED or CLOSED.
   */
  async wrap(key, load, options) {
    checkFunction(load, 'load')
    return this.loads.wrap(checkCacheKey(key), load, checkWrapOptions(options, this.own.settings))
  }

  /**
   * Gets a value from memory or, on hosts that answer later, where `get` sees memory only, from the store.
   * @template [T=any]
   * @param {string} key
   * @returns {Promise<T | undefined>}
   */
  async find(key) {
    return this.own.getLater(checkCacheKey(key))
  }

  /**
   * Deletes an entry.
   * @param {string} key
   * @returns {boolean} Whether it was there.
   */
  delete(key) {
    return this.own.delete(checkCacheKey(key))
  }

  /** Deletes everything. */
  clear() {
    this.own.clear()
  }

  /**
   * Deletes what carries a tag.
   * @param {string} tag
   * @returns {number} How many entries that were.
   */
  deleteByTag(tag) {
    return this.own.deleteByTag(checkCacheKey(tag))
  }

  /**
   * Deletes what matches a pattern, such as 'user:*': the star stands for any characters, everything else
   * for itself.
   * @param {string} pattern
   * @returns {number} How many entries that were.
   */
  deleteMatching(pattern) {
    return this.own.deleteMatching(checkCacheKey(pattern))
  }

  /**
   * Tells for how many milliseconds a key is still fresh: 0 if it is not there, Infinity if it has no
   * ttl.
   * @param {string} key
   * @returns {number}
   */
  getRemainingTTL(key) {
    const until = this.own.freshUntil(checkCacheKey(key))
    return until === Infinity ? until : Math.max(0, until - this.own.clock.now())
  }

  /**
   * Drops what has expired. There is no need to call it: what has expired is not given out, and goes
   * before anything else does.
   * @returns {number} How many entries went.
   */
  cleanup() {
    return this.own.cleanup()
  }

  /**
   * The keys of what is fresh in memory, the one most worth keeping first.
   * @returns {string[]}
   */
  keys() {
    return this.own.entries().map(([key]) => key)
  }

  /**
   * The keys and values of what is fresh in memory, the one most worth keeping first.
   * @template [T=any]
   * @returns {[key: string, value: T][]}
   */
  entries() {
    return this.own.entries()
  }

  /** How many entries memory holds, those that `wrap` may still use after their ttl included. */
  get size() {
    return this.own.size
  }

  /** What the cache has done so far. @returns {CacheStats} */
  get stats() {
    const { hits, misses, sets, evictions, memory, tier } = this.own
    const { stale, loads, loadFailures, loadMs, spared } = this.loads
    return {
      hits,
      misses,
      hitRatio: hits + misses === 0 ? 0 : hits / (hits + misses),
      sets,
      stale,
      loads,
      loadFailures,
      loadMs,
      savedMs: loads === 0 ? 0 : spared * loadMs / loads,
      storedEntries: tier ? tier.rows.size : 0,
      storedBytes: tier ? tier.bytes : 0,
      promotions: tier ? tier.promotions : 0,
      entries: memory.slots.size,
      bytes: memory.bytes,
      evictions: { ...evictions },
    }
  }

  /**
   * Gives what memory holds, with what is left of its time, for a host that offers to save state. Values
   * are in it as they are.
   * @returns {CacheDump}
   */
  dump() {
    return dumps.dump(this.own)
  }

  /**
   * Takes in what `dump` gave, in its order; the time that went by since counts.
   * @param {CacheDump} dumped
   * @returns {number} How many entries were taken in.
   */
  load(dumped) {
    return dumps.load(this.own, dumped)
  }
}
