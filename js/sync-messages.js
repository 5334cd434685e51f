// @ts-check
/** From what the core claims to the messages of the protocol, and from the server's answers to the core. */

import { StorageError } from './errors.js'
import { checkKey } from './checks.js'
import { changedFields, hasFields } from './sync-merge.js'
import { UPON } from './sync-seal.js'
import { NO_STAMP, isWholeIn } from './sync-transports/wire-rows.js'
import { RESULT, pushRow } from './sync-verbs.js'
import { KIND } from './door.js'
import { fromWire, isSame, pushValue, toWire, valueOf } from './sync-wire.js'

/** @typedef {import('./door.js').Operation} Operation */
/** @typedef {import('./sync-transports/transport.js').WireMutation} WireMutation */
/** @typedef {import('./sync-transports/transport.js').WireResult} WireResult */
/** @typedef {import('./sync-transports/transport.js').WireRow} WireRow */
/** @typedef {import('./sync-results.js').Outgoing} Outgoing */
/** @typedef {import('./sync-results.js').Row} Row */

const STAMP = /^[0-9a-f]{16}$/

/**
 * @param {Outgoing[]} items
 * @param {boolean} merges Whether the server may merge by field.
 * @param {(string | undefined)[]} [sealed] The values sealed, if they travel so.
 * @returns {WireMutation[]}
 */
export function mutationsOf(items, merges, sealed) {
  return items.map(({ number, base, key, stamp, value, before }, index) => {
    const type = value === undefined ? 'delete' : base === 0 ? 'create' : 'update'
    const fields = merges && base > 0 ? fieldsOf(before, value) : undefined
    const content = value && (sealed ? { sealed: sealed[index] } : toWire(value))
    return { id: number, key, type, base, hlc: stamp, ...content, ...(fields && { fields }) }
  })
}

/**
 * @param {import('./begin.js').Encoded | undefined} before
 * @param {import('./begin.js').Encoded | undefined} value
 */
function fieldsOf(before, value) {
  const [old, fresh] = [valueOf(before), valueOf(value)]
  return hasFields(old) && hasFields(fresh) ? changedFields(old, fresh, isSame) : undefined
}

/**
 * What the server said of each change, to be pushed to the core.
 * @param {import('./sync-transports/transport.js').PushAnswer} answer
 * @param {Outgoing[]} items
 */
export function resultsOf(answer, items) {
  const results = new Map(Array.from(Object(answer).results ?? [], result => [Object(result).id, result]))
  return items.map(item => {
    const result = results.get(item.number)
    if (!result) throw wrong('has no result for a change')
    return resultOf(result, item)
  })
}

/**
 * @param {WireResult} result
 * @param {Outgoing} item
 * @returns {(operation: Operation) => void}
 */
function resultOf(result, { number, key }) {
  switch (result.status) {
    case 'accepted':
      return acceptedOf(result)
    case 'conflict': {
      const row = rowOf({ ...result.row, key })
      return operation => {
        numbers(operation, number, RESULT.CONFLICT)
        pushRow(operation, row)
      }
    }
    case 'rejected': {
      const { code, message } = result
      return operation => {
        numbers(operation, number, RESULT.REJECTED)
        operation.push(KIND.TEXT, typeof code === 'string' ? code : '')
        operation.push(KIND.TEXT, typeof message === 'string' ? message : '')
      }
    }
    case 'reused':
      return operation => numbers(operation, number, RESULT.REUSED)
    case 'retry': {
      const { retryAfter = 0 } = result
      return operation => numbers(operation, number, RESULT.RETRY, retryAfter >= 0 ? retryAfter : 0)
    }
    default:
      throw wrong('has a result of an unknown kind')
  }
}

/**
 * @param {Extract<WireResult, { status: 'accepted' }>} result
 * @returns {(operation: Operation) => void}
 */
function acceptedOf(result) {
  const { id, version, hlc = '', value, encoded, sealed } = result
  if (!isVersion(version)) throw wrong('has a version that is none')
  const isOther = value !== undefined || encoded !== undefined || sealed !== undefined
  const stored = isOther ? fromWire(result) : undefined
  return operation => {
    numbers(operation, id, RESULT.ACCEPTED, version, Number(isOther))
    if (!isOther) return
    operation.push(KIND.TEXT, STAMP.test(hlc) ? hlc : NO_STAMP)
    pushValue(operation, stored)
  }
}

/**
 * The rows of an answer. One whose key cannot be stored is left out, and reported.
 * @param {WireRow[]} rows
 * @param {(error: unknown) => void} report
 * @returns {Row[]}
 */
export function rowsOf(rows, report) {
  if (!Array.isArray(rows)) throw wrong('has no rows')
  return rows.filter(row => {
    if (typeof Object(row).key !== 'string') throw wrong('has a row without key')
    try {
      checkKey(Object(row).key)
      return true
    } catch (error) {
      report(error)
      return false
    }
  }).map(rowOf)
}

/**
 * The page of an answer to a pull.
 * @param {any} answer
 * @returns {{ rows: WireRow[], cursor: string, more: boolean }}
 */
export function checkedPage({ rows, cursor, more }) {
  if (typeof cursor !== 'string' || typeof more !== 'boolean') throw wrong('has no cursor')
  return { rows, cursor, more }
}

/**
 * The digest of an answer.
 * @param {any} answer
 * @returns {{ cursor: string, buckets: [bucket: number, count: number, sum: number][] }}
 */
export function checkedDigest(answer) {
  const { cursor, buckets } = Object(answer)
  const isDigest = (/** @type {any} */ bucket) =>
    Array.isArray(bucket) && bucket.length === 3 && bucket.every(isVersion)
  const isRight = typeof cursor === 'string' && Array.isArray(buckets) && buckets.every(isDigest)
  if (!isRight) throw wrong('has no digest')
  return { cursor, buckets }
}

/** The server's time, -1 if it told none. @param {any} answer */
export const timeOf = ({ now }) => isVersion(now) ? now : -1

/**
 * @param {WireRow} row
 * @returns {Row}
 */
function rowOf(row) {
  const { key, version, hlc, by, deleted, [UPON]: upon } = Object(row)
  const hasStamp = typeof hlc === 'string' && STAMP.test(hlc)
  if (!isVersion(version) || !hasStamp) throw wrong('has a row without version or hlc')
  const value = deleted === true ? undefined : fromWire(row)
  return { key, version, stamp: hlc, by: typeof by === 'string' ? by : '', value, upon }
}

/** @param {unknown} version */
const isVersion = version => isWholeIn(version, 0, Infinity)

/**
 * @param {Operation} operation
 * @param {number[]} all
 */
function numbers(operation, ...all) {
  for (const number of all) operation.pushNumber(number)
}

/** @param {string} what */
function wrong(what) {
  return new StorageError('HTTP_STATUS', `the server breaks the protocol: its answer ${what}`, { retryable: true })
}
