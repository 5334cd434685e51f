// @ts-check
/** The transport to a server that speaks the sync protocol (sync-protocol.md), by the host's own request. */

import { checkNames, expect } from '../checks.js'
import { RestCalls, bodyOf, checkServer, checking } from './rest-calls.js'
import { checkDigest, checkPull, checkPush, checkRows } from './wire-checks.js'

/** @import { Identity } from './rest-calls.js' */
/** @import { SyncTransport } from './transport.js' */

/**
 * @typedef {Identity & { url: string, merges?: boolean }} RestOptions
 * `url` is what the endpoints begin with; `merges`: false if the server does not merge by `fields`.
 */

const NOT_FOUND = 404
const GONE = 410

/**
 * Synchronises with a server that has `POST {url}/push` and `GET {url}/pull`, and perhaps `{url}/digest` and
 * `{url}/rows`. An answer that is not what the protocol says is HTTP_STATUS, and nothing of it is taken.
 * @param {RestOptions} options
 * @returns {Required<SyncTransport>}
 * @example
 * const transport = rest({ url: 'https://example.com/sync', auth: () => app.globalData.token })
 */
export function rest(options) {
  const given = checkNames(options, ['url', 'headers', 'auth', 'merges'])
  const url = checkServer(given)
  const { merges = true } = given
  expect(typeof merges === 'boolean', 'merges', 'a boolean', merges)
  const calls = new RestCalls(url, given)
  let hasDigest = true
  return {
    name: 'rest',
    merges,
    seals: true,

    async push(request, how) {
      const reply = await calls.post('/push', request, how)
      return checking(reply, () => checkPush(bodyOf(reply, how), request))
    },

    async pull(request, how) {
      const { cursor, limit } = request
      const place = cursor === '' ? '' : `cursor=${encodeURIComponent(cursor)}&`
      const reply = await calls.get(`/pull?${place}limit=${limit}`, how)
      if (reply.status === GONE) return { reset: true }
      return checking(reply, () => checkPull(bodyOf(reply, how), request))
    },

    async digest(how) {
      if (!hasDigest) return undefined
      const reply = await calls.get('/digest', how)
      if (reply.status === NOT_FOUND) {
        hasDigest = false
        return undefined
      }
      return checking(reply, () => checkDigest(bodyOf(reply, how)))
    },

    async rows(request, how) {
      const { buckets, after, limit } = request
      const from = after === '' ? '' : `&after=${encodeURIComponent(after)}`
      const reply = await calls.get(`/rows?buckets=${buckets.join(',')}${from}&limit=${limit}`, how)
      return checking(reply, () => checkRows(bodyOf(reply, how), request))
    },
  }
}
