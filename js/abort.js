// @ts-check
/**
 * What gives up a load or a request: the JavaScript engine's own controller where it has one, for `fetch`
 * takes no other signal; where it has none, as in mini-programs, the part of it that is used.
 */

/** @typedef {import('./cache-options.js').SignalLike} SignalLike */

/**
 * @typedef {object} Controller
 * @property {SignalLike} signal
 * @property {(reason?: unknown) => void} abort
 */

/** @returns {Controller} */
export function makeController() {
  /* global AbortController -- asked for, not assumed */
  // eslint-disable-next-line no-restricted-globals
  return typeof AbortController === 'function' ? new AbortController() : new SmallController()
}

/** What is used of an AbortController. */
export class SmallController {
  constructor() {
    /** @type {Set<() => void>} */
    const listeners = new Set()
    /** @type {SignalLike} */
    this.signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_type, listener) => void listeners.add(listener),
      removeEventListener: (_type, listener) => void listeners.delete(listener),
    }
    this.listeners = listeners
  }

  /** @param {unknown} [reason] */
  abort(reason) {
    if (this.signal.aborted) return
    this.signal.aborted = true
    this.signal.reason = reason
    for (const listener of Array.from(this.listeners)) {
      try {
        listener()
      } catch {
        // As with events, one listener cannot keep the others from hearing.
      }
    }
    this.listeners.clear()
  }
}
