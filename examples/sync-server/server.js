// @ts-check
/** HTTP and nothing else: addresses, bodies, who asks and how often, failures, an end without a cut. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { DatabaseFailure } from './database-failure.js'
import { digest, rowsOfBuckets } from './digest.js'
import { LIMITS, TokenBuckets } from './limits.js'
import { pull } from './pull.js'
import { push } from './push.js'
import { invalid, Refusal } from './refusal.js'
import { signInByToken, signUp } from './sign-in.js'

/** @import { IncomingMessage, ServerResponse } from 'node:http' */

/**
 * @typedef {object} SyncServerOptions
 * @property {import('./database.js').Database} database
 * @property {import('./sign-in.js').Authenticate} [authenticate] By our own tokens if not given.
 * @property {import('./outcome.js').Validate} [validate] The rules of your app; none if not given.
 * @property {Partial<import('./limits.js').Limits>} [limits]
 * @property {string[]} [origins] The origins of pages that may ask; `*` for any.
 * @property {boolean} [isSignUpOpen] Whether anybody gets an account by asking. For a demo.
 * @property {() => number} [now]
 * @property {(line: string) => void} [log] Hears of what should not happen; never a key, a value or a token.
 */

/** @typedef {{ request: IncomingMessage, query: URLSearchParams, user: string, now: number }} Asked */

/** @param {SyncServerOptions} options */
export function createSyncServer(options) {
  const { database, validate = () => undefined, origins = [], isSignUpOpen = false, now = Date.now } = options
  const { authenticate = signInByToken(database, now), log = console.error } = options
  const limits = { ...LIMITS, ...options.limits }
  const users = new TokenBuckets(limits.requestsAtOnce, limits.requestsPerSecond)
  const strangers = new TokenBuckets(limits.strangersAtOnce, limits.strangersPerSecond)

  /** @type {Record<string, { method: string, answer: (asked: Asked) => Promise<string> }>} */
  const routes = {
    '/push': { method: 'POST', answer: async ({ request, user, now: at }) =>
      push(database, user, await bodyOf(request, limits.bodyBytesMax), { now: at, limits, validate }) },
    '/pull': { method: 'GET', answer: ({ user, query, now: at }) =>
      pull(database, user, query, { now: at, limits }) },
    '/digest': { method: 'GET', answer: ({ user, now: at }) => digest(database, user, { now: at }) },
    '/rows': { method: 'GET', answer: ({ user, query, now: at }) =>
      rowsOfBuckets(database, user, query, { now: at, limits }) },
  }

  /** @param {IncomingMessage} request @returns {Promise<string>} */
  async function answerTo(request) {
    const { pathname, searchParams: query } = addressOf(request)
    if (pathname === '/health') {
      await database.query('SELECT 1')
      return '{"ok":true}'
    }
    const address = request.socket.remoteAddress ?? ''
    if (pathname === '/sign-up' && isSignUpOpen && request.method === 'POST') {
      spend(strangers, address)
      return signUp(database, await bodyOf(request, limits.bodyBytesMax), now() + limits.tokensKeptMs)
    }
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined
    if (!route) throw new Refusal(404, 'NOT_FOUND', 'there is nothing here')
    if (request.method !== route.method) {
      throw new Refusal(405, 'METHOD_NOT_ALLOWED', `expected ${route.method}`, { allow: route.method })
    }
    const user = await authenticate(request)
    if (user === undefined) {
      spend(strangers, address)
      throw new Refusal(401, 'UNAUTHORIZED', 'sign in', { 'www-authenticate': 'Bearer' })
    }
    spend(users, user)
    return route.answer({ request, query, user, now: now() })
  }

  /** @param {TokenBuckets} buckets @param {string} name */
  function spend(buckets, name) {
    const waitMs = buckets.take(name, now())
    if (waitMs > 0) {
      const seconds = String(Math.ceil(waitMs / 1000))
      throw new Refusal(429, 'RATE_LIMITED', 'too many requests', { 'retry-after': seconds })
    }
  }

  /** @param {IncomingMessage} request @returns {Record<string, string>} */
  function originHeaders(request) {
    const { origin } = request.headers
    if (origin === undefined || !(origins.includes(origin) || origins.includes('*'))) return {}
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-expose-headers': 'retry-after',
      'access-control-max-age': '7200',
    }
  }

  const server = createServer({
    headersTimeout: limits.headersMs, requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(30_000, limits.headersMs),
  }, (request, response) => {
    // What is left of a connection that broke is nobody's failure.
    request.on('error', () => {})
    response.on('error', () => {})
    void handle(request, response)
  })
  server.maxConnections = limits.connectionsMax

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  async function handle(request, response) {
    const headers = originHeaders(request)
    try {
      if (request.method === 'OPTIONS') response.writeHead(204, headers).end()
      else respond(request, response, 200, headers, await answerTo(request))
    } catch (error) {
      const { status, code, message, headers: more } = refusalOf(error, log)
      respond(request, response, status, { ...headers, ...more }, failureText(code, message))
    }
  }

  return {
    /** Answers one request, for a server of yours that has other addresses, too. */
    handle,
    /** Starts to listen; gives the address. @param {number} [port] @param {string} [host] */
    async listen(port = 0, host = '127.0.0.1') {
      server.listen(port, host)
      await once(server, 'listening')
      const { port: taken } = /** @type {import('node:net').AddressInfo} */ (server.address())
      return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`
    },
    /** Takes no more requests, and waits a while for those that are under way. */
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      const end = setTimeout(() => server.closeAllConnections(), limits.stopMs)
      await closed
      clearTimeout(end)
    },
  }
}

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {number} status
 * @param {Record<string, string>} headers
 * @param {string} body
 */
function respond(request, response, status, headers, body) {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers,
  }).end(body)
  // What was not read is thrown away: whose connection is cut while it sends does not hear the answer.
  request.resume()
}

/** @param {string} code @param {string} message */
const failureText = (code, message) => JSON.stringify({ error: { code, message } })

/** @param {unknown} error @param {(line: string) => void} log @returns {Refusal} */
function refusalOf(error, log) {
  if (error instanceof Refusal) return error
  if (error instanceof DatabaseFailure && error.kind !== 'refused') {
    log(error.message)
    return new Refusal(503, 'UNAVAILABLE', 'the database is away', { 'retry-after': '1' })
  }
  log(error instanceof Error ? `${error.stack}` : String(error))
  return new Refusal(500, 'INTERNAL', 'something went wrong')
}

/** @param {IncomingMessage} request */
function addressOf(request) {
  try {
    // Two slashes at the beginning would be read as the name of a host.
    return new URL(`http://host${request.url ?? '/'}`)
  } catch {
    throw invalid('expected an address')
  }
}

/**
 * The body as JSON.
 * @param {IncomingMessage} request
 * @param {number} bytesMax
 * @returns {Promise<unknown>}
 */
async function bodyOf(request, bytesMax) {
  const tooLarge = new Refusal(413, 'TOO_LARGE', `expected at most ${bytesMax} bytes`)
  if (Number(request.headers['content-length']) > bytesMax) throw tooLarge
  /** @type {Buffer[]} */
  const parts = []
  let bytes = 0
  try {
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      bytes += part.length
      if (bytes > bytesMax) throw tooLarge
      parts.push(part)
    }
  } catch (error) {
    throw error === tooLarge ? tooLarge : invalid('the request broke off')
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)))
  } catch {
    throw invalid('expected JSON in UTF-8')
  }
}
