// @ts-check
/** When the queue looks again by itself. */

import { TIMER_MS_MAX } from './checks.js'

/** The timer of one queue. */
export class UploadTimer {
  /**
   * @param {import('./cache-clock.js').CacheClock} clock
   * @param {() => void} turn What is called when it is time.
   */
  constructor(clock, turn) {
    this.clock = clock
    this.turn = turn
    /** @private @type {any} */
    this.timer = undefined
    /** @private */
    this.at = Infinity
  }

  /**
   * Sees to it that a turn comes when something is due.
   * @param {number} due Below 0 for never.
   */
  arm(due) {
    if (due < 0) {
      this.disarm()
      return
    }
    // A timer that fires too early harms nothing, and setting it anew for each turn costs more.
    if (this.timer !== undefined && this.at <= due) return
    this.disarm()
    this.wake(due)
  }

  /** @param {number} at */
  wake(at) {
    const pause = Math.max(0, at - this.clock.now())
    this.at = at
    this.timer = setTimeout(() => {
      this.timer = undefined
      // So long it was, whatever a clock says that was set back meanwhile.
      if (pause <= TIMER_MS_MAX) this.clock.reach(at)
      this.turn()
    }, Math.min(TIMER_MS_MAX, pause))
  }

  disarm() {
    if (this.timer !== undefined) clearTimeout(this.timer)
    this.timer = undefined
  }
}
