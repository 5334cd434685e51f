// @ts-check
/**
 * The caches of a stash: the one that every stash has, and those that are made of it. They share
 * nothing but the core, and end with the stash.
 */

import { CacheManager } from './cache.js'
import { Entries } from './cache-entries.js'
import { checkCacheOptions } from './cache-options.js'
import { every } from './cache-timer.js'
import { Loads } from './cache-wrap.js'
import { StorageError } from './errors.js'
import { runLater, runNow } from './run.js'

/** @typedef {import('./cache-options.js').CacheOptions} CacheOptions */
/** @typedef {import('./session.js').Session} Session */

/** @type {import('./features.js').Feature} */
export const cacheFeature = {
  option: 'cache',
  check: options => void checkCacheOptions(options),
  attach(session, options) {
    const caches = new Caches(session)
    const first = caches.make(options)
    session.listen('memory', () => { for (const { own } of caches.all) own.shrink() })
    return {
      members: {
        cache: first.face,
        createCache: (/** @type {CacheOptions} */ given) => caches.create(given),
      },
      *open() {
        if (first.own.tier) yield* first.own.tier.open()
      },
      flush() {
        for (const { own } of caches.all) own.tier?.flushSoon()
      },
      *close() {
        for (const cache of caches.all) yield* caches.close(cache)
      },
    }
  },
}

/** @typedef {{ own: Entries, loads: Loads, face: CacheManager, endTimer?: () => void }} Cache */

/** What the caches of a stash know of each other. */
class Caches {
  /** @param {Session} session */
  constructor(session) {
    this.session = session
    /** @type {Set<Cache>} */
    this.all = new Set()
  }

  /**
   * Makes a cache and, on an immediate host, opens its second tier; on a deferred one that is begun.
   * @param {CacheOptions} [options]
   */
  create(options) {
    this.session.refuseIfFinished()
    const { own, face } = this.make(options)
    const { tier } = own
    if (tier && this.session.host.immediate) runNow(tier.open())
    else if (tier) own.opening = runLater(tier.open()).catch(error => this.session.report(error, undefined))
    return face
  }

  /**
   * @param {CacheOptions} [options]
   * @returns {Cache}
   */
  make(options) {
    const settings = checkCacheOptions(options)
    for (const { own } of this.all) {
      if (settings.persist && own.tier && own.settings.name === settings.name) {
        throw new StorageError('INVALID_OPTION',
          'expected a name of its own for each cache with persist, got one that another cache has')
      }
    }
    const own = new Entries(this.session, settings)
    const loads = new Loads(own)
    /** @type {Cache} */
    const cache = { own, loads, face: new CacheManager(own, loads) }
    this.all.add(cache)
    if (settings.cleanupInterval !== undefined) {
      cache.endTimer = every(settings.cleanupInterval, () => { own.cleanup() })
    }
    return cache
  }

  /**
   * @param {Cache} cache
   * @returns {import('./run.js').Flow<void>}
   */
  *close(cache) {
    cache.endTimer?.()
    cache.loads.end()
    if (cache.own.opening) yield cache.own.opening
    if (cache.own.tier) yield* cache.own.tier.close()
    this.all.delete(cache)
    cache.own.end()
  }
}
