// @ts-check
/**
 * The time of a cache or a queue, which never runs backwards: a clock that is set back must not give
 * entries a longer life. The clock of the engine is read once in a turn of the event loop, for that costs as
 * much as a hit; an injected one is read each time.
 */

/** @typedef {import('./session.js').Session} Session */

const UNREAD = -1
/** Timers are so exact, or better. */
const TIMER_MS = 1000

/** The time of one cache or queue. */
export class CacheClock {
  /** @param {Session} session */
  constructor(session) {
    this.session = session
    this.isInjected = session.clock !== Date.now
    this.turn = UNREAD
    this.last = 0
    /** How far the clock was set back so far. */
    this.lag = 0
    this.endTurn = () => { this.turn = UNREAD }
  }

  /** The time. */
  now() {
    return this.turn === UNREAD ? this.read() : this.turn
  }

  /**
   * A time of this clock as the clock on the wall tells it.
   * @param {number} time
   */
  toWall(time) {
    return time - this.lag
  }

  /**
   * Takes in that a time has come for certain: a clock that was set back told too little. One that only
   * lags behind a timer is right.
   * @param {number} time
   */
  reach(time) {
    const behind = time - this.now()
    if (behind <= TIMER_MS) return
    this.lag += behind
    this.turn = UNREAD
  }

  read() {
    const wall = this.session.now()
    if (wall < this.last) this.lag += this.last - wall
    this.last = wall
    const now = wall + this.lag
    if (!this.isInjected) {
      this.turn = now
      void Promise.resolve().then(this.endTurn)
    }
    return now
  }
}
