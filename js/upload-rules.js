// @ts-check
/**
 * The rules of the upload queue as JavaScript holds them: the engine of the core, which is made when it is
 * needed. Nothing is decided here.
 */

import { StorageError } from './errors.js'

/** @typedef {import('./door.js').UploadEngine} UploadEngine */

/** Why nothing is begun, as bits, by the numbers of the core. */
export const HOLD = Object.freeze({ PAUSED: 1, OFFLINE: 2, METERED: 4, HIDDEN: 8, STORE: 16 })

/** What is true of the end of an attempt, as bits. */
export const OUTCOME = Object.freeze({ DONE: 0, FAILED: 1, RETRYABLE: 2, TIMEOUT: 4, INTERRUPTED: 8 })

/** What an item is after an attempt, by the numbers of the core. */
export const SETTLED = Object.freeze({ NOT: -1, WAITING: 0, DONE: 2, FAILED: 3 })

/** What the engine says of an item that waits. */
const WHY = Object.freeze({ HELD: 1, UNTIL: 2, BEHIND: 3 })
const REASONS = Object.freeze(/** @type {const} */ (['paused', 'offline', 'metered', 'hidden', 'store']))

/** The engine of one queue. */
export class UploadRules {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./upload-options.js').UploadSettings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    /** @type {UploadEngine | undefined} */
    this.own = undefined
  }

  /**
   * Runs the engine; what comes out of it as an exception means that the core broke.
   * @template T
   * @param {(engine: UploadEngine) => T} run
   * @returns {T}
   */
  ask(run) {
    try {
      return run(this.engine)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /** @private */
  get engine() {
    this.session.refuseIfBroken()
    this.own ??= this.make()
    return this.own
  }

  /** @private @param {unknown} panic */
  broken(panic) {
    if (StorageError.is(panic)) return panic
    const { instance } = this.session
    instance.break(panic)
    return instance.brokenError()
  }

  // What follows is asked for each item: a function made for each question costs more than its answer.

  /**
   * Adds an item that waits.
   * @param {import('./upload-item.js').Item} item
   * @param {number} attempts
   * @param {number} due
   * @param {number} now
   */
  add({ slot, priority }, attempts, due, now) {
    try {
      this.engine.add(slot, priority, attempts, due, now)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * Takes the item that is sent next; -1 if none may be.
   * @param {number} now
   */
  claim(now) {
    try {
      return this.engine.claim(now)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * By which claim an item runs.
   * @param {number} slot
   */
  claimOf(slot) {
    try {
      return this.engine.claimOf(slot)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * How often an item was tried.
   * @param {number} slot
   */
  attempts(slot) {
    try {
      return this.engine.attempts(slot)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * Ends an attempt; gives what becomes of the item, whose slot is empty if it ended.
   * @param {import('./upload-attempt.js').Attempt} attempt
   * @param {number} bits
   * @param {{ status?: number, retryAfterMs?: number } | undefined} error
   * @param {number} now
   */
  settle({ item: { slot }, claim }, bits, error, now) {
    const status = error?.status ?? 0
    const retryAfter = error?.retryAfterMs ?? -1
    const chance = Math.floor(this.settings.random() * 0x100000000)
    try {
      return this.engine.settle(slot, claim, bits, status, retryAfter, chance, now)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * A running item whose time is over; -1 if there is none.
   * @param {number} now
   */
  overdue(now) {
    try {
      return this.engine.overdue(now)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * When to look again; -1 if only a call can change anything.
   * @param {number} now
   */
  nextDeadline(now) {
    try {
      return this.engine.nextDeadline(now)
    } catch (panic) {
      throw this.broken(panic)
    }
  }

  /**
   * Why an item waits.
   * @param {number} slot
   * @param {number} now
   * @param {(time: number) => number} toWall
   * @returns {import('./upload-item.js').WaitingFor | undefined}
   */
  explain(slot, now, toWall) {
    const [why, what = 0] = this.ask(engine => engine.explain(slot, now))
    if (why === WHY.HELD) return { reasons: REASONS.filter((_, bit) => (what & 1 << bit) !== 0) }
    if (why === WHY.UNTIL) return { reasons: ['backoff'], until: toWall(what) }
    return why === WHY.BEHIND ? { reasons: ['behind'], behind: what } : undefined
  }

  /** Gives the memory of the core back. */
  end() {
    const { own } = this
    this.own = undefined
    if (own && !this.session.instance.isBroken) own.free()
  }

  /** @private */
  make() {
    const { UploadEngine } = this.session.instance.glue
    if (!UploadEngine) {
      throw new StorageError('UNSUPPORTED', 'this core was built without uploads: use a whole one')
    }
    const { concurrency, attempts, base, cap, timeout, stall } = this.settings
    return new UploadEngine(concurrency, attempts, base, cap, timeout, stall)
  }
}
