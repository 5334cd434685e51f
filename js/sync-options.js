// @ts-check
/** The options of synchronisation, checked and filled in; times in milliseconds. */

import { checkFunction, checkNames, checkNamespace, expect } from './checks.js'
import { parseTtl } from './ttl.js'

/** @typedef {import('./sync-transports/transport.js').SyncTransport} SyncTransport */
/** @typedef {import('./ttl.js').Ttl} Ttl */

/**
 * A conflict: the same key was changed here and elsewhere. A value that is missing was deleted, or never was.
 * @typedef {object} SyncConflict
 * @property {string} key
 * @property {any} base What both were made of; undefined if that is not known.
 * @property {any} local What this device has.
 * @property {any} remote What the server has.
 */

/**
 * Decides a conflict: the value that is to be, undefined to delete.
 * @typedef {(conflict: Readonly<SyncConflict>) => any} ResolveConflict
 */

/** @typedef {'last-write' | 'server' | 'client' | 'merge' | ResolveConflict} ConflictRule */

/**
 * The options of `open({ sync })`.
 * @typedef {object} SyncOptions
 * @property {SyncTransport} transport How changes travel: `rest`, `cloudDatabase`, or an object of your own
 *   with `name`, `push` and `pull`.
 * @property {ConflictRule} [conflict] Who wins when a key was changed here and elsewhere: the later change
 *   (`last-write`, if not given), the `server`, this device (`client`), both by field (`merge`: three-way, of
 *   plain objects; the later change where both set the same field), or what a function says.
 * @property {string} [namespace] The namespace whose keys are synchronised; the default one if not given.
 * @property {number} [batchSize] How many changes are pushed at once at most, 1 to 500; 100 if not given.
 * @property {number} [pageSize] How many rows are pulled at once at most, 1 to 1,000; 200 if not given.
 * @property {Ttl} [interval] How often it synchronises by itself after `start()`; 1 minute if not given.
 * @property {Ttl | null} [digestInterval] How often what is held is compared with the server's digest; 1 hour
 *   if not given, null for never.
 * @property {{ attempts?: number, base?: Ttl, cap?: Ttl }} [retry] How often a change at which the server
 *   fails is tried (8), the first pause after a failure (1 second, twice as long after each further one) and
 *   the longest (5 minutes).
 * @property {Ttl} [timeout] How long a request may take; 30 seconds if not given.
 * @property {boolean | EncryptOptions} [encrypt] Seal every value before it travels, so that only the devices
 *   of one user can read it: with `stash.secure` unlocked by the same passphrase, or secret, on each.
 *   The server sees keys, lengths and times. It cannot merge then: devices do.
 * @property {(conflict: Readonly<SyncConflict & { winner: 'local' | 'remote' | 'merged' }>) => void}
 *   [onConflict] Hears of conflicts, when they are decided.
 * @property {(rejected: Readonly<import('./sync-manager.js').RejectedChange>) => void} [onRejected] Hears of
 *   changes that the server refuses for good.
 */

/**
 * How values are sealed.
 * @typedef {object} EncryptOptions
 * @property {boolean} [pad] Hide how long they are, in buckets; they take at most 12 per cent more room, and
 *   256 bytes at least.
 * @property {boolean} [acceptPlain] Take in values that are not sealed, too, while an account changes over.
 *   Whoever runs the server can then write values of his own; without it they are CORRUPT.
 */

/**
 * @typedef {object} SyncSettings
 * @property {SyncTransport} transport
 * @property {ConflictRule} conflict
 * @property {string} path
 * @property {number} batch
 * @property {number} page
 * @property {number} interval
 * @property {number} digest 0 for never.
 * @property {number} attempts
 * @property {number} base
 * @property {number} cap
 * @property {number} timeout
 * @property {{ pad: boolean, acceptPlain: boolean } | undefined} encrypt Undefined if nothing is sealed.
 * @property {SyncOptions['onConflict']} onConflict
 * @property {SyncOptions['onRejected']} onRejected
 */

