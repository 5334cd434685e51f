// @ts-check
/**
 * Loading what the cache does not hold. Invariant: while a key is being loaded nobody else loads it;
 * who asks joins. A load that was begun before its key was set, deleted or cleared is finished for those
 * who wait for it, but is neither kept nor joined: what it brings may be older than the change.
 */

import { makeController } from './abort.js'
import { StorageError } from './errors.js'

/** @typedef {import('./cache-entries.js').Entries} Entries */
/** @typedef {import('./cache-options.js').SignalLike} SignalLike */
/** @typedef {ReturnType<typeof import('./cache-options.js').checkWrapOptions>} WrapSettings */

/**
 * What a loader is told.
 * @typedef {object} LoadContext
 * @property {string} key
 * @property {SignalLike} signal Fires when nobody waits any more; an AbortSignal where the engine has one.
 */

/**
 * @template T
 * @typedef {(context: LoadContext) => T | PromiseLike<T>} Loader
 */

/**
 * One load under way.
 * @typedef {object} Flight
 * @property {string} key
 * @property {import('./abort.js').Controller} controller
 * @property {Promise<unknown>} promise
 * @property {Set<(error: StorageError) => void>} waiting Each ends the waiting of one caller.
 * @property {boolean} isCurrent Whether what it brings is to be kept.
 * @property {boolean} isStarting Whether the loader has not returned yet.
 */

/** The most failures that are remembered; above it the oldest go. */
const FAILURES_MAX = 1000

/** The loads of one cache. */
export class Loads {
  /** @param {Entries} entries */
  constructor(entries) {
    this.entries = entries
    /** @type {Map<string, Flight>} What can be joined. */
    this.flights = new Map()
    /** @type {Set<Flight>} All that is under way. */
    this.all = new Set()
    /** @type {Map<string, { error: unknown, until: number }>} */
    this.failures = new Map()
    this.loads = 0
    this.loadFailures = 0
    this.loadMs = 0
    this.stale = 0
    this.spared = 0
  }

  /**
   * Gets a value, loading it if need be.
   * @param {string} key
   * @param {Loader<any>} load
   * @param {WrapSettings} settings
   * @returns {Promise<any>}
   */
  async wrap(key, load, settings) {
    const { entries } = this
    const { signal } = settings
    if (signal?.aborted) throw aborted(key, signal)
    entries.session.refuseIfFinished()
    if (entries.findAnywhere(key) === undefined && entries.isStored(key)) await entries.promoteLater(key)
    const { memory } = entries
    const now = entries.clock.now()
    const slot = memory.find(key, now)
    const freshUntil = slot === undefined ? -Infinity : memory.freshEndOf(slot)
    const isFresh = now < freshUntil
    const old = slot === undefined ? undefined : isFresh ? memory.use(slot, now) : memory.values[slot]
    // From here on the slot may hold something else: whoever hears of evictions may change the cache.
    entries.events.tell()
    if (isFresh) {
      entries.hits += 1
      this.spared += 1
      return old
    }
    entries.misses += 1
    const failure = this.failures.get(key)
    if (failure && now < failure.until) throw failure.error
    const joined = this.flights.get(key)
    if (joined?.isStarting) throw selfish(key)
    const flight = joined ?? this.start(key, load, settings)
    // The cache itself waits for what it loads in the background, so no caller can abort it.
    if (now < freshUntil + settings.staleWhileRevalidate) {
      if (!joined) this.attend(flight, settings.timeout, undefined).catch(() => {})
      return this.spare(old)
    }
    try {
      return await this.attend(flight, settings.timeout, signal)
    } catch (error) {
      const isTooLate = entries.clock.now() >= freshUntil + settings.staleIfError
      if (isTooLate || signal?.aborted || !flight.isCurrent || entries.session.isClosed) throw error
      return this.spare(old)
    }
  }

  /** @param {unknown} old */
  spare(old) {
    this.stale += 1
    this.spared += 1
    return old
  }

  /**
   * @param {string} key
   * @param {Loader<any>} load
   * @param {WrapSettings} settings
   * @returns {Flight}
   */
  start(key, load, settings) {
    /** @type {Flight} */
    const flight = {
      key, controller: makeController(), promise: Promise.resolve(), waiting: new Set(),
      isCurrent: true, isStarting: true,
    }
    this.listen()
    this.flights.set(key, flight)
    this.all.add(flight)
    flight.promise = this.run(flight, load, settings)
    flight.isStarting = false
    // Those who wait hear of a failure; a load that everybody left may fail unheard.
    flight.promise.catch(() => {})
    return flight
  }

