// @ts-check
/** Who is told of what happens in a feature. A listener that throws harms nothing. */

import { checkFunction, expect } from './checks.js'
import { callListener } from './listeners.js'

/**
 * The listeners of one feature.
 * @template {string} Name
 */
export class Events {
  /**
   * @param {readonly Name[]} names What may be heard of.
   * @param {(error: unknown) => void} report Hears what listeners throw.
   */
  constructor(names, report) {
    this.report = report
    /** @type {Map<string, Set<(detail: any) => any>>} */
    this.listeners = new Map(names.map(name => [name, new Set()]))
  }

  /**
   * @param {Name} name
   * @param {(detail: any) => any} listener
   * @returns {() => void} Ends it.
   */
  on(name, listener) {
    const listeners = this.listeners.get(name)
    expect(listeners !== undefined, 'event', `one of ${Array.from(this.listeners.keys()).join(', ')}`, name)
    checkFunction(listener, 'listener')
    // Of its own, so that a function that listens twice is told twice, and ends once.
    const own = (/** @type {any} */ detail) => listener(detail)
    if (listeners) listeners.add(own)
    return () => { if (listeners) listeners.delete(own) }
  }

  /**
   * Tells of an event; what is told is made only if somebody listens.
   * @param {Name} name
   * @param {() => unknown} detail
   */
  tell(name, detail) {
    const listeners = this.listeners.get(name)
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
