// @ts-check
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What `open` gives: the storage over one host, and its end.
 */

import { StorageError } from './errors.js'
import { errorOfRefusal } from './ask.js'
import { runLater } from './run.js'
import { callersSpace } from './space.js'
import { StorageManager } from './storage-manager.js'

/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */
/** @typedef {import('./session.js').Session} Session */

/**
 * What opening had to repair. `finished`: a commit that a killed process left half done was brought
 * to its end. `quarantined`: its journal was damaged and has been put aside for a person; what it
 * was to write may be missing.
 * @typedef {'none' | 'finished' | 'quarantined'} Recovery
 */

/**
 * Old engines have no Symbol.dispose; those who polyfill it use this one.
 * @type {typeof Symbol.dispose}
 */
const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/**
 * The session of each stash; a private field would be written out at length for old engines.
 * @type {WeakMap<object, Session>}
 */
const sessions = new WeakMap()

/** @param {object} stash */
const sessionOf = stash => /** @type {Session} */ (sessions.get(stash))

/**
 * Stands where a feature attaches its member.
 * @type {any}
 */
const MEMBER = undefined

/**
 * An open store. It holds memory and perhaps a lock until it is closed.
 * @template {boolean} [Immediate=boolean]
 */
export class Stash {
  /**
   * Made by `open`.
   * @param {Session} session
   * @param {Recovery} recovery
   */
  constructor(session, recovery) {
    sessions.set(this, session)
    const storage = new StorageManager(callersSpace(session))
    /**
     * The storage: its default namespace, and the way to the others.
     * @type {Immediate extends true ? StorageManager : DeferredStorage}
     * @readonly
     */
    this.storage = /** @type {any} */ (storage)
    /**
     * The encrypted storage: `open` puts it there.
     * @type {Immediate extends true ? import('./secure-storage.js').SecureStorage
     *   : import('./deferred-secure-storage.js').DeferredSecureStorage}
     * @readonly
     */
    // eslint-disable-next-line no-unused-expressions -- the declaration of what `attach` defines
    this.secure
    /**
     * What opening had to repair.
     * @readonly
     */
    this.recovery = recovery
    /**
     * The cache that every stash has.
     * @type {import('./cache.js').CacheManager}
     * @readonly
     */
    this.cache = MEMBER
    /**
     * Makes a further cache, which ends with the stash.
     * @type {(options?: import('./cache-options.js').CacheOptions) => import('./cache.js').CacheManager}
     * @readonly
     */
    this.createCache = MEMBER
  }

  /** The host beneath. */
  get host() {
    return /** @type {import('./hosts/host.js').Host<Immediate>} */ (sessionOf(this).host)
  }

  /** Whether the core in plain JavaScript is at work, for want of WebAssembly. */
  get isPlain() {
    return sessionOf(this).instance.isPlain
  }

  /** How often the host was asked so far, opening included: the unit of cost. */
  get hostCalls() {
    return sessionOf(this).hostCalls
  }

  /**
   * The error WIPED if the host has lost what was stored, found at open or since; else null. One
   * `open` tells of a wipe, the next one does not; the first watchers to be registered are told,
   * too, by the event `wiped`.
   */
  get wiped() {
    return sessionOf(this).wiped
  }

  /**
   * Returns when everything has reached the host. On an immediate host every verb of the storage has
   * done so when it returns, and what a feature writes behind is written now; on a deferred one this
   * cannot be had (NOT_IMMEDIATE): await the verbs, or `close`.
   * @returns {void}
   */
  flushSync() {
    const session = sessionOf(this)
    session.refuseIfFinished()
    if (session.host.immediate) return session.flush()
    throw new StorageError('NOT_IMMEDIATE',
      'flushSync cannot be had, the host answers later: await the verbs, or close()')
  }

  /**
   * Waits for the operations under way, then gives everything back; verbs called later fail with
   * CLOSED. An `update` whose function is still waiting fails so, too. Calling it again gives the
   * same Promise.
   * @returns {Promise<void>}
   */
  close() {
    const session = sessionOf(this)
    session.closing ??= runLater(close(session))
    return session.closing
  }

  /** Starts to close without waiting, at the end of a `using` block; call `close` to hear of failures. */
  [DISPOSE]() {
    this.close().catch(() => {})
  }
}

/**
 * @param {Session} session
 * @returns {import('./run.js').Flow<void>}
 */
export function* close(session) {
  /** @type {unknown} */
  let failure
  for (const part of session.detach()) {
    try {
      if (part.close) yield* part.close()
    } catch (error) {
      // A feature that cannot finish must not keep the host from being given back.
      failure ??= error
    }
  }
  session.isClosed = true
  // Whoever came before passes first, and nobody comes after.
  const waiting = session.turnstile?.end()
  if (waiting) yield waiting
  session.end()
  try {
    yield session.host.close?.()
  } catch (refusal) {
    throw errorOfRefusal(refusal)
  }
  if (failure !== undefined) throw failure
}
