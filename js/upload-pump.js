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
import { CHANGE, Notes } from './upload-notes.js'
import { HOLD, OUTCOME, SETTLED, UploadRules } from './upload-rules.js'
import { openFile } from './upload-source.js'
import { UploadTimer } from './upload-timer.js'
import { UploadWorld } from './upload-world.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./upload-item.js').Item} Item */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

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
    this.notes = new Notes(session, this.log, new UploadWorld(this))
    /** The last number that the log knows an item by. */
    this.numbers = 0
    this.holds = 0
    this.isHidden = false
    this.isScheduled = false
    this.hasEnded = false
    /** Made once: a turn comes for each few items. */
    this.soon = Promise.resolve()
    this.takeTurn = () => this.turn()
    this.timer = new UploadTimer(this.clock, this.takeTurn)
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
    this.timer.wake(this.clock.now())
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
    this.rules.add(item, 0, item.addedAt, now)
    this.notes.add(CHANGE.TAKEN, item, this.log ? wire.addedLine(item) : '')
    this.schedule()
  }

  /**
   * Takes up an item that waited or ran when its process ended.
   * @param {Item} item
   * @param {number} now
   */
  readmit(item, now) {
    this.items.place(item)
    const { attempts, dueAt, addedAt } = item
    // The clock of that process may have been another one.
    const due = dueAt > 0 ? Math.min(dueAt, now + PAUSE_MS_MAX) : Math.min(addedAt, now)
    this.rules.add(item, attempts, due, now)
  }

  /**
   * Ends an item that cannot be sent at all.
   * @param {Item} item
   * @param {StorageError} error
   */
  lose(item, error) {
    this.finish(CHANGE.FAILED, item, wire.failedLine(item.number, error), error)
  }

  /**
   * Begins anew with an item that failed or was cancelled.
   * @param {Item} item
   */
  again(item) {
    const now = this.clock.now()
    this.items.revive(item)
    this.rules.add(item, 0, now, now)
    this.notes.add(CHANGE.WAITS, item, wire.waitingLine(item.number, 0, this.clock.toWall(now), undefined),
      { attempts: 0, due: now, error: undefined })
    this.schedule()
  }

  /**
   * Cancels an item that has not ended.
   * @param {Item} item
   */
  cancel(item) {
    this.empty(item.slot)
    if (item.attempt) item.attempt.abort()
    this.finish(CHANGE.CANCELLED, item, wire.cancelledLine(item.number),
      new StorageError('ABORTED', 'the upload was cancelled'))
  }

  /**
   * Forgets an item that has ended.
   * @param {Item} item
   */
  forget(item) {
    this.notes.add(CHANGE.FORGOTTEN, item, wire.forgottenLine(item.number))
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
    const { item } = attempt
    const now = this.clock.now()
    item.attempt = undefined
    const isOffline = (this.holds & HOLD.OFFLINE) !== 0 || !attempt.hasBegun
    const bits = outcomeOf(error, isTimeout, isOffline)
    const state = this.rules.settle(attempt, bits, error, now)
    if (state === SETTLED.DONE) {
      this.finish(CHANGE.DONE, item, this.log ? wire.doneLine(item.number, result) : '', result)
    } else if (state === SETTLED.FAILED) {
      const failure = /** @type {StorageError} */ (error)
      this.finish(CHANGE.FAILED, item, wire.failedLine(item.number, failure), failure)
    } else if (state === SETTLED.WAITING) {
      if ((bits & OUTCOME.INTERRUPTED) !== 0 && this.isHidden) this.hold(HOLD.HIDDEN, true)
      const attempts = this.rules.attempts(item.slot)
      const due = this.rules.ask(engine => engine.due(item.slot))
      this.notes.add(CHANGE.WAITS, item,
        wire.waitingLine(item.number, attempts, this.clock.toWall(due), error), { attempts, due, error })
    }
  }

  /**
   * @private
   * @param {number} change
   * @param {Item} item
   * @param {string} line
   * @param {unknown} what
   */
  finish(change, item, line, what) {
    this.items.leave(item)
    this.notes.add(change, item, line, what)
    this.schedule()
  }

  /** Empties a slot whose item has not ended. @param {number} slot */
  empty(slot) {
    this.rules.ask(engine => {
      engine.cancel(slot)
      engine.forget(slot)
    })
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
      const line = this.log ? wire.keptLine(item.number, resume) : ''
      this.notes.add(CHANGE.KEPT, item, line, { resume, resolve })
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

  /**
   * Pauses the queue for the app, in this process and in those after it, or lets it go on. Nothing that
   * begins after `resume` is seen before that is stored, as it is stored behind it.
   * @param {boolean} isPaused
   */
  pause(isPaused) {
    if (isPaused === ((this.holds & HOLD.PAUSED) !== 0)) return
    this.hold(HOLD.PAUSED, isPaused)
    this.notes.add(CHANGE.PAUSED, undefined, wire.pausedLine(isPaused))
    this.schedule()
  }

  /** Sees to it that a turn comes. */
  schedule() {
    if (this.isScheduled || this.hasEnded) return
    this.isScheduled = true
    void this.soon.then(this.takeTurn)
  }

  /** Begins what may begin, and stores what has happened. */
  turn() {
    this.isScheduled = false
    if (this.hasEnded) return
    try {
      const now = this.clock.now()
      this.endOverdue(now)
      this.begin(now)
      this.timer.arm(this.rules.nextDeadline(now))
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
      const attempts = this.rules.attempts(slot)
      const attempt = new Attempt(this, item, this.rules.claimOf(slot), attempts)
      item.attempt = attempt
      this.notes.add(CHANGE.RUNS, item, this.log ? wire.runningLine(item.number, attempts) : '', attempt)
    }
  }

  /** @private @param {number} now */
  endOverdue(now) {
    for (;;) {
      const slot = this.rules.overdue(now)
      if (slot < 0) return
      const { attempt } = this.items.at(slot)
      if (!attempt) return
      attempt.abort()
      const error = new StorageError('TIMEOUT', 'the attempt took too long, or stood still')
      this.settled(attempt, error, undefined, true)
    }
  }

  /**
   * The core broke, or the clock: nothing goes on, and whoever waits hears so.
   * @private
   * @param {unknown} error
   */
  break(error) {
    if (this.hasEnded) return
    this.hasEnded = true
    this.timer.disarm()
    this.items.end(error)
    this.session.report(error, undefined)
  }

  /**
   * Stores what has happened and ends; what is under way is sent again by the next process.
   * @returns {Flow<void>}
   */
  *close() {
    this.timer.disarm()
    this.hasEnded = true
    this.items.abort()
    yield* this.notes.end()
    if (this.lanes && this.lanes.release) yield this.lanes.release()
    this.items.end(new StorageError('CLOSED', 'the stash was closed before the upload ended'))
    this.events.end()
    this.rules.end()
  }
}
