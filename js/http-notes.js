// @ts-check
/**
 * What the cache says of itself in each answer: `Cache-Status` (RFC 9211).
 */

import { headerOf, withHeader, withoutHeader } from './http-headers.js'

/** @typedef {import('./http-engine.js').Served} Served */

/**
 * What a cache says that may not ask (RFC 9111 section 5.2.1.7).
 * @returns {Served}
 */
export function timedOut() {
  const headers = noted('', 'MiniStash; detail=only-if-cached')
  return { status: 504, statusText: 'Gateway Timeout', headers, body: '', fromCache: false, age: 0 }
}

/**
 * The fields with a note of this cache behind those of others (RFC 9211).
 * @param {string} headers
 * @param {string} note
 */
export function noted(headers, note) {
  const before = headerOf(headers, 'cache-status')
  return withHeader(headers, 'Cache-Status', before === undefined ? note : `${before}, ${note}`)
}

/** @param {string} headers */
export function withoutNote(headers) {
  const before = headerOf(headers, 'cache-status')
  if (before === undefined) return headers
  const others = before.split(', ').filter(note => !note.startsWith('MiniStash;'))
  const rest = withoutHeader(headers, 'cache-status')
  return others.length > 0 ? withHeader(rest, 'Cache-Status', others.join(', ')) : rest
}

/**
 * The fields of stored responses as they are answered. They are the same for a second, and a response is
 * often asked for more than once in it.
 */
export class AgedFields {
  constructor() {
    /** @type {WeakMap<object, { told: string, age: number, ttl: number, headers: string }>} */
    this.last = new WeakMap()
  }

  /**
   * @param {import('./http-entries.js').Variant} variant
   * @param {string} told Its fields, those of a part where a part is asked for.
   * @param {number} age In seconds.
   * @param {number} ttl How much of its lifetime is left, in seconds.
   * @returns {string}
   */
  of(variant, told, age, ttl) {
    const last = this.last.get(variant)
    if (last && last.told === told && last.age === age && last.ttl === ttl) return last.headers
    const headers = noted(withHeader(told, 'Age', String(age)), `MiniStash; hit; ttl=${ttl}`)
    this.last.set(variant, { told, age, ttl, headers })
    return headers
  }
}
