// @ts-check
/// <reference path="./modules.d.ts" />
/**
 * The one interface that the server has to a database: statements, transactions, and three kinds of failure.
 * PostgreSQL and PGlite are behind it, with the same SQL.
 */

import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseFailure } from './database-failure.js'
import { openPglite } from './database-pglite.js'
import { openPostgres } from './database-postgres.js'

/**
 * Where statements are asked. Whole numbers come back as numbers: none of ours is above 2^53 - 1.
 * @typedef {{ query: (text: string, values?: readonly unknown[]) => Promise<any[]> }} Session
 */

/**
 * A transaction is a `write`, in which each statement sees what was committed before it, or a `snapshot`, in
 * which all statements see the same and none writes.
 * @typedef {'write' | 'snapshot'} TransactionKind
 */

/**
 * @typedef {object} Engine
 * @property {Session['query']} query
 * @property {<T>(kind: TransactionKind, work: (session: Session) => Promise<T>) => Promise<T>} transaction
 * @property {(script: string) => Promise<void>} script
 * @property {() => Promise<void>} close
 */

/** @typedef {Engine} Database */

const TRIES_MAX = 12

/**
 * Opens the database and makes the tables that are missing.
 * @param {string} place `postgres://…`, the folder of a PGlite, or `memory://` for one that nobody keeps.
 * @returns {Promise<Database>}
 */
export async function openDatabase(place) {
  const engine = /^postgres(ql)?:/.test(place) ? openPostgres(place) : await openPglite(place)
  /** @type {Database} */
  const database = {
    query: (text, values) => withRetries(() => engine.query(text, values)),
    transaction: (kind, work) => withRetries(() => engine.transaction(kind, work)),
    script: script => withRetries(() => engine.script(script)),
    close: () => engine.close(),
  }
  try {
    await database.script(await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  } catch (error) {
    await engine.close()
    throw error
  }
  return database
}

/**
 * Repeats what lost against another transaction: it has changed nothing. What failed in any other way is not
 * repeated here, because it may have been committed; the device repeats it, and is told what was decided.
 * @template T
 * @param {() => Promise<T>} work
 */
async function withRetries(work) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const hasLost = error instanceof DatabaseFailure && error.kind === 'again'
      if (!hasLost || tries === TRIES_MAX) throw error
      // Spread, so that those who met do not meet again.
      await pause(Math.random() * Math.min(500, 5 * 2 ** tries))
    }
  }
}
