// @ts-check
/** Who is asking. Tokens are drawn at random; the database keeps their digests only. */

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createAccount } from './accounts.js'
import { isObject } from './mutation.js'
import { invalid, Refusal } from './refusal.js'

/** @import { IncomingMessage } from 'node:http' */
/** @import { Database, Session } from './database.js' */

/**
 * Says who is asking; undefined for nobody that is known. Put your own in its place to take the JWT of a
 * sign-in service: check signature, issuer, audience and expiry, and return the subject.
 * @typedef {(request: IncomingMessage) => Promise<string | undefined> | string | undefined} Authenticate
 */

const USER_CHARACTERS_MAX = 128
const BEARER = /^Bearer ([\w-]{1,700})\.([\w-]{43})$/i

/** @param {Database} database @param {() => number} now @returns {Authenticate} */
export function signInByToken(database, now) {
  return async request => {
    const [, name = '', secret = ''] = BEARER.exec(request.headers.authorization ?? '') ?? []
    const user = Buffer.from(name, 'base64url').toString()
    if (!isUser(user)) return undefined
    const [token] = await database.query(
      'SELECT expires_at FROM tokens WHERE user_id = $1 AND digest = $2', [user, digestOf(secret)])
    return token?.expires_at > now() ? user : undefined
  }
}

/**
 * Makes a token. It holds the user's name, so that the database finds it where the user lies.
 * @param {Session} session
 * @param {string} user
 * @param {number} expiresAt
 */
export async function createToken(session, user, expiresAt) {
  if (!isUser(user)) throw invalid(`expected a user of 1 to ${USER_CHARACTERS_MAX} characters without NUL`)
  const secret = randomBytes(32).toString('base64url')
  await createAccount(session, user)
  await session.query('INSERT INTO tokens (user_id, digest, expires_at) VALUES ($1, $2, $3)',
    [user, digestOf(secret), expiresAt])
  return `${Buffer.from(user).toString('base64url')}.${secret}`
}

/**
 * Signs up whoever asks, for a demo: with a name that nobody has, or with one that is drawn.
 * @param {Database} database
 * @param {unknown} body
 * @param {number} expiresAt
 * @returns {Promise<string>} The answer.
 */
export async function signUp(database, body, expiresAt) {
  const { user = randomUUID() } = isObject(body) ? body : {}
  if (!isUser(user)) throw invalid(`expected user to be text of 1 to ${USER_CHARACTERS_MAX} characters without NUL`)
  const token = await database.transaction('write', async session => {
    if (!await createAccount(session, user)) throw new Refusal(409, 'TAKEN', 'another user has this name')
    return createToken(session, user, expiresAt)
  })
  return JSON.stringify({ user, token, expiresAt })
}

/** @param {unknown} user @returns {user is string} */
function isUser(user) {
  if (typeof user !== 'string' || user === '' || user.includes('\0')) return false
  return user.length <= USER_CHARACTERS_MAX && Buffer.from(user).toString() === user
}

/** @param {string} secret */
const digestOf = secret => createHash('sha256').update(secret).digest()
