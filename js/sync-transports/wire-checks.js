// @ts-check
/**
 * What a server of the sync protocol may answer, field by field. An answer is taken whole or refused whole:
 * whoever gets one from here need not look at it again. What the fields mean is written in
 * sync-protocol.md.
 */

import { kindOf } from '../checks.js'
import { isWellFormed } from '../value-text.js'
import { breach, check, checkText, isObject, isWholeIn, rowOf, stampOf, valueOf } from './wire-rows.js'

/**
 * @import { DigestAnswer, PullAnswer, PullRequest, PushAnswer, PushRequest, RowsAnswer, RowsRequest,
 *   WireResult, WireRow } from './transport.js'
 */

/** A cursor goes into a URL. */
const CURSOR_MAX = 2048
const BUCKETS = 256
const SUM_MAX = 2 ** 48

/**
 * @param {any} body
 * @param {PushRequest} request
 * @returns {PushAnswer}
 */
export function checkPush(body, { mutations }) {
  const { now, results } = withTime(body)
  check(Array.isArray(results), 'results', 'an array', results)
  const isComplete = results.length === mutations.length
  if (!isComplete) throw breach('results', `${mutations.length} results, one for each`, results.length)
  return { ...now,
    results: mutations.map(({ id, key }, at) => resultOf(results[at], id, key, `results[${at}]`)) }
}

/**
 * @param {any} body
 * @param {PullRequest} request
 * @returns {PullAnswer}
 */
export function checkPull(body, { cursor: from, limit }) {
  const { now, reset, ...rest } = withTime(body)
  check(reset === undefined || typeof reset === 'boolean', 'reset', 'a boolean', reset)
  if (reset) return { ...now, reset: true }
  const page = pageOf(rest, limit)
  // Else one would ask for the same for ever.
  const isStuck = page.more && page.cursor === from
  if (isStuck) throw breach('cursor', 'another one than before if there is more', 'the same')
  return { ...now, ...page }
}

/**
 * @param {any} body
 * @returns {DigestAnswer}
 */
export function checkDigest(body) {
  const { now, cursor, buckets } = withTime(body)
  checkCursor(cursor)
  check(Array.isArray(buckets), 'buckets', 'an array', buckets)
  let last = -1
  for (const [at, item] of buckets.entries()) {
    const [bucket, count, sum] = Array.isArray(item) && item.length === 3 ? item : []
    const isRight = isWholeIn(bucket, last + 1, BUCKETS - 1) && isWholeIn(count, 1, Infinity)
      && isWholeIn(sum, 0, SUM_MAX - 1)
    check(isRight, `buckets[${at}]`, '[bucket, count, sum] with rising buckets', item)
    last = bucket
  }
  return { ...now, cursor, buckets }
}

/**
 * @param {any} body
 * @param {RowsRequest} request
 * @returns {RowsAnswer}
 */
export function checkRows(body, { limit }) {
  const { now, ...rest } = withTime(body)
  const page = pageOf(rest, limit)
  if (page.more && page.rows.length === 0) throw breach('rows', 'some rows if there are more', 'none')
  page.rows.forEach(({ deleted }, at) => check(!deleted, `rows[${at}].deleted`, 'no tombstone', deleted))
  return { ...now, ...page }
}

/**
 * @param {any} body
 * @returns {Record<string, any> & { now: { now?: number } }} With the time as the answer will have it.
 */
function withTime(body) {
  check(isObject(body), 'the body', 'an object', body)
  const { now, ...rest } = body
  check(now === undefined || isWholeIn(now, 0, Infinity), 'now', 'a time in milliseconds', now)
  return { ...rest, now: now === undefined ? {} : { now } }
}

/**
 * @param {Record<string, any>} rest
 * @param {number} limit
 */
function pageOf({ rows, cursor, more }, limit) {
  checkCursor(cursor)
  check(typeof more === 'boolean', 'more', 'a boolean', more)
  check(Array.isArray(rows), 'rows', 'an array', rows)
  if (rows.length > limit) throw breach('rows', `at most ${limit} rows`, rows.length)
  /** @type {WireRow[]} */
  const checked = rows.map((/** @type {any} */ row, /** @type {number} */ at) => rowOf(row, `rows[${at}]`, 1))
  return { rows: checked, cursor, more }
}

/** @param {unknown} cursor */
function checkCursor(cursor) {
  const isCursor = typeof cursor === 'string' && cursor !== '' && cursor.length <= CURSOR_MAX
    && isWellFormed(cursor)
  check(isCursor, 'cursor', `text of 1 to ${CURSOR_MAX} characters`, cursor)
}

/**
 * @param {any} result
 * @param {number} id
 * @param {string} key
 * @param {string} where
 * @returns {WireResult}
 */
function resultOf(result, id, key, where) {
  check(isObject(result), where, 'an object', result)
  const { status, version, hlc, row, code, message, retryAfter } = result
  if (result.id !== id) throw breach(`${where}.id`, 'the id of the mutation in its place', 'another')
  switch (status) {
    case 'accepted':
      check(isWholeIn(version, 1, Infinity), `${where}.version`, 'a whole number from 1', version)
      return { id, status, version, ...(hlc === undefined ? {} : { hlc: stampOf(hlc, where) }),
        ...valueOf(result, where, 0) }
    case 'conflict': {
      const checked = rowOf(row, `${where}.row`, 0)
      if (checked.key !== key) throw breach(`${where}.row.key`, 'the key of the mutation', 'another')
      return { id, status, row: checked }
    }
    case 'rejected':
      checkText(code, `${where}.code`)
      checkText(message, `${where}.message`)
      return { id, status, ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }) }
    case 'reused':
      return { id, status }
    case 'retry': {
      const isWait = retryAfter === undefined || (Number.isFinite(retryAfter) && retryAfter >= 0)
      check(isWait, `${where}.retryAfter`, 'milliseconds', retryAfter)
      return { id, status, ...(retryAfter === undefined ? {} : { retryAfter }) }
    }
    default:
      throw breach(`${where}.status`, 'accepted, conflict, rejected, reused or retry', kindOf(status))
  }
}
