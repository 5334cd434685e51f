// @ts-check
/** What becomes of a change, by the row as it is: the table of the protocol, as pure rules. */

import { isObject } from './mutation.js'

/** @import { Mutation } from './mutation.js' */
/** @import { Row } from './row.js' */

/**
 * `write`: the row gets what the change brings. `merge`: it gets `body`, which holds what both brought.
 * @typedef {{ kind: 'write' } | { kind: 'merge', body: string } | { kind: 'conflict' }} Decision
 */

/**
 * @param {Mutation} mutation
 * @param {Row | undefined} row
 * @returns {Decision}
 */
export function decide(mutation, row) {
  if (row?.version === mutation.base) return { kind: 'write' }
  const isThere = row !== undefined && row.form !== 'deleted'
  if (!isThere && (mutation.base === 0 || mutation.type === 'delete')) return { kind: 'write' }
  const body = isThere ? merged(mutation, row) : undefined
  return body === undefined ? { kind: 'conflict' } : { kind: 'merge', body }
}

/**
 * The value of the row with the fields of the change; undefined if they cannot be brought together.
 * @param {Mutation} mutation
 * @param {Row} row
 */
function merged({ fields, form, body, hlc }, row) {
  if (fields === undefined || form !== 'value' || row.form !== 'value' || hlc <= row.hlc) return undefined
  const [mine, theirs] = [JSON.parse(String(body)), JSON.parse(String(row.body))]
  if (!isObject(mine) || !isObject(theirs)) return undefined
  // By a map, because a field may be called `__proto__`.
  const whole = new Map(Object.entries(theirs))
  for (const name of fields) {
    if (Object.hasOwn(mine, name)) whole.set(name, mine[name])
    else whole.delete(name)
  }
  return JSON.stringify(Object.fromEntries(whole))
}

/**
 * A stamp that is too far ahead of the clock, written down; any other as it is.
 * @param {string} hlc
 * @param {number} latestMs
 */
export function clamped(hlc, latestMs) {
  return parseInt(hlc.slice(0, 12), 16) <= latestMs ? hlc : `${latestMs.toString(16).padStart(12, '0')}0000`
}
