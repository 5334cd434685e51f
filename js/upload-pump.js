// @ts-check
/**
 * The life of items: taken in, claimed from the engine, sent, settled, ended. What the engine decides is
 * noted, stored, and only then seen, by the app and by transports.
 */

import { CacheClock } from './cache-clock.js'
import { StorageError } from './errors.js'
import { Attempt } from './upload-attempt.js'
import { UploadEvents } from './upload-events.js'
import { outcomeOf } from './upload-failure.js'
import { UploadItems } from './upload-items.js'
import { UploadLanes, laneOf } from './upload-lanes.js'
import { UploadLog } from './upload-log.js'
import { Notes } from './upload-notes.js'
import { HOLD, OUTCOME, SETTLED, UploadRules } from './upload-rules.js'
import { openFile } from './upload-source.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./upload-item.js').Item} Item */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** No timer of an engine waits longer. */
const TIMER_MS_MAX = 0x7FFFFFFF
/** No pause that an earlier process noted is longer. */
const PAUSE_MS_MAX = 24 * 3_600_000

/** One queue at work. */
export class UploadPump {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./upload-options.js').UploadSettings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    this.clock = new CacheClock(session)
    this.rules = new UploadRules(session, settings)
    this.events = new UploadEvents(error => session.report(error, undefined))
    this.items = new UploadItems(this)
    this.log = settings.persist ? new UploadLog(session, laneOf(session)) : undefined
    this.lanes = this.log && new UploadLanes(this, this.log)
    this.notes = new Notes(session, this.log, isStuck => this.hold(HOLD.STORE, isStuck), this.items)
    /** The last number that the log knows an item by. */
    this.numbers = 0
    this.holds = 0
    this.isHidden = false
    this.isScheduled = false
    this.hasEnded = false
    /** @type {any} */
    this.timer = undefined
    this.timerAt = Infinity
  }

  /**
   * Takes up what an earlier process left.
   * @returns {Flow<void>}
   */
  *open() {
    if (!this.lanes) return
    // The app that opens it listens first: the first turn comes by the timer.
    this.isScheduled = true
    yield* this.lanes.open()
    this.isScheduled = false
    this.wake(this.clock.now())
  }

  /** @param {Item} item */
  openFile(item) {
    return openFile(this.session, item.source)
  }

  /**
   * Takes in an item that is ready to be sent.
   * @param {Item} item
   */
  admit(item) {
    const now = this.clock.now()
    this.items.place(item)
    this.numbers += 1
    item.number = this.numbers
    this.rules.ask(engine => engine.add(item.slot, item.priority, 0, item.addedAt, now))
    this.notes.add(item, this.log ? wire.addedLine(item) : '', () => this.items.taken(item),
      error => this.refuse(item, error))
    this.schedule()
  }

  /**
   * Takes up an item that waited or ran when its process ended.
   * @param {Item} item
   * @param {number} now
   */
  readmit(item, now) {
    this.items.place(item)
    const { slot, priority, attempts, dueAt, addedAt } = item
    // The clock of that process may have been another one.
    const due = dueAt > 0 ? Math.min(dueAt, now + PAUSE_MS_MAX) : Math.min(addedAt, now)
    this.rules.ask(engine => engine.add(slot, priority, attempts, due, now))
  }

  /**
   * Ends an item that cannot be sent at all.
   * @param {Item} item
   * @param {StorageError} error
   */
  lose(item, error) {
    this.finish(item, wire.failedLine(item.number, error),
      () => this.items.ended(item, 'failed', undefined, error))
  }

  /**
   * Begins anew with an item that failed or was cancelled.
   * @param {Item} item
   */
  again(item) {
    const now = this.clock.now()
    this.items.revive(item)
    this.rules.ask(engine => engine.add(item.slot, item.priority, 0, now, now))
    this.notes.add(item, wire.waitingLine(item.number, 0, this.clock.toWall(now), undefined),
      () => this.items.waits(item, 0, now, undefined))
    this.schedule()
  }

  /**
   * Cancels an item that has not ended.
   * @param {Item} item
   */
  cancel(item) {
    this.rules.ask(engine => engine.cancel(item.slot))
    if (item.attempt) item.attempt.abort()
    this.finish(item, wire.cancelledLine(item.number), () => this.items.ended(item, 'cancelled', undefined,
      new StorageError('ABORTED', 'the upload was cancelled')))
  }

  /**
   * Forgets an item that has ended.
   * @param {Item} item
   */
  forget(item) {
    this.notes.add(item, wire.forgottenLine(item.number), () => this.items.drop(item))
    this.schedule()
  }

  /**
   * Ends an attempt.
   * @param {Attempt} attempt
   * @param {StorageError | undefined} error
   * @param {unknown} result
   * @param {boolean} [isTimeout]
   */
  settle(attempt, error, result, isTimeout = false) {
    if (this.hasEnded) return
    try {
      this.settled(attempt, error, result, isTimeout)
      this.schedule()
    } catch (broken) {
      this.break(broken)
    }
  }

  /**
   * @private
   * @param {Attempt} attempt
   * @param {StorageError | undefined} error
   * @param {unknown} result
   * @param {boolean} isTimeout
   */
  settled(attempt, error, result, isTimeout) {
    const { item, claim } = attempt
    const now = this.clock.now()
    item.attempt = undefined
    const isOffline = (this.holds & HOLD.OFFLINE) !== 0 || !attempt.hasBegun
    const bits = outcomeOf(error, isTimeout, isOffline)
    const { status = 0, retryAfterMs = -1 } = error ?? {}
    const chance = Math.floor(this.settings.random() * 0x100000000)
    const state = this.rules.ask(engine =>
      engine.settle(item.slot, claim, bits, status, retryAfterMs, chance, now))
    if (state === SETTLED.DONE) {
      this.finish(item, this.log ? wire.doneLine(item.number, result) : '',
        () => this.items.ended(item, 'done', result, undefined))
    } else if (state === SETTLED.FAILED) {
      const failure = /** @type {StorageError} */ (error)
      this.finish(item, wire.failedLine(item.number, failure),
        () => this.items.ended(item, 'failed', undefined, failure))
    } else if (state === SETTLED.WAITING) {
      if ((bits & OUTCOME.INTERRUPTED) !== 0 && this.isHidden) this.hold(HOLD.HIDDEN, true)
      const [attempts, due] = this.rules.ask(engine => [engine.attempts(item.slot), engine.due(item.slot)])
      this.notes.add(item, wire.waitingLine(item.number, attempts, this.clock.toWall(due), error),
        () => this.items.waits(item, attempts, due, error))
    }
  }

  /**
   * @private
   * @param {Item} item
   * @param {string} line
   * @param {() => void} then
   */
  finish(item, line, then) {
    const { slot } = item
    if (slot >= 0) this.rules.ask(engine => engine.forget(slot))
    this.items.leave(item)
    this.notes.add(item, line, then)
    this.schedule()
  }

  /**
   * Gives back an item that the store does not take.
   * @private
   * @param {Item} item
   * @param {unknown} error
   */
  refuse(item, error) {
    if (item.attempt) item.attempt.abort()
    if (!item.hasEnded) {
      const { slot } = item
      this.rules.ask(engine => {
        engine.cancel(slot)
        engine.forget(slot)
      })
      this.items.leave(item)
    }
    this.items.reject(item, error)
  }

  /**
   * Takes in how far an attempt is.
   * @param {Attempt} attempt
   * @param {number} sent
   * @param {number | undefined} total
   */
  heard(attempt, sent, total) {
    if (this.hasEnded) return
    const { item } = attempt
    const now = this.clock.now()
    this.items.heard(item, sent, total, now)
    // One that begins anew goes on, too, although what it sends is not new.
    if (sent <= attempt.sent) return
    attempt.sent = sent
    this.rules.ask(engine => engine.heard(item.slot, now))
  }

  /**
   * Keeps what an attempt wants the next one to know.
   * @param {Attempt} attempt
   * @param {unknown} resume
   * @returns {Promise<void>}
   */
  keep(attempt, resume) {
    const { item } = attempt
    return new Promise((resolve, reject) => {
      if (attempt.hasEnded) {
        reject(new StorageError('ABORTED', 'the attempt has ended'))
        return
      }
      this.notes.add(item, this.log ? wire.keptLine(item.number, resume) : '', () => {
        item.resume = resume
        resolve()
      })
      this.schedule()
    })
  }

  /**
   * Holds the queue for a reason, or takes the reason away.
   * @param {number} reason
   * @param {boolean} isHeld
   */
  hold(reason, isHeld) {
    const holds = isHeld ? this.holds | reason : this.holds & ~reason
    if (holds === this.holds) return
    this.holds = holds
    this.rules.ask(engine => engine.holdFor(holds))
    if (!isHeld) this.schedule()
  }

  /** Sees to it that a turn comes. */
  schedule() {
    if (this.isScheduled || this.hasEnded) return
    this.isScheduled = true
    void Promise.resolve().then(() => this.turn())
  }

  /** Begins what may begin, and stores what has happened. */
  turn() {
    this.isScheduled = false
    if (this.hasEnded) return
    try {
      const now = this.clock.now()
      this.endOverdue(now)
      this.begin(now)
      this.arm(now)
      this.notes.flush()
    } catch (error) {
      this.break(error)
    }
  }

  /** @private @param {number} now */
  begin(now) {
    for (;;) {
      const slot = this.rules.claim(now)
      if (slot < 0) return
      const item = this.items.at(slot)
      const [claim, attempts] = this.rules.ask(engine => [engine.claimOf(slot), engine.attempts(slot)])
      const attempt = new Attempt(this, item, claim, attempts)
      item.attempt = attempt
      this.notes.add(item, this.log ? wire.runningLine(item.number, attempts) : '', () => {
        this.items.runs(item, attempts)
        attempt.begin()
      })
    }
  }

  /** @private @param {number} now */
  endOverdue(now) {
    for (;;) {
      const slot = this.rules.ask(engine => engine.overdue(now))
      if (slot < 0) return
      const { attempt } = this.items.at(slot)
      if (!attempt) return
      attempt.abort()
      const error = new StorageError('TIMEOUT', 'the attempt took too long, or stood still')
      this.settled(attempt, error, undefined, true)
    }
  }

  /** Sets the timer for when something is due. @private @param {number} now */
  arm(now) {
    const due = this.rules.ask(engine => engine.nextDeadline(now))
    if (due < 0) {
      this.disarm()
      return
    }
    // A timer that fires too early harms nothing, and setting it anew for each turn costs more.
    if (this.timer !== undefined && this.timerAt <= due) return
    this.disarm()
    this.wake(due)
  }

  /** @private @param {number} at */
  wake(at) {
    const pause = Math.max(0, at - this.clock.now())
    this.timerAt = at
    this.timer = setTimeout(() => {
      this.timer = undefined
      // So long it was, whatever a clock says that was set back meanwhile.
      if (pause <= TIMER_MS_MAX) this.clock.reach(at)
      this.turn()
    }, Math.min(TIMER_MS_MAX, pause))
  }

  /** @private */
  disarm() {
    if (this.timer !== undefined) clearTimeout(this.timer)
    this.timer = undefined
  }

  /**
   * The core broke, or the clock: nothing goes on, and whoever waits hears so.
   * @private
   * @param {unknown} error
   */
  break(error) {
    if (this.hasEnded) return
    this.hasEnded = true
    this.disarm()
    this.items.end(error)
    this.session.report(error, undefined)
  }

  /**
   * Stores what has happened and ends; what is under way is sent again by the next process.
   * @returns {Flow<void>}
   */
  *close() {
    this.disarm()
    this.hasEnded = true
    this.items.abort()
    yield* this.notes.end()
    if (this.lanes && this.lanes.release) yield this.lanes.release()
    this.items.end(new StorageError('CLOSED', 'the stash was closed before the upload ended'))
    this.events.end()
    this.rules.end()
  }
}
