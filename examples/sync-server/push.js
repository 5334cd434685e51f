// @ts-check
/** A push: one transaction that decides every mutation once, and remembers what it said. */

import { inTurn, setSeq } from './accounts.js'
import { parsePush, wireOf } from './mutation.js'
import { outcomeOf } from './outcome.js'
import { bucketOf, bytesOf, keyOf, markOf, rowOf } from './row.js'

/** @import { Database, Session } from './database.js' */
/** @import { Limits } from './limits.js' */
/** @import { Mutation, WrongMutation } from './mutation.js' */
/** @import { Known, Validate } from './outcome.js' */
/** @import { Row } from './row.js' */

/** @typedef {Mutation & { result: string }} Decided */

/** In the place of what would weigh too much together with what was read before it. */
const HEAVY = 'heavy'

/**
 * @param {Database} database
 * @param {string} user
 * @param {unknown} body
 * @param {{ now: number, limits: Limits, validate: Validate }} how
 * @returns {Promise<string>} The answer.
 */
export async function push(database, user, body, { now, limits, validate }) {
  const { client, mutations } = parsePush(body, limits)
  const right = mutations.filter(isRight)
  // Asked before the lock is taken: an app may ask others.
  const verdicts = new Map(await Promise.all(right.map(async one =>
    /** @type {const} */ ([one.id, await validate(user, wireOf(one))]))))

  const texts = await inTurn(database, user, async (session, account) => {
    const decided = await decisionsOf(session, user, client, right, limits)
    const rows = await rowsOf(session, user, right, limits)
    /** @type {string[]} */
    const said = []
    /** @type {Row[]} */
    const changed = []
    /** @type {Decided[]} */
    const remembered = []
    for (const mutation of mutations) {
      const before = decided.get(mutation.id)
      const row = isRight(mutation) ? rows.get(mutation.key) : undefined
      const outcome = await outcomeOf(mutation, {
        isHeavy: before === HEAVY || (!before && row === HEAVY),
        before: before === HEAVY ? undefined : before,
        verdict: verdicts.get(mutation.id),
        row: row === HEAVY ? undefined : row,
        version: account.seq + changed.length + 1,
      }, { user, client, now, limits, validate })
      said.push(outcome.text)
      if (outcome.row) changed.push(outcome.row)
      if (outcome.isDecided && isRight(mutation)) remembered.push({ ...mutation, result: outcome.text })
    }
    if (changed.length > 0) {
      await writeRows(session, user, changed, now)
      await setSeq(session, user, account.seq + changed.length)
    }
    if (remembered.length > 0) await remember(session, user, client, remembered, now)
    return said
  })
  return `{"now":${now},"results":[${texts.join(',')}]}`
}

/** @param {Mutation | WrongMutation} mutation @returns {mutation is Mutation} */
const isRight = mutation => !('wrong' in mutation)

/**
 * What was decided before under these numbers.
 * @param {Session} session
 * @param {string} user
 * @param {string} client
 * @param {Mutation[]} mutations
 * @param {Limits} limits
 * @returns {Promise<Map<number, NonNullable<Known['before']> | typeof HEAVY>>}
 */
async function decisionsOf(session, user, client, mutations, limits) {
  const found = await session.query(
    `SELECT id, key, hlc, CASE WHEN before < $4 THEN result END AS result
     FROM (SELECT *, sum(octet_length(result)) OVER (ORDER BY id) - octet_length(result) AS before
           FROM mutations WHERE user_id = $1 AND client = $2 AND id = ANY($3::bigint[])) AS found`,
    [user, client, mutations.map(({ id }) => id), limits.pageBytesMax])
  return new Map(found.map(({ id, key, hlc, result }) =>
    [id, result === null ? HEAVY : { key: keyOf(key), hlc, result }]))
}

/**
 * @param {Session} session
 * @param {string} user
 * @param {Mutation[]} mutations
 * @param {Limits} limits
 * @returns {Promise<Map<string, Row | typeof HEAVY>>}
 */
async function rowsOf(session, user, mutations, limits) {
  const found = await session.query(
    `SELECT key, version, hlc, by, form, CASE WHEN before < $3 THEN body END AS body, before >= $3 AS is_heavy
     FROM (SELECT *, sum(size) OVER (ORDER BY key) - size AS before
           FROM rows WHERE user_id = $1 AND key = ANY($2::bytea[])) AS found`,
    [user, mutations.map(({ key }) => bytesOf(key)), limits.pageBytesMax])
  return new Map(found.map(one => [keyOf(one.key), one.is_heavy ? HEAVY : rowOf(one)]))
}

/** @param {Session} session @param {string} user @param {Row[]} rows @param {number} now */
async function writeRows(session, user, rows, now) {
  await session.query(
    `INSERT INTO rows (user_id, changed_at, key, version, hlc, by, form, body, size, bucket, mark)
     SELECT $1::text, $2::bigint, fresh.* FROM unnest($3::bytea[], $4::bigint[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::bigint[], $10::smallint[], $11::bigint[]) AS fresh
     ON CONFLICT (user_id, key) DO UPDATE SET changed_at = excluded.changed_at, version = excluded.version,
       hlc = excluded.hlc, by = excluded.by, form = excluded.form, body = excluded.body, size = excluded.size,
       mark = excluded.mark`,
    [user, now, rows.map(({ key }) => bytesOf(key)), rows.map(({ version }) => version),
      rows.map(({ hlc }) => hlc), rows.map(({ by }) => by), rows.map(({ form }) => form),
      rows.map(({ body }) => body), rows.map(sizeOf), rows.map(({ key }) => bucketOf(key)),
      rows.map(({ key, version }) => markOf(key, version))])
}

/** @param {Row} row */
function sizeOf({ key, body }) {
  return Buffer.byteLength(key) + Buffer.byteLength(body ?? '')
}

/**
 * @param {Session} session
 * @param {string} user
 * @param {string} client
 * @param {Decided[]} decided
 * @param {number} now
 */
async function remember(session, user, client, decided, now) {
  await session.query(
    `INSERT INTO mutations (user_id, client, push, decided_at, id, key, hlc, result)
     SELECT $1::text, $2::text, $3::bigint, $4::bigint, fresh.*
     FROM unnest($5::bigint[], $6::bytea[], $7::text[], $8::text[]) AS fresh`,
    [user, client, Math.max(...decided.map(({ id }) => id)), now, decided.map(({ id }) => id),
      decided.map(({ key }) => bytesOf(key)), decided.map(({ hlc }) => hlc),
      decided.map(({ result }) => result)])
}
