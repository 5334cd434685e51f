// @ts-check
/** What becomes of one mutation of a push, as the device is told, and what is to be written. */

import { clamped, decide } from './decide.js'
import { wireOf } from './mutation.js'
import { rowText } from './row.js'

/** @import { Limits } from './limits.js' */
/** @import { Mutation, WireMutation, WrongMutation } from './mutation.js' */
/** @import { Row } from './row.js' */

/** @typedef {{ code: string, message?: string } | { retryAfter: number } | undefined} Verdict */

/**
 * The rules of an app: undefined allows the change, a code rejects it for good, `retryAfter` puts it off. It
 * is asked about a value that came of merging too; if that is not allowed, the device is told of a conflict.
 * @typedef {(user: string, mutation: WireMutation) => Verdict | Promise<Verdict>} Validate
 */

/**
 * @typedef {object} Outcome
 * @property {string} text The result, as it goes over the wire.
 * @property {boolean} isDecided Whether the same is said for ever.
 * @property {Row} [row] What is written.
 */

/**
 * @typedef {object} Known
 * @property {boolean} isHeavy Whether too much lies before it to be looked at as well.
 * @property {{ key: string, hlc: string, result: string } | undefined} before What this number was told.
 * @property {Verdict} verdict What the app says.
 * @property {Row | undefined} row The row as it is.
 * @property {number} version The version that the row gets.
 */

/** @typedef {{ user: string, client: string, now: number, limits: Limits, validate: Validate }} How */

/**
 * The first line of the protocol's table that holds.
 * @param {Mutation | WrongMutation} mutation
 * @param {Known} known
 * @param {How} how
 * @returns {Promise<Outcome>}
 */
export async function outcomeOf(mutation, { isHeavy, before, verdict, row, version }, how) {
  const { id } = mutation
  if ('wrong' in mutation) {
    return { isDecided: false, text: rejectedText(id, { code: 'INVALID', message: mutation.wrong }) }
  }
  if (isHeavy) return { isDecided: false, text: retryText(id, 0) }
  if (before) {
    const isSame = before.key === mutation.key && before.hlc === mutation.hlc
    return { isDecided: false, text: isSame ? before.result : `{"id":${id},"status":"reused"}` }
  }
  if (verdict && 'retryAfter' in verdict) {
    return { isDecided: false, text: retryText(id, verdict.retryAfter) }
  }
  if (verdict) return { isDecided: true, text: rejectedText(id, verdict) }

  const change = { ...mutation, hlc: clamped(mutation.hlc, how.now + how.limits.stampAheadMs) }
  const decision = decide(change, row)
  const written = decision.kind === 'merge' ? { ...change, body: decision.body } : change
  if (decision.kind === 'conflict' || (decision.kind === 'merge' && !await isAllowed(written, how))) {
    return { isDecided: true, text: conflictText(mutation, row) }
  }
  const { key, hlc, form, body } = written
  const writtenDown = hlc === mutation.hlc ? '' : `,"hlc":"${hlc}"`
  const whole = decision.kind === 'merge' ? `,"value":${body}` : ''
  return {
    isDecided: true,
    text: `{"id":${id},"status":"accepted","version":${version}${writtenDown}${whole}}`,
    row: { key, version, hlc, by: `${how.client}:${id}`, form, body },
  }
}

/** Whether what came of merging is. @param {Mutation} merged @param {How} how */
async function isAllowed(merged, { user, limits, validate }) {
  if (Buffer.byteLength(String(merged.body)) > limits.valueBytesMax) return false
  return await validate(user, wireOf(merged)) === undefined
}

/** @param {number} id @param {number} retryAfter */
function retryText(id, retryAfter) {
  return JSON.stringify({ id, status: 'retry', retryAfter })
}

/** @param {number} id @param {{ code: string, message?: string }} why */
function rejectedText(id, { code, message }) {
  return JSON.stringify({ id, status: 'rejected', code, message })
}

/** @param {Mutation} mutation @param {Row | undefined} row */
function conflictText({ id, key }, row) {
  /** @type {Row} */
  const none = { key, version: 0, hlc: '0'.repeat(16), by: '', form: 'deleted', body: null }
  return `{"id":${id},"status":"conflict","row":${rowText(row ?? none)}}`
}
