// @ts-check
/**
 * The transport to the server of the WeChat guide: `POST {url}/sync` takes one change, `GET
 * {url}/changes?since=`
 * tells changes. What such a server cannot promise is written in sync-transports.md.
 */

import { checkNames, expect } from '../checks.js'
import { dateOf } from '../http-later.js'
import { headerOf } from '../http-headers.js'
import { parseTtl } from '../ttl.js'
import { checkChanges, cursorOf, dataOf, isPlain, placeOf, rowsOf } from './guide-changes.js'
import { oneByOne } from './one-by-one.js'
import { RestCalls, bodyOf, checkServer, checking, failureOf, isSuccess, toldBy } from './rest-calls.js'

/** @import { Identity } from './rest-calls.js' */
/** @import { SyncConditions, SyncTransport, WireMutation, WireResult } from './transport.js' */

/**
 * @typedef {object} GuideEndpoints
 * @property {string} url What `/sync` and `/changes` are appended to.
 * @property {import('../ttl.js').Ttl} [overlap] How far before the time of the last answer changes are asked
 *   for again, for those that became visible late. Default one minute.
 * @property {'device' | 'server'} [timestamps] Whose clock the `timestamp` of the changes that the server
 *   tells
 *   is of. With 'server' the greatest one stands in for a `Date` that the answer does not have. Default
 *   'device': they are what the devices wrote, and no time is taken from them.
 */

/** @typedef {Identity & GuideEndpoints} GuideRestOptions */

const OVERLAP = '1m'
/** What a change is refused with for good; another change may fare better. */
const REJECTIONS = Object.freeze([400, 409, 413, 422])

/**
 * Synchronises with a server that has only the endpoints of the WeChat guide. It knows no versions: whoever
 * writes last wins, and a conflict is seen by nobody but the device that pulls before it pushes.
 * @param {GuideRestOptions} options
 * @returns {SyncTransport}
 * @example const transport = guideRest({ url: 'https://api.example.com' })
 */
export function guideRest(options) {
  const given = checkNames(options, ['url', 'headers', 'auth', 'overlap', 'timestamps'])
  const { overlap = OVERLAP, timestamps = 'device' } = given
  const calls = new RestCalls(checkServer(given), given)
  const overlapMs = parseTtl(overlap)
  const isWhose = timestamps === 'device' || timestamps === 'server'
  expect(isWhose, 'timestamps', "'device' or 'server'", timestamps)
  return {
    name: 'guideRest',
    merges: false,

    push: ({ client, mutations }, how) =>
      oneByOne(mutations, how, mutation => sendOne(calls, client, mutation, how)),

    async pull({ cursor }, how) {
      const place = placeOf(cursor)
      if (!place) return { reset: true }
      const reply = await calls.get(`/changes?since=${place.since}`, how)
      const { now: told, changes } = checking(reply, () => checkChanges(bodyOf(reply, how)))
      const date = told ?? dateOf(headerOf(reply.headers, 'date'))
      const latest = timestamps === 'server'
        ? changes.reduce((most, { timestamp = 0 }) => Math.max(most, timestamp), 0) : 0
      const now = date >= 0 ? Math.floor(date) : latest > 0 ? Math.floor(latest) : undefined
      const rows = await rowsOf(changes, place, now, how.read)
      if (now !== undefined) place.since = Math.max(place.since, now - overlapMs)
      return { ...(now === undefined ? {} : { now }), rows, cursor: cursorOf(place), more: false }
    },
  }
}

/**
 * @param {RestCalls} calls
 * @param {string} client
 * @param {WireMutation} mutation
 * @param {SyncConditions} how
 * @returns {Promise<WireResult>}
 */
async function sendOne(calls, client, { id, key, type, hlc, ...value }, how) {
  const data = dataOf(value)
  // An update is laid over what others hold: only an object of fields can be, all else takes its place.
  const told = type === 'update' && !(isPlain(data) && value.value !== undefined) ? 'create' : type
  const reply = await calls.post('/sync', { type: told, key, ...(type === 'delete' ? {} : { data }),
    timestamp: parseInt(hlc.slice(0, 12), 16), id: `${client}:${id}` }, how)
  if (isSuccess(reply.status)) return { id, status: 'accepted', version: 0 }
  if (!REJECTIONS.includes(reply.status)) throw failureOf(reply, how)
  const { code, message } = toldBy(reply)
  return { id, status: 'rejected', code: typeof code === 'string' ? code : `HTTP_${reply.status}`,
    ...(typeof message === 'string' ? { message } : {}) }
}
