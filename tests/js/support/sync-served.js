// @ts-check
/** Sync servers whose clock stands still, and devices at them, for the suites of every database. */

import { deviceOf, openSyncServer } from './sync-server.js'

/** @import { TestContext } from 'node:test' */
/** @import { Database } from '../../../examples/sync-server/database.js' */
/** @import { SyncServerOptions } from '../../../examples/sync-server/server.js' */

/** @typedef {ReturnType<typeof serving>} Serve */

/** The time at which the clock stands. */
export const T0 = 1_763_740_000_000

const NO_LIMIT = Object.freeze({ requestsAtOnce: 1e9, strangersAtOnce: 1e9 })

/**
 * A stamp so many milliseconds after T0.
 * @param {number} ms
 * @param {number} [counter]
 */
export function stamp(ms, counter = 1) {
  return (T0 + ms).toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0')
}

/** @param {() => Database} openDatabase One that is open, and stays so. */
export function serving(openDatabase) {
  let users = 0
  /**
   * A server, and a device of a new user.
   * @param {TestContext} context
   * @param {Partial<Omit<SyncServerOptions, 'database'>>} [options]
   */
  return async (context, options = {}) => {
    const database = openDatabase()
    const limits = { ...NO_LIMIT, ...options.limits }
    const server = await openSyncServer({ database, now: () => T0, log: () => {}, ...options, limits })
    context.after(() => server.stop())
    users += 1
    const user = `user ${users}`
    const token = await server.token(user)
    return { server, database, user, token, device: deviceOf(server.url, token) }
  }
}
