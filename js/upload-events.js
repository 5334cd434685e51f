// @ts-check
/**
 * Who is told of what happens in the upload queue. A listener that throws harms nothing.
 */

import { checkFunction, expect } from './checks.js'
import { callListener } from './listeners.js'

/**
 * What may be heard of: an item was `added`, is `started`, is to be tried again (`retry`), or ended as
 * `done`, `failed` or `cancelled`, each with what is known of it; the `progress` of all; and that
 * nothing is left to do (`idle`).
 * @typedef {'added' | 'started' | 'retry' | 'done' | 'failed' | 'cancelled' | 'progress' | 'idle'}
 *   UploadEvent
 */

const EVENTS = Object.freeze(['added', 'started', 'retry', 'done', 'failed', 'cancelled', 'progress', 'idle'])
/** How an item may end. */
const ENDS = Object.freeze(['done', 'failed', 'cancelled'])

/** The listeners of one queue. */
export class UploadEvents {
  /** @param {(error: unknown) => void} report Hears what listeners throw. */
  constructor(report) {
    this.report = report
    /** @type {Map<string, Set<(detail: any) => any>>} */
    this.listeners = new Map(EVENTS.map(event => [event, new Set()]))
  }

  /**
   * @param {string} event
   * @param {(detail: any) => any} listener
   * @returns {() => void} Ends it.
   */
  on(event, listener) {
    const listeners = this.listeners.get(event)
    expect(listeners !== undefined, 'event', `one of ${EVENTS.join(', ')}`, event)
    checkFunction(listener, 'listener')
    // Of its own, so that a function that listens twice is told twice, and ends once.
    const own = (/** @type {any} */ detail) => listener(detail)
    if (listeners) listeners.add(own)
    return () => { if (listeners) listeners.delete(own) }
  }

  /**
   * @param {(info: any) => any} listener
   * @returns {() => void}
   */
  onSettled(listener) {
    const ends = ENDS.map(event => this.on(event, listener))
    return () => { for (const end of ends) end() }
  }

  /**
   * Tells of an event; what is told is made only if somebody listens.
   * @param {UploadEvent} event
   * @param {() => unknown} detail
   */
  tell(event, detail) {
    const listeners = this.listeners.get(event)
    if (!listeners || listeners.size === 0) return
    const told = detail()
    for (const listener of Array.from(listeners)) this.call(() => listener(told))
  }

  /**
   * Calls what an app gave.
   * @param {() => any} act
   */
  call(act) {
    callListener(act, this.report)
  }

  end() {
    for (const listeners of this.listeners.values()) listeners.clear()
  }
}
