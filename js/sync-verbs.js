// @ts-check
/**
 * The verbs of synchronisation, as flows over the core: what `src/wasm/sync.rs` takes and gives, in the order
 * in which it does. Nothing is decided here.
 */

import { beginWithKeys } from './begin.js'
import { KIND, VERB } from './door.js'
import { endTurn, operate, operateInTurn, operateWithRoom } from './run.js'
import { heldFirst } from './results.js'
import { claimOf, numbered, pendingOf, refusedOf, settledOf, standingOf } from './sync-results.js'
import { pushValue } from './sync-wire.js'

/** @typedef {import('./begin.js').Encoded} Encoded */
/** @typedef {import('./door.js').Core} Core */
/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./session.js').Space} Space */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** @typedef {import('./sync-results.js').Claim} Claim */
/** @typedef {import('./sync-results.js').Decision} Decision */
/** @typedef {import('./sync-results.js').Report} Report */
/** @typedef {import('./sync-results.js').Row} Row */
/** @typedef {import('./sync-results.js').Settled} Settled */
/** @typedef {import('./sync-results.js').Pending} Pending */
/** @typedef {import('./sync-results.js').Refused} Refused */

/** What a claim is. */
export const CLAIM = Object.freeze({ WAIT: 0, PUSH: 1, PULL: 2, DIGEST: 3 })
/** What became of a change. */
export const FATE = Object.freeze({ ACCEPTED: 0, LOST: 1, REJECTED: 2, DISCARDED: 3 })
/** What the server said of a change. */
export const RESULT = Object.freeze({ ACCEPTED: 0, CONFLICT: 1, REJECTED: 2, REUSED: 3, RETRY: 4 })
/** How a request failed. */
export const FAILURE = Object.freeze({ UNREACHED: 0, SERVER: 1, UNFIT: 2, SIGNED_OUT: 3 })
/** Who wins a conflict. */
export const POLICY = Object.freeze({ LAST_WRITE: 0, SERVER: 1, CLIENT: 2, ASK: 3 })
/** What is to be. */
export const VERDICT = Object.freeze({ REMOTE: 0, LOCAL: 1, VALUE: 2 })
/** Why nothing is begun, as bits. */
export const HOLD = Object.freeze({ OFFLINE: 2, SIGNED_OUT: 4, LOCKED: 16 })

/**
 * Runs a verb in its turn.
 * @template T
 * @param {Space} space
 * @param {number} verb
 * @param {(operation: Operation) => void} push
 * @param {(operation: Operation) => T} take
 * @returns {Flow<T>}
 */
export function* run({ session, path }, verb, push, take) {
  return yield* operateInTurn(session, 'write', (core, now) => begun(core, verb, path, now, push), take)
}

/**
 * @param {Core} core
 * @param {number} verb
 * @param {string} path
 * @param {number} now
 * @param {(operation: Operation) => void} push
 */
function begun(core, verb, path, now, push) {
  const operation = core.begin(verb, path, now)
  push(operation)
  return operation
}

/**
 * @param {Space} space
 * @param {number[]} settings Policy, batch, base, cap, attempts, interval, digest.
 */
export function open(space, settings) {
  return run(space, VERB.SYNC_OPEN, operation => pushNumbers(operation, settings), standing)
}

/** @param {Space} space */
export function status(space) {
  return run(space, VERB.SYNC_STATUS, nothing, standing)
}

/**
 * Adds a change of a key, whose new value is made of the one that readers see now: nobody comes in between.
 * @param {Space} space
 * @param {string} key
 * @param {boolean} isMade Whether it matters what is there.
 * @param {(held: Encoded | undefined) => Encoded | undefined} make The new value; nothing deletes.
 * @returns {Flow<{ number: number, report: Report }>}
 */
export function* add(space, key, isMade, make) {
  const { session, path } = space
  session.refuseIfClosing()
  const waiting = session.turnstile?.enter('write')
  if (waiting) yield waiting
  try {
    const held = isMade ? yield* operate(session,
      (core, now) => beginWithKeys(core, VERB.GET, path, now, [key]), heldFirst) : undefined
    const value = make(held)
    const added = yield* operateWithRoom(session,
      (core, now) => begun(core, VERB.SYNC_ADD, path, now, operation => {
        operation.push(KIND.TEXT, key)
        pushValue(operation, value)
      }), numbered)
    noteChanged(space, /** @type {{ report: Report }} */ (added).report)
    return /** @type {any} */ (added)
  } finally {
    endTurn(session, 'write')
  }
}

/**
 * Asks what is to be done.
 * @param {Space} space
 * @returns {Flow<Claim>}
 */
export function claim(space) {
  return run(space, VERB.SYNC_CLAIM, nothing, claimOf)
}

/**
 * Tells what the server said of what was pushed.
 * @param {Space} space
 * @param {number} server Its time, -1 if it told none.
 * @param {((operation: Operation) => void)[]} results
 * @param {Decision[]} decisions
 * @returns {Flow<Settled>}
 */
export function pushed(space, server, results, decisions) {
  return settle(space, VERB.SYNC_PUSHED, operation => {
    pushNumbers(operation, [server, results.length])
    for (const push of results) push(operation)
  }, decisions)
}

/**
 * Tells a page of the feed.
 * @param {Space} space
 * @param {{ server: number, more: boolean, isReset: boolean, after: string, cursor: string,
 *   rows: Row[] }} page
 * @param {Decision[]} decisions
 * @returns {Flow<Settled>}
 */
export function pulled(space, { server, more, isReset, after, cursor, rows }, decisions) {
  return settle(space, VERB.SYNC_PULLED, operation => {
    pushNumbers(operation, [server, Number(more), Number(isReset), rows.length])
    operation.push(KIND.TEXT, after)
    operation.push(KIND.TEXT, cursor)
    for (const row of rows) pushRow(operation, row)
  }, decisions)
}

