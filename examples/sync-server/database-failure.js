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
 * What a driver gives; what it throws, as one of ours.
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T>}
 */
export async function answerOf(asked) {
  try {
    return await asked
  } catch (error) {
    throw failureOf(error)
  }
}

/** Which kind it is. Without a code it is no answer of the database, so there was none. @param {any} error */
function failureOf(error) {
  const { code = '' } = error
  if (AGAIN.has(code)) return new DatabaseFailure('again', error)
  const isAnswer = /^[0-9A-Z]{5}$/.test(code)
  return new DatabaseFailure(isAnswer && !AWAY.test(code) ? 'refused' : 'away', error)
}
