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
 * A change.
 * @typedef {object} Note
 * @property {object} item What it belongs to: changes of one that is not taken go together.
 * @property {string} line
 * @property {() => void} then Tells the world; does not throw.
 * @property {readonly string[]} [replaced] Records of another lane that go with this change.
 * @property {(error: unknown) => void} [refuse] Instead of waiting for the store: the item is not taken.
 */

/** How long after a refusal the host is asked again, at first and at most. */
const AGAIN_MS = 1000
const AGAIN_MS_MAX = 30_000

/** The changes of one queue. */
export class Notes {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./upload-log.js').UploadLog | undefined} log Without one they are told at once.
   * @param {(isStuck: boolean) => void} onStuck Hears when the store refuses, and when it takes again.
   * @param {import('./upload-items.js').UploadItems} items What has been told.
   */
  constructor(session, log, onStuck, items) {
    this.session = session
    this.log = log
    this.onStuck = onStuck
    this.items = items
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
   * @param {Item} item
   * @param {string} line
   * @param {() => void} then
   * @param {(error: unknown) => void} [refuse]
   */
  add(item, line, then, refuse) {
    if (this.log) this.notes.push({ item, line, then, refuse })
    else then()
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
        yield* log.append(batch.map(({ line }) => line).join(''), replacedBy(batch))
      } catch (error) {
        this.refused(batch, error)
        break
      }
      if (this.againMs > 0) {
        this.againMs = 0
        this.onStuck(false)
      }
      for (const { then } of batch) then()
      if (!this.hasEnded && log.isLong(this.items.all.size)) {
        try {
          yield* log.replace(this.items.lines())
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
    const notTaken = new Set()
    for (const { item, refuse } of batch) {
      if (!refuse) continue
      notTaken.add(item)
      refuse(error)
    }
    this.notes = batch.concat(this.notes).filter(({ item }) => !notTaken.has(item))
    const isOver = StorageError.is(error) && (error.code === 'CLOSED' || error.code === 'CORE_PANICKED')
    if (this.hasEnded || isOver) return
    if (this.againMs === 0) {
      if (this.notes.length > 0) this.session.report(error, undefined)
      this.onStuck(true)
    }
    this.againMs = Math.min(AGAIN_MS_MAX, Math.max(AGAIN_MS, 2 * this.againMs))
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.flush()
    }, this.againMs)
  }
}

/** @param {readonly Note[]} batch */
function replacedBy(batch) {
  /** @type {string[]} */
  const none = []
  return none.concat(...batch.map(({ replaced }) => replaced ?? none))
}
