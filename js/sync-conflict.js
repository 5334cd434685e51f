// @ts-check
/** How a conflict is decided that the core leaves to others: by field, or by a function of the app. */

import { encode } from './value.js'
import { VERDICT } from './sync-verbs.js'
import { merge } from './sync-merge.js'
import { isSame, valueOf } from './sync-wire.js'

/** @typedef {import('./sync-results.js').Decision} Decision */
/** @typedef {import('./sync-results.js').Dispute} Dispute */

/**
 * @param {Dispute} dispute
 * @param {import('./sync-options.js').ConflictRule} rule
 * @returns {Promise<Decision>} Rejects with what the function throws, and INVALID_VALUE for what cannot be
 *   stored.
 */
export async function decide(dispute, rule) {
  const { key, stamp, version, isLocalLater } = dispute
  const sides = {
    key, base: valueOf(dispute.base), local: valueOf(dispute.local), remote: valueOf(dispute.remote),
  }
  const value = typeof rule === 'function' ? await rule(Object.freeze(sides))
    : merge(sides, isLocalLater, isSame)
  const decided = { key, stamp, version, verdict: VERDICT.VALUE }
  return value === undefined ? decided : { ...decided, value: encode(value) }
}