/**
 * Tells the digest of the server.
 * @param {Space} space
 * @param {string} cursor
 * @param {[bucket: number, count: number, sum: number][]} digests
 * @returns {Flow<number[]>} The buckets that differ.
 */
export function compared(space, cursor, digests) {
  return run(space, VERB.SYNC_COMPARED, operation => {
    operation.push(KIND.TEXT, cursor)
    operation.pushNumber(digests.length)
    for (const digest of digests) pushNumbers(operation, digest)
  }, operation => {
    const count = operation.number(0)
    return Array.from({ length: count }, (_, index) => operation.number(1 + index))
  })
}

/**
 * Tells all rows of some buckets.
 * @param {Space} space
 * @param {string} cursor
 * @param {number[]} buckets
 * @param {Row[]} rows
 * @param {Decision[]} decisions
 * @returns {Flow<Settled>}
 */
export function repaired(space, cursor, buckets, rows, decisions) {
  return settle(space, VERB.SYNC_REPAIRED, operation => {
    operation.push(KIND.TEXT, cursor)
    pushNumbers(operation, [buckets.length, ...buckets, rows.length])
    for (const row of rows) pushRow(operation, row)
  }, decisions)
}

/**
 * Tells that a request has failed.
 * @param {Space} space
 * @param {{ failure: number, after: number, numbers: number[], code: string, message: string }} what
 * @returns {Flow<Settled>}
 */
export function failed(space, { failure, after, numbers, code, message }) {
  return settle(space, VERB.SYNC_FAILED, operation => {
    pushNumbers(operation, [failure, after, numbers.length, ...numbers])
    operation.push(KIND.TEXT, code)
    operation.push(KIND.TEXT, message)
  }, [])
}

/**
 * Adds a refused change once more, or drops one.
 * @param {Space} space
 * @param {'requeue' | 'discard'} what
 * @param {number} number
 * @returns {Flow<{ number: number, report: Report } | undefined>}
 */
export function* revise(space, what, number) {
  const verb = what === 'requeue' ? VERB.SYNC_REQUEUE : VERB.SYNC_DISCARD
  const { session, path } = space
  return yield* operateInTurn(session, 'write',
    (core, now) => begun(core, verb, path, now, operation => operation.pushNumber(number)), numbered,
    done => done && noteChanged(space, done.report))
}

/** @param {Space} space */
export function pending(space) {
  return run(space, VERB.SYNC_PENDING, nothing, pendingOf)
}

/** @param {Space} space */
export function rejected(space) {
  return run(space, VERB.SYNC_REJECTED, nothing, refusedOf)
}

/**
 * What became of a change; undefined while it is not decided.
 * @param {Space} space
 * @param {number} number
 * @returns {Flow<number | undefined>}
 */
export function* fate(space, number) {
  const told = yield* run(space, VERB.SYNC_FATE, operation => operation.pushNumber(number),
    operation => operation.number(0))
  return told === 0 ? undefined : told - 1
}

/**
 * @param {Space} space
 * @param {boolean} withDigest
 */
export function want(space, withDigest) {
  return run(space, VERB.SYNC_WANT, operation => operation.pushNumber(Number(withDigest)), nothing)
}

/**
 * @param {Space} space
 * @param {boolean} isStarted
 */
export function start(space, isStarted) {
  return run(space, VERB.SYNC_START, operation => operation.pushNumber(Number(isStarted)), nothing)
}

/**
 * @param {Space} space
 * @param {number} reasons
 */
export function hold(space, reasons) {
  return run(space, VERB.SYNC_HOLD, operation => operation.pushNumber(reasons), nothing)
}

/**
 * @param {Space} space
 * @param {number} verb
 * @param {(operation: Operation) => void} push
 * @param {Decision[]} decisions
 * @returns {Flow<Settled>}
 */
function* settle(space, verb, push, decisions) {
  const { session, path } = space
  return yield* operateInTurn(session, 'write', (core, now) => begun(core, verb, path, now, operation => {
    push(operation)
    operation.pushNumber(decisions.length)
    for (const { key, stamp, version, verdict, value } of decisions) {
      pushNumbers(operation, [version, verdict])
      operation.push(KIND.TEXT, key)
      operation.push(KIND.TEXT, stamp)
      pushValue(operation, value)
    }
  }), settledOf, settled => { if (!settled.disputes) noteChanged(space, settled.report) })
}

/**
 * Adds a row.
 * @param {Operation} operation
 * @param {Row} row
 */
export function pushRow(operation, { key, version, stamp, by, value, upon = -1 }) {
  operation.pushNumber(version)
  operation.pushNumber(upon)
  operation.push(KIND.TEXT, key)
  operation.push(KIND.TEXT, stamp)
  operation.push(KIND.TEXT, by)
  pushValue(operation, value)
}

/**
 * @param {Operation} operation
 * @param {readonly number[]} numbers
 */
function pushNumbers(operation, numbers) {
  for (const number of numbers) operation.pushNumber(number)
}

/**
 * @param {Space} space
 * @param {Report} report
 */
function noteChanged({ session, path }, { changed }) {
  // Whoever shares the store hears that something has become of changes.
  session.watchers.note('set', ownPath(path), HEAD)
  for (const [key, isSet] of changed) session.watchers.note(isSet ? 'set' : 'remove', path, key)
}

/**
 * Where it lies what is to be remembered of a namespace.
 * @param {string} path
 */
export const ownPath = path => path === '' ? '~sy' : `~sy\u0000${path}`
/** What is written there with every commit. */
export const HEAD = 'm'

/** @param {Operation} operation */
const standing = operation => standingOf(operation, 0)

function nothing() {}
