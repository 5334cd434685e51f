// @ts-check
/**
 * What left memory, told to `onEvict` after the change. A listener that comes back into the cache finds
 * it whole; what it causes is told after what it is being told. One that throws harms nothing.
 */

import { StorageError } from './errors.js'
import { callListener, reportSafely } from './listeners.js'

/** @typedef {import('./cache-memory.js').EvictReason} EvictReason */

/** The most that listeners may cause before they are no longer heard: see `onEvict`. */
const CAUSED_MAX = 100_000

/** Evictions on their way to the listener. */
export class Evictions {
  /**
   * @param {((key: string, value: any, reason: EvictReason) => void) | undefined} listener
   * @param {(error: unknown) => void} report
   */
  constructor(listener, report) {
    this.listener = listener
    this.report = report
    /** @type {[key: string, value: unknown, reason: EvictReason][]} */
    this.queue = []
    this.isTelling = false
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {EvictReason} reason
   */
  note(key, value, reason) {
    if (this.listener) this.queue.push([key, value, reason])
  }

  /** Tells what was noted, unless that is under way already. */
  tell() {
    if (this.queue.length === 0 || this.isTelling || !this.listener) return
    this.isTelling = true
    let told = 0
    try {
      const atFirst = this.queue.length
      for (; told < this.queue.length && told < atFirst + CAUSED_MAX; told += 1) {
        const next = this.queue[told]
        if (next) callListener(() => this.listener?.(...next), this.report)
      }
      if (told < this.queue.length) {
        const what = `onEvict caused more than ${CAUSED_MAX} evictions while being told of some`
        const error = new StorageError('BUSY', `${what}: it must not change the cache without end`)
        reportSafely(error, this.report)
      }
    } finally {
      this.queue = []
      this.isTelling = false
    }
  }
}
