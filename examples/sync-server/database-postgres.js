// @ts-check
/// <reference path="./modules.d.ts" />
/** PostgreSQL, and whatever speaks its protocol, by the package `pg`. */

import pg from 'pg'
import { answerOf } from './database-failure.js'

/** @import { Engine, TransactionKind } from './database.js' */

const INT8 = 20
const BEGIN = Object.freeze(/** @type {Record<TransactionKind, string>} */ ({
  write: 'BEGIN ISOLATION LEVEL READ COMMITTED',
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
}))

/** @param {string} url @returns {Engine} */
export function openPostgres(url) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5000,
    // A transaction that hangs would hold up every other device of its user.
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    types: {
      getTypeParser: (/** @type {number} */ oid, /** @type {string} */ format) =>
        (oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format)),
    },
  })
  // A connection that breaks while nobody asks anything of it is replaced; unheard, it would end the process.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))

  return {
    query: async (text, values) => (await answerOf(pool.query(text, values))).rows,
    script: async script => { await answerOf(pool.query(script)) },
    close: () => pool.end(),
    async transaction(kind, work) {
      const client = await answerOf(pool.connect())
      /** @type {(text: string, values?: readonly unknown[]) => Promise<any[]>} */
      const query = async (text, values) => (await answerOf(client.query(text, values))).rows
      /** @type {Error | undefined} */
      let broken
      try {
        await query(BEGIN[kind])
        const result = await work({ query })
        await query('COMMIT')
        return result
      } catch (error) {
        // A connection that cannot even do this is not used again.
        await query('ROLLBACK').catch(cause => { broken = cause })
        throw error
      } finally {
        client.release(broken)
      }
    },
  }
}
