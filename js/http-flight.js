// @ts-check
/**
 * Requests under way, each shared by everybody who asks the same meanwhile. Whoever gives up leaves; the
 * request is aborted when nobody waits any more.
 */

import { StorageError } from './errors.js'

/**
 * @template T
 * @typedef {object} Flight
 * @property {Promise<T>} landing
 * @property {number} waiting How many wait for it.
 * @property {() => void} abort
 */

/**
 * What tells that a caller has given up: an AbortSignal, or the handle of a request task.
 * @typedef {object} Abortable
 * @property {boolean} aborted
 * @property {(type: 'abort', listener: () => void) => void} addEventListener
 * @property {(type: 'abort', listener: () => void) => void} removeEventListener
 */

/**
 * @template T
 */
export class Flights {
  constructor() {
    /** @type {Map<string, Flight<T>>} */
    this.flights = new Map()
  }

  /**
   * Joins the flight of a key, or starts it.
   * @param {string} key
   * @param {() => { landing: Promise<T>, abort: () => void }} start
   * @param {Abortable | undefined} signal
   * @returns {{ landing: Promise<T>, isFirst: boolean }}
   */
  join(key, start, signal) {
    let flight = this.flights.get(key)
    const isFirst = flight === undefined
    if (!flight) {
      const started = { waiting: 0, ...start() }
      flight = started
      this.flights.set(key, started)
      const end = () => { if (this.flights.get(key) === started) this.flights.delete(key) }
      started.landing.then(end, end)
    }
    flight.waiting += 1
    return { landing: this.wait(key, flight, signal), isFirst }
  }

  /** Aborts everything under way. */
  end() {
    for (const { abort } of this.flights.values()) abort()
    this.flights.clear()
  }

  /**
   * @private
   * @param {string} key
   * @param {Flight<T>} flight
   * @param {Abortable | undefined} signal
   * @returns {Promise<T>}
   */
  wait(key, flight, signal) {
    return orAborted(flight.landing, signal, () => {
      flight.waiting -= 1
      if (flight.waiting > 0 || this.flights.get(key) !== flight) return
      this.flights.delete(key)
      flight.abort()
    })
  }
}

/**
 * Waits for something until the caller gives up.
 * @template T
 * @param {Promise<T>} landing
 * @param {Abortable | undefined} signal
 * @param {() => void} leave Runs when the caller gives up.
 * @returns {Promise<T>}
 */
export function orAborted(landing, signal, leave) {
  if (!signal) return landing
  return new Promise((resolve, reject) => {
    const end = () => signal.removeEventListener('abort', giveUp)
    const giveUp = () => {
      end()
      leave()
      reject(abortedError())
    }
    landing.then(answer => { end(); resolve(answer) }, error => { end(); reject(error) })
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
  })
}

/** @returns {StorageError} */
export function abortedError() {
  return new StorageError('ABORTED', 'the request was given up')
}