  /**
   * @param {Flight} flight
   * @param {Loader<any>} load
   * @param {WrapSettings} settings
   */
  async run(flight, load, settings) {
    const { entries } = this
    const { key } = flight
    const began = entries.clock.now()
    let isLoaded = false
    try {
      const value = await load({ key, signal: flight.controller.signal })
      isLoaded = true
      this.loads += 1
      this.loadMs += entries.clock.now() - began
      if (this.land(flight)) this.keep(key, value, settings)
      return value
    } catch (error) {
      if (isLoaded || flight.controller.signal.aborted) throw error
      this.loadFailures += 1
      if (this.land(flight) && settings.negativeTtl !== undefined) {
        this.remember(key, error, entries.clock.now() + settings.negativeTtl)
      }
      throw error
    }
  }

  /**
   * Ends a flight, so that it is joined no more.
   * @param {Flight} flight
   * @returns {boolean} Whether what it brings is to be kept.
   */
  land(flight) {
    const wasFlying = this.all.delete(flight)
    if (this.flights.get(flight.key) === flight) this.flights.delete(flight.key)
    return wasFlying && flight.isCurrent && !this.entries.session.isClosed
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {WrapSettings} settings
   */
  keep(key, value, { entry, staleWhileRevalidate, staleIfError }) {
    try {
      this.entries.set(key, value, entry, Math.max(staleWhileRevalidate, staleIfError))
    } catch (error) {
      // A value that cannot be measured is a value all the same to those who wait for it.
      this.entries.session.report(error, undefined)
    }
  }

  /**
   * @param {string} key
   * @param {unknown} error
   * @param {number} until
   */
  remember(key, error, until) {
    this.listen()
    this.failures.delete(key)
    this.failures.set(key, { error, until })
    const [oldest] = this.failures.keys()
    if (this.failures.size > FAILURES_MAX && oldest !== undefined) this.failures.delete(oldest)
  }

  /**
   * Waits for a flight as long as the caller wants to; who leaves last aborts it.
   * @param {Flight} flight
   * @param {number | undefined} timeout
   * @param {SignalLike | undefined} signal
   * @returns {Promise<unknown>}
   */
  attend(flight, timeout, signal) {
    return new Promise((resolve, reject) => {
      const { key } = flight
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer
      const end = () => {
        flight.waiting.delete(giveUp)
        if (timer !== undefined) clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const giveUp = (/** @type {StorageError} */ error) => {
        end()
        reject(error)
        if (flight.waiting.size === 0) this.abandon(flight, error)
      }
      const onAbort = () => giveUp(aborted(key, /** @type {SignalLike} */ (signal)))
      flight.waiting.add(giveUp)
      signal?.addEventListener('abort', onAbort)
      if (timeout !== undefined) timer = setTimeout(() => giveUp(tooLate(key, timeout)), timeout)
      flight.promise.then(value => { end(); resolve(value) }, error => { end(); reject(error) })
    })
  }

  /**
   * @param {Flight} flight
   * @param {StorageError} error
   */
  abandon(flight, error) {
    if (!this.all.has(flight)) return
    this.land(flight)
    flight.controller.abort(error)
  }

  /** Hears of changes from now on; a cache that never loads need not tell of each. */
  listen() {
    this.entries.changed ??= key => this.outdate(key)
  }

  /**
   * What is under way for a key, or for all, is older than a change.
   * @param {string | undefined} key
   */
  outdate(key) {
    if (this.flights.size === 0 && this.failures.size === 0) return
    if (key === undefined) {
      for (const flight of this.flights.values()) flight.isCurrent = false
      this.flights.clear()
      this.failures.clear()
      return
    }
    const flight = this.flights.get(key)
    if (flight) flight.isCurrent = false
    this.flights.delete(key)
    this.failures.delete(key)
  }

  /** Ends every waiting: the stash is closed. */
  end() {
    for (const flight of Array.from(this.all)) {
      const error = new StorageError('CLOSED', 'the cache was closed while it loaded', { key: flight.key })
      for (const giveUp of Array.from(flight.waiting)) giveUp(error)
    }
  }
}

/** @param {string} key @param {SignalLike} signal */
function aborted(key, signal) {
  return new StorageError('ABORTED', 'the caller gave up before the value was loaded',
    { key, cause: signal.reason })
}

/** @param {string} key @param {number} timeout */
function tooLate(key, timeout) {
  return new StorageError('TIMEOUT',
    `the value was not loaded within ${timeout} ms: try again, or allow more time`, { key })
}

/** @param {string} key */
function selfish(key) {
  return new StorageError('INVALID_OPTION',
    'expected a loader that does not wrap its own key, got one that would wait for itself', { key })
}
