// @ts-check
/** The digest, by which a device sees whether it holds what is here, and the rows of buckets that differ. */

import { inSnapshot } from './accounts.js'
import { cursorText } from './cursor.js'
import { pageOf, pageSql } from './pull.js'
import { bucketsOf, limitOf } from './query.js'
import { bytesOf, rowText } from './row.js'

/** @import { Database } from './database.js' */
/** @import { Limits } from './limits.js' */

const LIVE = pageSql('bucket = ANY($2::smallint[]) AND key > $3 AND form <> \'deleted\'', 'key')

/**
 * @param {Database} database
 * @param {string} user
 * @param {{ now: number }} how
 * @returns {Promise<string>} The answer.
 */
export async function digest(database, user, { now }) {
  return inSnapshot(database, user, async (session, account) => {
    const buckets = await session.query(
      `SELECT bucket, count(*) AS count, mod(sum(mark), 281474976710656)::bigint AS sum
       FROM rows WHERE user_id = $1 AND form <> 'deleted' GROUP BY bucket ORDER BY bucket`, [user])
    const texts = buckets.map(({ bucket, count, sum }) => `[${bucket},${count},${sum}]`)
    return `{"now":${now},"cursor":"${placeOf(account)}","buckets":[${texts.join(',')}]}`
  })
}

/**
 * @param {Database} database
 * @param {string} user
 * @param {URLSearchParams} query
 * @param {{ now: number, limits: Limits }} how
 * @returns {Promise<string>} The answer.
 */
export async function rowsOfBuckets(database, user, query, { now, limits }) {
  const limit = limitOf(query, limits)
  const buckets = bucketsOf(query)
  const after = query.get('after') ?? ''
  return inSnapshot(database, user, async (session, account) => {
    const found = await session.query(LIVE, [user, buckets, bytesOf(after), limits.pageBytesMax, limit + 1])
    const { rows, more } = pageOf(found, limit)
    const texts = rows.map(rowText).join(',')
    return `{"now":${now},"cursor":"${placeOf(account)}","rows":[${texts}],"more":${more}}`
  })
}

/** @param {import('./accounts.js').Account} account */
function placeOf({ epoch, seq }) {
  return cursorText({ epoch, at: seq, begun: 0 })
}
