// @ts-check
/** What may be heard of in the upload queue. */

import { Events } from './events.js'

/**
 * What may be heard of: an item was `added`, is `started`, is to be tried again (`retry`), or ended as
 * `done`, `failed` or `cancelled`, each with what is known of it; the `progress` of all; and that
 * nothing is left to do (`idle`).
 * @typedef {'added' | 'started' | 'retry' | 'done' | 'failed' | 'cancelled' | 'progress' | 'idle'}
 *   UploadEvent
 */

/** @type {readonly UploadEvent[]} */
const EVENTS = Object.freeze(['added', 'started', 'retry', 'done', 'failed', 'cancelled', 'progress', 'idle'])
/** How an item may end. @type {readonly UploadEvent[]} */
const ENDS = Object.freeze(['done', 'failed', 'cancelled'])

/**
 * The listeners of one queue.
 * @extends {Events<UploadEvent>}
 */
export class UploadEvents extends Events {
  /** @param {(error: unknown) => void} report Hears what listeners throw. */
  constructor(report) {
    super(EVENTS, report)
  }

  /**
   * @param {(info: any) => any} listener
   * @returns {() => void}
   */
  onSettled(listener) {
    const ends = ENDS.map(event => this.on(event, listener))
    return () => { for (const end of ends) end() }
  }
}
