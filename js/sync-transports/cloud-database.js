// @ts-check
/**
 * The transport to WeChat's cloud database, without a server of one's own: the device itself does what a
 * server
 * of the sync protocol does, by writes that are conditional on the version of one document.
 */

import { StorageError } from '../errors.js'
import { checkNames, expect } from '../checks.js'
import { parseTtl } from '../ttl.js'
import { advance, cursorOf, endSweep, placeOf } from './cloud-place.js'
import { contentOf, planOf, rowIn } from './cloud-rows.js'
import { CloudTable, timeOf } from './cloud-table.js'
import { oneByOne } from './one-by-one.js'

/** @import { SyncConditions, SyncTransport, WireMutation, WireResult, WireRow } from './transport.js' */

/**
 * What is used of `wx.cloud.database()`. Anything typed by `miniprogram-api-typings` fits.
 * @typedef {Record<string, any>} WxDatabase
 */

/**
 * @typedef {object} CloudDatabaseOptions
 * @property {string} [collection] Its name; it has to be there. Default 'ministash'.
 * @property {string} [user] Whose documents they are: what ids begin with, the same on all devices of a
 *   person,
 *   of letters, digits, - and _. If not given, the openid, which is learned from the cloud.
 * @property {import('../ttl.js').Ttl} [overlap] How late a write may become visible at most. Default '10s'.
 */

const COLLECTION = 'ministash'
const OVERLAP = '10s'
/** How often a change is decided anew because the row changed meanwhile. */
const ATTEMPTS_MAX = 3
const RETRY_AFTER_MS = 1000

/**
 * Synchronises the devices of a person by a collection of WeChat's cloud database. The app calls
 * `wx.cloud.init()` before; base library 2.9.4.
 * @param {WxDatabase} database
 * @param {CloudDatabaseOptions} [options]
 * @returns {SyncTransport}
 * @example const transport = cloudDatabase(wx.cloud.database(), { collection: 'notes' })
 */
export function cloudDatabase(database, options = {}) {
  const { collection: make, serverDate, command } = Object(database)
  const isDatabase = [make, serverDate, Object(command).push].every(verb => typeof verb === 'function')
  expect(isDatabase, 'database', '`wx.cloud.database()` of a mini-program', database)
  const given = checkNames(options, ['collection', 'user', 'overlap'])
  const { collection = COLLECTION, user, overlap = OVERLAP } = given
  const isName = typeof collection === 'string' && /^[\w-]{1,128}$/.test(collection)
  expect(isName, 'collection', 'the name of a collection, of letters, digits, - and _,', collection)
  const isUser = user === undefined || (typeof user === 'string' && /^[\w-]{1,128}$/.test(user))
  expect(isUser, 'user', '1 to 128 letters, digits, - and _', user)
  const overlapMs = parseTtl(overlap)
  const table = new CloudTable(database, collection, user)
  return {
    name: 'cloudDatabase',
    merges: true,
    seals: true,

    push: ({ client, mutations }, how) =>
      oneByOne(mutations, how, mutation => decide(table, mutation, `${client}:${mutation.id}`, how)),

    async pull({ cursor, limit }, how) {
      const place = placeOf(cursor, collection)
      if (!place) return { reset: true }
      const until = how.now() + how.timeoutMs / 2
      place.began ||= Math.floor(how.now())
      /** @type {WireRow[]} */
      const rows = []
      for (let isOver = false; !isOver;) {
        const { documents, isEnd } = await table.after(place, how)
        const now = how.now()
        const taken = documents.slice(0, limit - rows.length)
        for (const document of taken) {
          rows.push(rowIn(document))
          advance(place, { at: timeOf(document), id: document._id }, now)
        }
        const isAll = isEnd && taken.length === documents.length
        if (isAll) endSweep(place, overlapMs)
        isOver = isAll || rows.length >= limit || now >= until
      }
      return { rows, cursor: cursorOf(place, collection), more: place.began !== 0 }
    },
  }
}

/**
 * Decides a change: by the version that the device knows, and only where that is another one by the row.
 * @param {CloudTable} table
 * @param {WireMutation} mutation
 * @param {string} name Of the change.
 * @param {SyncConditions} how
 * @returns {Promise<WireResult>}
 */
async function decide(table, mutation, name, how) {
  const { id, key, base } = mutation
  try {
    const place = await table.idOf(key, how)
    // As a rule nobody else has changed it, and nothing need be read.
    let plan = /** @type {import('./cloud-rows.js').Plan} */ ({ base, content: contentOf(mutation) })
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if ('result' in plan) return plan.result
      const { content, merged } = plan
      const version = plan.base === 0 ? await table.add(place, mutation, name, content, how)
        : await table.replace(place, plan.base, mutation, name, content, how)
      if (version > 0) return { id, status: 'accepted', version, ...(merged === undefined ? {}
        : { value: merged }) }
      plan = planOf(mutation, name, await table.read(place, how))
    }
    return 'result' in plan ? plan.result : { id, status: 'retry', retryAfter: RETRY_AFTER_MS }
  } catch (error) {
    const isRefused = StorageError.is(error)
      && (error.code === 'INVALID_VALUE' || error.code === 'VALUE_TOO_LARGE')
    if (!isRefused) throw error
    return { id, status: 'rejected', code: error.code, message: error.message }
  }
}
