// @ts-check
/**
 * The row of a user in `accounts`: the lock under which everything of the user is written, and the version up
 * to which it was.
 *
 * Invariant: versions are given out under the lock, which is held until the commit. So whoever sees a version
 * sees every lower one too, and no row appears before a place that was given out.
 */

import { randomBytes } from 'node:crypto'

/** @import { Database, Session } from './database.js' */

/** @typedef {{ epoch: string, seq: number, horizon: number }} Account */

const READ = 'SELECT epoch, seq, horizon FROM accounts WHERE user_id = $1'

/**
 * Works in one snapshot of the database.
 * @template T
 * @param {Database} database
 * @param {string} user
 * @param {(session: Session, account: Account) => Promise<T>} work
 */
export function inSnapshot(database, user, work) {
  return withAccount(database, user, 'snapshot', READ, work)
}

/**
 * Works while nobody else writes anything of this user.
 * @template T
 * @param {Database} database
 * @param {string} user
 * @param {(session: Session, account: Account) => Promise<T>} work
 */
export function inTurn(database, user, work) {
  return withAccount(database, user, 'write', `${READ} FOR UPDATE`, work)
}

/** @param {Session} session @param {string} user @param {number} seq */
export async function setSeq(session, user, seq) {
  await session.query('UPDATE accounts SET seq = $2 WHERE user_id = $1', [user, seq])
}

/**
 * @param {Session} session
 * @param {string} user
 * @returns {Promise<boolean>} False if there is one.
 */
export async function createAccount(session, user) {
  const made = await session.query(
    `INSERT INTO accounts (user_id, epoch) VALUES ($1, $2)
     ON CONFLICT (user_id) DO NOTHING RETURNING user_id`,
    [user, randomBytes(6).toString('hex')])
  return made.length > 0
}

/**
 * Makes every cursor unknown: after a backup was brought back, what devices have seen is not what is here.
 * @param {Session} session
 */
export async function renewEpochs(session) {
  const salt = randomBytes(16).toString('hex')
  await session.query('UPDATE accounts SET epoch = substr(md5(epoch || $1::text), 1, 12)', [salt])
}

/**
 * @template T
 * @param {Database} database
 * @param {string} user
 * @param {import('./database.js').TransactionKind} kind
 * @param {string} statement
 * @param {(session: Session, account: Account) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withAccount(database, user, kind, statement, work) {
  const attempt = () => database.transaction(kind, async session => {
    const [account] = await session.query(statement, [user])
    return account && { result: await work(session, account) }
  })
  let done = await attempt()
  if (!done) {
    // The first time that a user is here, whom somebody else has signed in.
    await createAccount(database, user)
    done = await attempt()
  }
  return done.result
}
