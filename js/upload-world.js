// @ts-check
/**
 * What becomes of a change once it is stored: items move, attempts begin, the app hears of it.
 */

import { CHANGE } from './upload-notes.js'
import { HOLD } from './upload-rules.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./upload-item.js').Item} Item */
/** @typedef {import('./upload-notes.js').World} World */

/**
 * The world of one queue.
 * @implements {World}
 */
export class UploadWorld {
  /** @param {import('./upload-pump.js').UploadPump} pump */
  constructor(pump) {
    this.pump = pump
  }

  /**
   * Tells the world of a change, which is stored.
   * @param {number} change
   * @param {Item | undefined} about Nothing where it is about a lane.
   * @param {any} what
   */
  tell(change, about, what) {
    const { pump } = this
    const { items } = pump
    const item = /** @type {Item} */ (about)
    switch (change) {
      case CHANGE.TAKEN: items.taken(item); break
      case CHANGE.RUNS:
        items.runs(item, what.number)
        what.begin()
        break
      case CHANGE.WAITS: items.waits(item, what.attempts, what.due, what.error); break
      case CHANGE.DONE: items.ended(item, 'done', what, undefined); break
      case CHANGE.FAILED: items.ended(item, 'failed', undefined, what); break
      case CHANGE.CANCELLED: items.ended(item, 'cancelled', undefined, what); break
      case CHANGE.KEPT:
        item.resume = what.resume
        what.resolve()
        break
      case CHANGE.FORGOTTEN: items.drop(item); break
      case CHANGE.RESTORED: items.restore(item, what.now); break
      case CHANGE.COPIED: what.resolve(); break
      case CHANGE.PAUSED:
        if (what) pump.hold(HOLD.PAUSED, true)
        break
      default:
        for (const copy of what.copies) items.copies.drop(copy)
        pump.schedule()
        what.end()
    }
  }

  /**
   * Gives back an item that the store does not take, or leaves another lane where it is.
   * @param {number} change
   * @param {Item | undefined} about Nothing for a lane.
   * @param {any} what
   * @param {unknown} error
   */
  refuse(change, about, what, error) {
    if (change === CHANGE.ADOPTED) what.end()
    else if (change === CHANGE.COPIED) what.reject(error)
    else this.refuseItem(/** @type {Item} */ (about), error)
  }

  /**
   * @private
   * @param {Item} item
   * @param {unknown} error
   */
  refuseItem(item, error) {
    const { pump } = this
    if (item.attempt) item.attempt.abort()
    if (!item.hasEnded) {
      pump.empty(item.slot)
      pump.items.leave(item)
    }
    pump.items.reject(item, error)
  }

  /** Hears whether the store refuses. @param {boolean} isStuck */
  stick(isStuck) {
    this.pump.hold(HOLD.STORE, isStuck)
  }

  /** How many items the log has to tell of, and all that is true of them. */
  get count() {
    return this.pump.items.all.size
  }

  lines() {
    const { holds, items } = this.pump
    return ((holds & HOLD.PAUSED) !== 0 ? wire.pausedLine(true) : '') + items.copies.lines() + items.lines()
  }
}
