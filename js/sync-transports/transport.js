// @ts-check
/**
 * What carries changes between a device and a server: the interface between the sync manager, which decides
 * what and when, and the transports, which know how. Only types live here. What the fields mean is written
 * in sync-protocol.md.
 */

/** @import { SignalLike } from '../cache-options.js' */

/**
 * A value on the wire: exactly one of the three.
 * @typedef {object} WireValue
 * @property {unknown} [value] A value that JSON holds.
 * @property {[form: number, text: string]} [encoded] One that it does not hold.
 * @property {string} [sealed] One that only devices can read.
 */

/**
 * A row as the server has it.
 * @typedef {WireValue & { key: string, version: number, hlc: string, by?: string, deleted?: boolean }}
 *   WireRow
 */

/**
 * A change on its way to the server.
 * @typedef {WireValue & { id: number, key: string, type: 'create' | 'update' | 'delete', base: number,
 *   hlc: string, fields?: string[] }} WireMutation
 */

/**
 * What became of one change. A version of 0: it was accepted, and the server does not tell its version. To
 * wait 0 milliseconds: nothing is wrong, the time was over; it may be sent again at once.
 * @typedef {{ id: number, status: 'accepted', version: number, hlc?: string } & WireValue
 *   | { id: number, status: 'conflict', row: WireRow }
 *   | { id: number, status: 'rejected', code?: string, message?: string }
 *   | { id: number, status: 'reused' }
 *   | { id: number, status: 'retry', retryAfter?: number }} WireResult
 */

/** @typedef {{ client: string, mutations: WireMutation[] }} PushRequest */
/** @typedef {{ now?: number, results: WireResult[] }} PushAnswer */
/** @typedef {{ cursor: string, limit: number }} PullRequest */
/**
 * What changed. A row may come again with a version that it had before: whoever has that one, or a greater
 * one, drops it. A server that knows no pages gives more rows than the limit.
 * @typedef {{ now?: number, reset?: false, rows: WireRow[], cursor: string, more: boolean }
 *   | { now?: number, reset: true }} PullAnswer
 */
/**
 * @typedef {{ now?: number, cursor: string, buckets: [bucket: number, count: number, sum: number][] }}
 *   DigestAnswer
 */
/** @typedef {{ buckets: number[], after: string, limit: number }} RowsRequest */
/** @typedef {{ now?: number, cursor: string, rows: WireRow[], more: boolean }} RowsAnswer */

/**
 * What a transport has to work with.
 * @typedef {object} SyncConditions
 * @property {SignalLike} signal Fires when nobody waits for it any more; then the call rejects with ABORTED.
 * @property {number} timeoutMs After so long it is given up by the signal.
 * @property {import('../hosts/http.js').HttpNetwork | undefined} network How the host sends, if it does.
 * @property {(key: string) => Promise<unknown>} read The value that this device holds, undefined for none.
 * @property {() => number} now The time in milliseconds, by the device's clock.
 */

/**
 * Carries changes to a server and back. What its calls reject with decides what happens next: a StorageError
 * of NETWORK_FAILED, TIMEOUT or one that is `retryable` is tried again, after `retryAfterMs` if that is
 * there; HTTP_STATUS with the `status` 401 or 403 holds everything until somebody signs in; with 400, 413 or
 * 422 less is pushed at once. An object of your own with `name`, `push` and `pull` is a transport.
 * @typedef {object} SyncTransport
 * @property {string} name A short name for messages.
 * @property {boolean} [merges] Whether the server merges by `fields`.
 * @property {boolean} [seals] Whether `sealed` values travel whole, and a change is accepted upon its `base`
 *   alone. Without it nothing is encrypted from end to end.
 * @property {(request: PushRequest, how: SyncConditions) => Promise<PushAnswer>} push
 * @property {(request: PullRequest, how: SyncConditions) => Promise<PullAnswer>} pull
 * @property {(how: SyncConditions) => Promise<DigestAnswer | undefined>} [digest] Undefined if the server
 *   has none.
 * @property {(request: RowsRequest, how: SyncConditions) => Promise<RowsAnswer>} [rows] Comes with
 *   `digest`.
 */
export {}
