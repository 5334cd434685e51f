// @ts-check
/** What can go wrong with a database, in three kinds. */

/**
 * `again`: it lost against another transaction and changed nothing. `away`: the database cannot be reached,
 * is stopping, or took too long; whether it committed is not known. `refused`: the statement is wrong.
 * @typedef {'again' | 'away' | 'refused'} FailureKind
 */

/** A failure of the database. */
export class DatabaseFailure extends Error {
  /** @param {FailureKind} kind @param {Error} cause */
  constructor(kind, cause) {
    super(`the database failed (${kind}): ${cause.message}`, { cause })
    this.name = 'DatabaseFailure'
    this.kind = kind
  }
}

/**
 * Serialization failures and deadlocks; and two servers that make the same table at once.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const AGAIN = new Set(['40001', '40P01', '42P07', '23505'])
/** Connections, resources, an operator's hand, the system. */
const AWAY = /^(08|53|57|58|25P0[34]|XX)/

/**
 * Says which kind it is. What is no answer of the database is returned as it is.
 * @param {unknown} error
 */
export function failureOf(error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  if (!/^[0-9A-Z]{5}$/.test(code)) return error
  return new DatabaseFailure(AGAIN.has(code) ? 'again' : AWAY.test(code) ? 'away' : 'refused', error)
}

/**
 * The same for what was asked of a driver itself: if it is not the database's answer, there was none.
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T>}
 */
export async function answerOf(asked) {
  try {
    return await asked
  } catch (error) {
    const failure = failureOf(error)
    if (failure instanceof DatabaseFailure || !(failure instanceof Error)) throw failure
    throw new DatabaseFailure('away', failure)
  }
}
