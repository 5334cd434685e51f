// @ts-check
/** A pull: what has changed after a place in the feed, in the order in which it changed. */

import { inSnapshot } from './accounts.js'
import { cursorText, isKnown, parseCursor } from './cursor.js'
import { limitOf } from './query.js'
import { COLUMNS, rowOf, rowText } from './row.js'

/** @import { Database } from './database.js' */
/** @import { Limits } from './limits.js' */

const FEED = pageSql('version > $2 AND (form <> \'deleted\' OR version > $3)', 'version')

/**
 * @param {Database} database
 * @param {string} user
 * @param {URLSearchParams} query
 * @param {{ now: number, limits: Limits }} how
 * @returns {Promise<string>} The answer.
 */
export async function pull(database, user, query, { now, limits }) {
  const limit = limitOf(query, limits)
  const given = query.get('cursor') ?? ''
  return inSnapshot(database, user, async (session, account) => {
    const { epoch, seq } = account
    const cursor = given === '' ? { epoch, at: 0, begun: seq } : parseCursor(given)
    if (!cursor || !isKnown(cursor, account)) return `{"now":${now},"reset":true}`
    const found = await session.query(FEED, [user, cursor.at, cursor.begun, limits.pageBytesMax, limit + 1])
    const { rows, more } = pageOf(found, limit)
    // At the end, the place up to which the whole account is: the last rows may have been thrown away.
    const at = more ? Number(rows.at(-1)?.version) : seq
    const next = cursorText({ epoch, at, begun: cursor.begun })
    const texts = rows.map(rowText).join(',')
    return `{"now":${now},"rows":[${texts}],"cursor":"${next}","more":${more}}`
  })
}

/**
 * The rows of user $1 that meet a condition, up to $5 of them, and no more than weigh $4; but one at least.
 * @param {string} condition
 * @param {'version' | 'key'} order
 */
export function pageSql(condition, order) {
  return `SELECT ${COLUMNS}, found FROM (
      SELECT next.*, sum(size) OVER (ORDER BY ${order}) - size AS before, count(*) OVER () AS found
      FROM (SELECT * FROM rows WHERE user_id = $1 AND ${condition} ORDER BY ${order} LIMIT $5) AS next
    ) AS page WHERE before < $4 ORDER BY page.${order}`
}

/**
 * @param {any[]} found Up to one more than the limit.
 * @param {number} limit
 */
export function pageOf(found, limit) {
  const rows = found.slice(0, limit).map(rowOf)
  return { rows, more: rows.length < (found[0]?.found ?? 0) }
}
