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
