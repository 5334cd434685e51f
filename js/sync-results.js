// @ts-check
/** What the core gives of synchronisation, read in the order of `src/wasm/sync.rs`. */

import { readValue } from './sync-wire.js'

/** @typedef {import('./begin.js').Encoded} Encoded */
/** @typedef {import('./door.js').Operation} Operation */

/**
 * How it stands.
 * @typedef {object} Standing
 * @property {number} pending
 * @property {number} rejected
 * @property {number} synced When everything was last pulled, 0 for never.
 * @property {string} cursor
 * @property {string} client
 */

/**
 * What lies on the sides of a conflict.
 * @typedef {object} Sides
 * @property {string} key
 * @property {Encoded | undefined} base
 * @property {Encoded | undefined} local
 * @property {Encoded | undefined} remote
 */

/** @typedef {Sides & { winner: number }} Decided */
/** @typedef {Sides & { stamp: string, version: number, isLocalLater: boolean }} Dispute */

/**
 * What a verb has changed.
 * @typedef {object} Report
 * @property {Standing} standing
 * @property {[number: number, fate: number][]} fates
 * @property {[key: string, isSet: boolean][]} changed
 * @property {Decided[]} conflicts
 */

/** @typedef {{ report: Report, disputes?: undefined } | { disputes: Dispute[] }} Settled */
/** @typedef {{ key: string, stamp: string, version: number, verdict: number, value?: Encoded }} Decision */
/** @typedef {{ key: string, version: number, stamp: string, by: string, value: Encoded | undefined,
 *   upon?: number }} Row `upon`: the version that a value was made upon which was sealed. */

/**
 * A change on its way.
 * @typedef {object} Outgoing
 * @property {number} number
 * @property {number} base The version that it was made upon.
 * @property {string} key
 * @property {string} stamp
 * @property {Encoded | undefined} value
 * @property {Encoded | undefined} before What it was made upon.
 */

/** @typedef {{ kind: number, until: number, client: string, cursor: string, items: Outgoing[] }} Claim */

/** @typedef {{ number: number, isSent: boolean, base: number, addedAt: number, key: string,
 *   value: Encoded | undefined }} Pending */

/** @typedef {{ number: number, base: number, rejectedAt: number, key: string, code: string, message: string,
 *   isDead: boolean, value: Encoded | undefined }} Refused */

/**
 * @param {Operation} operation
 * @returns {Claim}
 */
export function claimOf(operation) {
  const count = operation.count / 2
  const first = operation.keyCount > 0 ? operation.key(0) : ''
  const items = Array.from({ length: count }, (_, index) => ({
    number: operation.number(1 + 2 * index),
    base: operation.number(2 + 2 * index),
    key: operation.key(1 + 2 * index),
    stamp: operation.key(2 + 2 * index),
    value: readValue(operation, 2 * index),
    before: readValue(operation, 2 * index + 1),
  }))
  return { kind: operation.number(0), until: operation.number(1), client: first, cursor: first, items }
}

/**
 * @param {Operation} operation
 * @returns {Pending[]}
 */
export function pendingOf(operation) {
  return Array.from({ length: operation.count }, (_, index) => ({
    number: operation.number(4 * index),
    isSent: operation.number(4 * index + 1) === 1,
    base: operation.number(4 * index + 2),
    addedAt: operation.number(4 * index + 3),
    key: operation.key(index),
    value: readValue(operation, index),
  }))
}

/**
 * @param {Operation} operation
 * @returns {Refused[]}
 */
export function refusedOf(operation) {
  return Array.from({ length: operation.count }, (_, index) => ({
    number: operation.number(4 * index),
    base: operation.number(4 * index + 1),
    rejectedAt: operation.number(4 * index + 2),
    isDead: operation.number(4 * index + 3) === 1,
    key: operation.key(3 * index),
    code: operation.key(3 * index + 1),
    message: operation.key(3 * index + 2),
    value: readValue(operation, index),
  }))
}

/**
 * @param {Operation} operation
 * @returns {Settled}
 */
export function settledOf(operation) {
  if (operation.number(0) === 0) return { report: reportOf(operation, 1) }
  const disputes = Array.from({ length: operation.keyCount / 2 }, (_, index) => ({
    version: operation.number(1 + 2 * index),
    isLocalLater: operation.number(2 + 2 * index) === 1,
    stamp: operation.key(2 * index + 1),
    ...sidesOf(operation, operation.key(2 * index), index),
  }))
  return { disputes }
}

/** @param {Operation} operation */
export function numbered(operation) {
  const number = operation.number(0)
  return number === 0 ? undefined : { number, report: reportOf(operation, 1) }
}

/**
 * @param {Operation} operation
 * @param {number} at Where its numbers begin.
 * @returns {Report}
 */
function reportOf(operation, at) {
  const standing = standingOf(operation, at)
  const [fates, changed, conflicts] = [4, 5, 6].map(index => operation.number(at + index))
  let next = at + 7
  const number = () => operation.number(next++)
  let text = 2
  return {
    standing,
    fates: Array.from({ length: fates ?? 0 }, () => [number(), number()]),
    changed: Array.from({ length: changed ?? 0 }, () => [operation.key(text++), number() === 1]),
    conflicts: Array.from({ length: conflicts ?? 0 }, (_, index) => ({
      winner: number(),
      ...sidesOf(operation, operation.key(text++), index),
    })),
  }
}

/**
 * @param {Operation} operation
 * @param {string} key
 * @param {number} index
 * @returns {Sides}
 */
function sidesOf(operation, key, index) {
  return {
    key,
    base: readValue(operation, 3 * index),
    local: readValue(operation, 3 * index + 1),
    remote: readValue(operation, 3 * index + 2),
  }
}

/**
 * @param {Operation} operation
 * @param {number} at
 * @returns {Standing}
 */
export function standingOf(operation, at) {
  return {
    pending: operation.number(at),
    rejected: operation.number(at + 1),
    synced: operation.number(at + 2),
    cursor: operation.key(0),
    client: operation.key(1),
  }
}
