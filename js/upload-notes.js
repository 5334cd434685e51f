// @ts-check
/**
 * What happened to items, on its way into the store and then to the world. Invariant: nobody hears of a
 * change that is not stored. What happens in one turn of the event loop is one commit. While the host
 * refuses, changes wait in their order; only new items are given back to whoever brought them.
 */

import { StorageError } from './errors.js'
import { runLater, runNow } from './run.js'

/** @typedef {import('./upload-item.js').Item} Item */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * What may happen: an item was taken, begun, is to be tried again, ended; an attempt wants something `kept`
 * for the next one; an item that had ended is `forgotten`; one of another lane is `restored`, and all of that
 * lane is `adopted`; the app has `paused` the queue, or let it go on; a file is about to be `copied`.
 */
export const CHANGE = Object.freeze({ TAKEN: 0, RUNS: 1, WAITS: 2, DONE: 3, FAILED: 4, CANCELLED: 5, KEPT: 6,
  FORGOTTEN: 7, RESTORED: 8, ADOPTED: 9, PAUSED: 10,
  COPIED: 11 })

/**
 * Who is told.
 * @typedef {object} World
 * @property {(change: number, item: Item | undefined, what: any) => void} tell Tells of a change that is
 *   stored; does not throw.
 * @property {(change: number, item: Item | undefined, what: any, error: unknown) => void} refuse The store
 *   takes no new item, or no other lane.
 * @property {(isStuck: boolean) => void} stick Hears when the store refuses, and when it takes again.
 * @property {number} count How many items the log has to tell of.
 * @property {() => string} lines All that has been told.
 */

/** A change. Made for each step of each item, so that it is small, and of one shape. */
export class Note {
  /**
   * @param {number} change
   * @param {Item | undefined} item
   * @param {string} line
   * @param {any} what What else there is to be told.
   */
  constructor(change, item, line, what) {
    this.change = change
    this.item = item
    this.line = line
    this.what = what
  }
}

/** How long after a refusal the host is asked again, at first and at most. */
const AGAIN_MS = 1000
const AGAIN_MS_MAX = 30_000

/** The changes of one queue. */
export class Notes {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./upload-log.js').UploadLog | undefined} log Without one they are told at once.
   * @param {World} world
   */
  constructor(session, log, world) {
    this.session = session
    this.log = log
    this.world = world
    /** @type {Note[]} */
    this.notes = []
    /** @type {Promise<void> | undefined} On a deferred host, what is being written. */
    this.writing = undefined
    this.isWriting = false
    this.againMs = 0
    /** @type {any} */
    this.timer = undefined
    this.hasEnded = false
  }

  /**
   * Notes a change, to be stored at the end of this turn and told then.
   * @param {number} change
   * @param {Item | undefined} item
   * @param {string} line
   * @param {any} [what]
   */
  add(change, item, line, what) {
    if (this.log) this.notes.push(new Note(change, item, line, what))
    else this.world.tell(change, item, what)
  }

  /**
   * Notes what another lane says, which goes with it.
   * @param {readonly Note[]} notes
   */
  adopt(notes) {
    this.notes.push(...notes)
  }

  /** Whether something is to be written; what the host may have kept of what it refused is, too. */
  get hasWork() {
    return this.notes.length > 0 || (this.log !== undefined && this.log.isDoubtful)
  }

  /** Begins to store what was noted; on an immediate host it is stored when this returns. */
  flush() {
    if (!this.hasWork || this.isWriting || this.timer !== undefined) return
    if (this.session.host.immediate) runNow(this.write())
    else this.writing = runLater(this.write())
  }

  /** Stores what is left, and ends: what cannot be stored is lost with this process. @returns {Flow<void>} */
  *end() {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.isWriting) yield this.writing
    this.hasEnded = true
    if (this.hasWork) yield* this.write()
    clearTimeout(this.timer)
  }

  /**
   * Does not fail.
   * @private
   * @returns {Flow<void>}
   */
  *write() {
    const { log } = this
    if (!log) return
    this.isWriting = true
    while (this.hasWork && this.timer === undefined) {
      const batch = this.notes
      this.notes = []
      try {
        yield* log.append(linesOf(batch), replacedBy(batch))
      } catch (error) {
        this.refused(batch, error)
        break
      }
      if (this.againMs > 0) {
        this.againMs = 0
        this.world.stick(false)
      }
      for (const { change, item, what } of batch) this.world.tell(change, item, what)
      if (!this.hasEnded && log.isLong(this.world.count)) {
        try {
          yield* log.replace(this.world.lines())
        } catch (error) {
          // The old records are still there, and say the same.
          this.session.report(error, undefined)
        }
      }
    }
    this.isWriting = false
  }

  /**
   * @private
   * @param {Note[]} batch
   * @param {unknown} error
   */
  refused(batch, error) {
    /** @type {Set<unknown>} Items, and lanes. */
    const notTaken = new Set()
    for (const { change, item, what } of batch) {
      if (change !== CHANGE.TAKEN && change !== CHANGE.ADOPTED && change !== CHANGE.COPIED) continue
      notTaken.add(item ?? what)
      this.world.refuse(change, item, what, error)
    }
    this.notes = batch.concat(this.notes)
      .filter(({ item, change, what }) => !notTaken.has(laneIn(change, what) ?? item))
    const isOver = StorageError.is(error) && (error.code === 'CLOSED' || error.code === 'CORE_PANICKED')
    if (this.hasEnded || isOver) return
    if (this.againMs === 0) {
      if (this.notes.length > 0) this.session.report(error, undefined)
      this.world.stick(true)
    }
    this.againMs = Math.min(AGAIN_MS_MAX, Math.max(AGAIN_MS, 2 * this.againMs))
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.flush()
    }, this.againMs)
  }
}

/** @param {readonly Note[]} batch */
function linesOf(batch) {
  let lines = ''
  for (const { line } of batch) lines += line
  return lines
}

/** @param {readonly Note[]} batch @returns {readonly string[]} */
function replacedBy(batch) {
  let replaced = NOTHING
  for (const { change, what } of batch) {
    if (change === CHANGE.ADOPTED) replaced = [...replaced, ...what.records]
  }
  return replaced
}

/** The lane that a change belongs to, if it is taken over. @param {number} change @param {any} what */
function laneIn(change, what) {
  return change >= CHANGE.RESTORED && change <= CHANGE.PAUSED ? what : undefined
}

/** @type {readonly string[]} */
const NOTHING = Object.freeze([])
