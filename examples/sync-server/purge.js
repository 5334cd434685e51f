// @ts-check
/** Throws away what nobody needs any more: old tombstones, old decisions, tokens that have expired. */

import { inTurn } from './accounts.js'

/** @import { Database } from './database.js' */
/** @import { Limits } from './limits.js' */

/** How much goes at once, so that no device waits long for the lock. */
const BATCH = 1000

/**
 * @param {Database} database
 * @param {number} now
 * @param {Limits} limits
 */
export async function purge(database, now, limits) {
  await database.query('DELETE FROM tokens WHERE expires_at <= $1', [now])
  const before = now - limits.tombstonesKeptMs
  const users = await database.query(
    'SELECT DISTINCT user_id FROM rows WHERE form = \'deleted\' AND changed_at < $1', [before])
  for (const { user_id: user } of users) {
    while (await purgeTombstones(database, user, before) === BATCH);
  }
  await purgeDecisions(database, now - limits.decisionsKeptMs)
}

/**
 * A cursor before the last one that goes may miss it, so the horizon moves with them, in one transaction.
 * @param {Database} database
 * @param {string} user
 * @param {number} before
 */
async function purgeTombstones(database, user, before) {
  return inTurn(database, user, async session => {
    const gone = await session.query(
      `DELETE FROM rows WHERE user_id = $1 AND version IN (
         SELECT version FROM rows WHERE user_id = $1 AND form = 'deleted' AND changed_at < $2
         ORDER BY version LIMIT ${BATCH})
       RETURNING version`, [user, before])
    const horizon = gone.reduce((most, { version }) => Math.max(most, version), 0)
    await session.query(
      'UPDATE accounts SET horizon = $2 WHERE user_id = $1 AND horizon < $2', [user, horizon])
    return gone.length
  })
}

/**
 * The decisions of the last two pushes of a client stay however old they are: it may not have heard of them
 * yet.
 * @param {Database} database
 * @param {number} before
 */
async function purgeDecisions(database, before) {
  await database.query(
    `DELETE FROM mutations WHERE decided_at < $1 AND push < (
       SELECT max(later.push) FROM mutations AS later
       WHERE later.user_id = mutations.user_id AND later.client = mutations.client AND later.push < (
         SELECT max(latest.push) FROM mutations AS latest
         WHERE latest.user_id = mutations.user_id AND latest.client = mutations.client))`, [before])
}
