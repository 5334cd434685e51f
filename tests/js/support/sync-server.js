// @ts-check
/** The sync server of the examples, in a process of its own that can be killed, or in this one. */

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../../examples/sync-server/database.js'
import { createSyncServer } from '../../../examples/sync-server/server.js'
import { createToken } from '../../../examples/sync-server/sign-in.js'

/** @import { Database } from '../../../examples/sync-server/database.js' */
/** @import { SyncServerOptions } from '../../../examples/sync-server/server.js' */

const MAIN = fileURLToPath(new URL('../../../examples/sync-server/main.js', import.meta.url))
const YEAR_MS = 31_536_000_000

/**
 * `pglite`: one in memory, which dies with the server. Else the address of a PostgreSQL, or a folder.
 * @typedef {string} DatabasePlace
 */

/**
 * Starts it in a process of its own.
 * @param {{ database?: DatabasePlace, port?: number, env?: Record<string, string> }} [options]
 * @returns {Promise<SyncServerChild>}
 */
export async function startSyncServer({ database = 'pglite', port = 0, env = {} } = {}) {
  const place = placeOf(database)
  let running = await start(port)
  const taken = new URL(running.url).port
  /** @type {Map<string, string>} */
  const tokens = new Map()

  /** @param {number} at */
  async function start(at) {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env, DATABASE_URL: place, PORT: String(at), HOST: '127.0.0.1', SIGN_UP: 'open',
        REQUESTS_PER_SECOND: '100000', ...env,
      },
    })
    const exited = once(child, 'exit')
    let said = ''
    /** @type {string} */
    const url = await new Promise((resolve, reject) => {
      const hear = (/** @type {string} */ text) => {
        said += text
        const [, address] = /^listening on (\S+)$/m.exec(said) ?? []
        if (address !== undefined) resolve(address)
      }
      child.stdout.setEncoding('utf8').on('data', hear)
      child.stderr.setEncoding('utf8').on('data', hear)
      void exited.then(([code]) => reject(new Error(`the sync server ended with ${code}: ${said}`)))
    })
    return { child, exited, url, said: () => said }
  }

  /** @param {NodeJS.Signals} signal */
  const end = async signal => {
    running.child.kill(signal)
    const [code] = await running.exited
    return code
  }
  return {
    url: running.url,
    said: () => running.said(),
    async token(user) {
      const token = tokens.get(user) ?? await makeToken(place, running.url, user)
      tokens.set(user, token)
      return token
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() { running = await start(Number(taken)) },
  }
}

/**
 * @typedef {object} SyncServerChild
 * @property {string} url
 * @property {(user: string) => Promise<string>} token A token of this user; the same one every time.
 * @property {() => Promise<number | null>} stop By SIGTERM; resolves with the exit code.
 * @property {() => Promise<number | null>} kill By SIGKILL.
 * @property {() => Promise<void>} restart After one of them: on the same port and database.
 * @property {() => string} said What it printed.
 */

/**
 * @param {string} place
 * @param {string} url
 * @param {string} user
 */
async function makeToken(place, url, user) {
  if (place.startsWith('postgres')) {
    const database = await openDatabase(place)
    const token = await createToken(database, user, Date.now() + YEAR_MS)
    await database.close()
    return token
  }
  // Only the server itself can write to what it keeps.
  const answer = await fetch(`${url}/sign-up`, { method: 'POST', body: JSON.stringify({ user }) })
  if (!answer.ok) throw new Error(`sign-up of ${user}: ${answer.status} ${await answer.text()}`)
  const { token } = /** @type {{ token: string }} */ (await answer.json())
  return token
}

/**
 * Starts it in this process, where its clock, its rules and its limits can be chosen.
 * @param {Partial<Omit<SyncServerOptions, 'database'>> & { database?: DatabasePlace | Database }} [options]
 *   A database that is open already stays open.
 */
export async function openSyncServer({ database: place = 'pglite', ...options } = {}) {
  const database = typeof place === 'string' ? await openDatabase(placeOf(place)) : place
  const server = createSyncServer({ database, ...options })
  const url = await server.listen()
  const { now = Date.now } = options
  return {
    url,
    database,
    /** @param {string} user @param {number} [forMs] */
    token: (user, forMs = YEAR_MS) => createToken(database, user, now() + forMs),
    async stop() {
      await server.close()
      if (typeof place === 'string') await database.close()
    },
  }
}

/** @typedef {{ key: string, version: number, [name: string]: any }} PageRow */
/** @typedef {{ rows: PageRow[], cursor: string, more: boolean }} Page */

/**
 * A device that says what it is told to, and gives back what it hears.
 * @param {string} url
 * @param {string} token
 * @param {string} [client]
 */
export function deviceOf(url, token, client = randomBytes(16).toString('hex')) {
  const authorization = `Bearer ${token}`
  /** @param {string} method @param {string} path @param {unknown} [body] */
  async function ask(method, path, body) {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(url + path, { method, headers: { authorization }, ...sent })
    /** @type {any} */
    const answer = await response.json()
    return { status: response.status, headers: response.headers, body: answer }
  }
  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async function answered(method, path, body) {
    const answer = await ask(method, path, body)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  return {
    client,
    authorization,
    /** Any request, whatever comes of it. */
    ask,
    /** @param {unknown[]} mutations @returns {Promise<any[]>} */
    push: async mutations => (await answered('POST', '/push', { client, mutations })).results,
    /** @param {string} [cursor] @param {number} [limit] @returns {Promise<Page & { reset?: boolean }>} */
    pull: (cursor = '', limit = 1000) =>
      answered('GET', `/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`),
    /** Pulls to the end. @param {string} [cursor] @param {number} [limit] */
    async pullAll(cursor = '', limit = 1000) {
      /** @type {PageRow[]} */
      const rows = []
      let page = await answered('GET', `/pull?cursor=${encodeURIComponent(cursor)}&limit=${limit}`)
      for (;;) {
        if (page.reset) throw new Error('the cursor is not known')
        rows.push(...page.rows)
        if (!page.more) return { rows, cursor: /** @type {string} */ (page.cursor) }
        page = await answered('GET', `/pull?cursor=${encodeURIComponent(page.cursor)}&limit=${limit}`)
      }
    },
    /** @returns {Promise<{ cursor: string, buckets: [bucket: number, count: number, sum: number][] }>} */
    digest: () => answered('GET', '/digest'),
    /**
     * @param {number[]} buckets
     * @param {string} [after]
     * @param {number} [limit]
     * @returns {Promise<Page>}
     */
    rows: (buckets, after = '', limit = 1000) =>
      answered('GET', `/rows?buckets=${buckets.join(',')}&after=${encodeURIComponent(after)}&limit=${limit}`),
  }
}

/** @param {DatabasePlace} database */
function placeOf(database) {
  return database === 'pglite' ? 'memory://' : database
}
