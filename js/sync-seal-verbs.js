// @ts-check
/** The verbs of sealed synchronisation, as flows over the core: see `src/wasm/sync.rs`. */

import { KIND, VERB } from './door.js'
import { run } from './sync-verbs.js'
import { pushValue, readValue } from './sync-wire.js'

/** @typedef {import('./begin.js').Encoded} Encoded */
/** @typedef {import('./session.js').Space} Space */
/** @typedef {import('./sync-results.js').Outgoing} Outgoing */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** How it stands with the secret of the account. */
export const STANDING = Object.freeze({ READY: 0, ABSENT: 1, STALE: 2 })

/**
 * @param {Space} space
 * @returns {Flow<number>}
 */
export function secret(space) {
  return run(space, VERB.SYNC_SECRET, () => {}, operation => operation.number(0))
}

/** @param {Space} space */
export function offer(space) {
  return run(space, VERB.SYNC_OFFER, () => {}, operation => ({
    client: operation.key(0), stamp: operation.key(1), row: operation.key(2),
  }))
}

/**
 * @param {Space} space
 * @param {string | undefined} row What the server has; undefined if it took what was offered.
 */
export function agree(space, row) {
  return run(space, VERB.SYNC_AGREE, operation => {
    if (row === undefined) operation.pushMissing()
    else operation.push(KIND.TEXT, row)
  }, () => undefined)
}

/**
 * @param {Space} space
 * @param {boolean} isPadded
 * @param {Outgoing[]} items Those that have a value.
 * @returns {Flow<string[]>}
 */
export function seal(space, isPadded, items) {
  return run(space, VERB.SYNC_SEAL, operation => {
    operation.pushNumber(Number(isPadded))
    operation.pushNumber(items.length)
    for (const { base, key, stamp, value } of items) {
      operation.pushNumber(base)
      operation.push(KIND.TEXT, key)
      operation.push(KIND.TEXT, stamp)
      pushValue(operation, value)
    }
  }, operation => items.map((_, index) => operation.key(index)))
}

/**
 * @param {Space} space
 * @param {import('./sync-transports/transport.js').WireRow[]} rows
 * @returns {Flow<{ upon: number | undefined, value: Encoded | undefined }[]>} Undefined if it is damaged.
 */
export function unseal(space, rows) {
  const text = (/** @type {unknown} */ told) => typeof told === 'string' ? told : ''
  return run(space, VERB.SYNC_UNSEAL, operation => {
    operation.pushNumber(rows.length)
    for (const { key, hlc, sealed } of rows) {
      for (const told of [key, hlc, sealed]) operation.push(KIND.TEXT, text(told))
    }
  }, operation => rows.map((_, index) => {
    const told = operation.number(index)
    return { upon: told === 0 ? undefined : told - 1, value: readValue(operation, index) }
  }))
}
