// @ts-check
/** Pushing changes one after another, where a server takes no more at once. */

import { StorageError } from '../errors.js'

/** @import { PushAnswer, SyncConditions, WireMutation, WireResult } from './transport.js' */

/**
 * Decides changes in order. What was decided is not lost by what comes after it: once something is, a failure
 * and the end of the time give the rest back to be sent again.
 * @param {WireMutation[]} mutations
 * @param {SyncConditions} how
 * @param {(mutation: WireMutation) => Promise<WireResult>} decide
 * @returns {Promise<PushAnswer>}
 */
export async function oneByOne(mutations, how, decide) {
  // Half of the time, so that it is not over before this has been said.
  const until = how.now() + how.timeoutMs / 2
  /** @type {WireResult[]} */
  const results = []
  /** @type {{ retryAfter?: number } | undefined} Why the rest is not sent now. */
  let hold
  for (const mutation of mutations) {
    if (results.length > 0 && how.now() >= until) hold ??= { retryAfter: 0 }
    try {
      results.push(hold ? { id: mutation.id, status: 'retry', ...hold } : await decide(mutation))
    } catch (error) {
      if (results.length === 0 || !StorageError.is(error) || error.code === 'ABORTED') throw error
      hold = error.retryAfterMs === undefined ? {} : { retryAfter: error.retryAfterMs }
      results.push({ id: mutation.id, status: 'retry', ...hold })
    }
  }
  return { results }
}
