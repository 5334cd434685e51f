// @ts-check
/**
 * Whose log is whose, where several tabs share a store: each has a lane of its own, and a lock that says that
 * it lives. Whoever gets the lock of another lane takes over what its process left. Where nobody shares the
 * store there is one lane, and no lock.
 */

import { runLater } from './run.js'
import { CHANGE, Note } from './upload-notes.js'
import { HOLD } from './upload-rules.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./session.js').Session} Session */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * A lane that is taken over: its records, the copies of files that belong to no item of it, when, and what is
 * called when it has been, or could not be.
 * @typedef {{ records: readonly string[], copies: readonly string[], now: number, end: () => void }} Adopted
 */

const LANE_CHARS = 8
/** So long `open` waits for the lanes of others: longer than it takes to learn that nobody holds them. */
const WAIT_MS = 100

/**
 * The lane of a process.
 * @param {Session} session
 */
export function laneOf({ host }) {
  if (!host.lock) return ''
  const digits = Math.floor(Math.random() * 36 ** LANE_CHARS).toString(36)
  return digits.padStart(LANE_CHARS, '0')
}

/** @param {string} lane */
const lockOf = lane => `ministash.uploads ${lane}`

/** The lanes of a store, as one queue sees them. */
export class UploadLanes {
  /**
   * @param {import('./upload-pump.js').UploadPump} pump
   * @param {import('./upload-log.js').UploadLog} log
   */
  constructor(pump, log) {
    this.pump = pump
    this.log = log
    /** @type {(() => void | Promise<void>) | undefined} Gives the lock of the own lane back. */
    this.release = undefined
    /** Whether the app has the queue. */
    this.isOpen = false
  }

  /**
   * Reads the own lane, and takes over those of processes that have ended.
   * @returns {Flow<void>}
   */
  *open() {
    const { log, pump } = this
    const { host } = pump.session
    if (host.lock) this.release = yield host.lock(lockOf(log.lane))
    const lanes = yield* log.lanes()
    const now = pump.clock.now()
    const { items, copies, isPaused } = wire.readLog(yield* log.open(lanes.get(log.lane) ?? []))
    if (isPaused) pump.hold(HOLD.PAUSED, true)
    for (const copy of copies) pump.items.copies.drop(copy)
    for (const item of items) {
      pump.numbers = Math.max(pump.numbers, item.number)
      pump.items.restore(item, now)
    }
    lanes.delete(log.lane)
    if (lanes.size === 0) return
    const all = Promise.all(Array.from(lanes.keys(), lane => this.takeOver(lane)))
    yield Promise.race([all, new Promise(resolve => { setTimeout(resolve, WAIT_MS) })])
    this.isOpen = true
  }

  /**
   * Takes over a lane as soon as nobody lives in it.
   * @private
   * @param {string} lane
   */
  async takeOver(lane) {
    const { pump } = this
    const { session } = pump
    const release = session.host.lock && await session.host.lock(lockOf(lane))
    try {
      if (pump.hasEnded) return
      await runLater(this.adopt(lane))
    } catch (error) {
      if (!session.isClosed) session.report(error, undefined)
    } finally {
      if (release) await release()
    }
  }

  /**
   * Notes in the own lane what another one says.
   * @private
   * @param {string} lane
   * @returns {Flow<void>}
   */
  *adopt(lane) {
    const { log, pump } = this
    // Somebody else may have taken it over before.
    const keys = (yield* log.lanes()).get(lane)
    if (!keys || pump.hasEnded) return
    const { text, records } = yield* log.read(keys)
    const { items, copies, isPaused } = wire.readLog(text)
    const now = pump.clock.now()
    yield new Promise(resolve => {
      /** @type {Adopted} */
      const adopted = { records, copies, now, end: () => resolve(undefined) }
      const notes = items.map(item => {
        pump.numbers += 1
        item.number = pump.numbers
        return new Note(CHANGE.RESTORED, item, wire.itemLines(item), adopted)
      })
      // Whoever paused it and comes back finds it paused. One that is at work already has an app of its own.
      if (isPaused && !this.isOpen) {
        notes.push(new Note(CHANGE.PAUSED, undefined, wire.pausedLine(true), adopted))
      }
      // All of them are one commit. If it is refused they stay where they are, for the next process.
      const lines = copies.map(wire.copyLine).join('')
      pump.notes.adopt([...notes, new Note(CHANGE.ADOPTED, undefined, lines, adopted)])
      pump.notes.flush()
    })
  }
}