const NAMES = Object.freeze(['transport', 'conflict', 'namespace', 'batchSize', 'pageSize', 'interval',
  'digestInterval', 'retry', 'timeout', 'encrypt', 'onConflict', 'onRejected'])
const RULES = Object.freeze(['last-write', 'server', 'client', 'merge'])
const BATCH_MAX = 500
const PAGE_MAX = 1000
const ATTEMPTS_MAX = 100
const SECOND = 1000
const MINUTE = 60 * SECOND

/**
 * Refuses wrong options.
 * @param {any} options
 */
export function checkSyncOptions(options) {
  const given = checkNames(options, NAMES)
  const { transport, conflict = 'server', namespace, batchSize = 1, pageSize = 1, retry = {} } = given
  const { push, pull } = Object(transport)
  const isTransport = typeof push === 'function' && typeof pull === 'function'
  expect(isTransport, 'transport', 'a transport such as rest({ url })', transport)
  expect(RULES.includes(conflict) || typeof conflict === 'function', 'conflict',
    `one of ${RULES.join(', ')}, or a function,`, conflict)
  if (namespace !== undefined) checkNamespace('', namespace)
  expectCount(batchSize, 'batchSize', BATCH_MAX)
  expectCount(pageSize, 'pageSize', PAGE_MAX)
  const { attempts = 1, base, cap } = checkNames(retry, ['attempts', 'base', 'cap'])
  expectCount(attempts, 'attempts', ATTEMPTS_MAX)
  for (const ttl of [base, cap, given.interval, given.timeout, given.digestInterval ?? undefined]) {
    if (ttl !== undefined) parseTtl(/** @type {Ttl} */ (ttl))
  }
  checkEncrypt(given.encrypt, transport)
  for (const name of ['onConflict', 'onRejected']) {
    if (given[name] !== undefined) checkFunction(given[name], name)
  }
}

/**
 * @param {any} encrypt
 * @param {SyncTransport} transport
 */
function checkEncrypt(encrypt, transport) {
  if (encrypt === undefined || encrypt === false) return
  const { pad = false, acceptPlain = false } = encrypt === true ? {}
    : checkNames(encrypt, ['pad', 'acceptPlain'])
  expect(typeof pad === 'boolean', 'pad', 'a boolean', pad)
  expect(typeof acceptPlain === 'boolean', 'acceptPlain', 'a boolean', acceptPlain)
  expect(transport.seals === true, 'transport', 'one that carries sealed values (seals: true)', transport)
}

/**
 * @param {unknown} count
 * @param {string} name
 * @param {number} max
 */
function expectCount(count, name, max) {
  const isRight = Number.isSafeInteger(count) && Number(count) >= 1 && Number(count) <= max
  expect(isRight, name, `a whole number from 1 to ${max}`, count)
}

/**
 * Fills in what is not said.
 * @param {SyncOptions} options Checked.
 * @returns {SyncSettings}
 */
export function syncSettings(options) {
  /** @type {(ttl: Ttl | undefined, unsaid: number) => number} */
  const ms = (ttl, unsaid) => ttl === undefined ? unsaid : parseTtl(ttl)
  const { transport, conflict = 'last-write', namespace, digestInterval, retry = {}, encrypt } = options
  const hasDigest = transport.digest !== undefined && transport.rows !== undefined && digestInterval !== null
  return {
    transport,
    conflict,
    path: namespace === undefined ? '' : checkNamespace('', namespace),
    batch: options.batchSize ?? 100,
    page: options.pageSize ?? 200,
    interval: ms(options.interval, MINUTE),
    digest: hasDigest ? ms(digestInterval ?? undefined, 60 * MINUTE) : 0,
    attempts: retry.attempts ?? 8,
    base: ms(retry.base, SECOND),
    cap: ms(retry.cap, 5 * MINUTE),
    timeout: ms(options.timeout, 30 * SECOND),
    encrypt: encrypt ? { pad: false, acceptPlain: false, ...Object(encrypt) } : undefined,
    onConflict: options.onConflict,
    onRejected: options.onRejected,
  }
}
