// @ts-check
/**
 * The options of the upload queue and of its verbs, checked and filled in; times in milliseconds.
 */

import { StorageError } from './errors.js'
import { checkFunction, checkNames, expect, kindOf } from './checks.js'
import { parseTtl } from './ttl.js'

/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./uploads/transport.js').Transport} Transport */
/** @typedef {import('./uploads/transport.js').UploadFile} UploadFile */

/**
 * The options of `open({ uploads })`.
 * @typedef {object} UploadOptions
 * @property {Transport} transport How files are sent: `cloud`, `form`, `tus` or `custom`.
 * @property {number} [maxConcurrent] How many are sent at once, from 1; 3 if not given. Never more than the
 *   transport and the host allow (WeChat: 10), and fewer while the server says that it is too much.
 * @property {{ attempts?: number, base?: Ttl, cap?: Ttl }} [retry] How often an item is tried (5), the first
 *   pause at most (1 second, twice as long after each failure) and the longest pause (1 minute).
 * @property {Ttl} [timeout] How long an attempt may take; 10 minutes if not given.
 * @property {Ttl} [stallTimeout] How long an attempt may go on without any progress; 1 minute if not given.
 * @property {boolean} [persist] Whether the queue outlives the process; it does if not given.
 * @property {'any' | 'unmetered'} [network] 'unmetered': nothing is begun over a mobile network. Default
 *   'any'.
 * @property {Ttl} [progressInterval] How often progress is told at most; 100 milliseconds if not given.
 * @property {() => number} [random] From 0 to 1, for the pauses between attempts.
 */

/**
 * How one file is uploaded.
 * @typedef {object} UploadWish
 * @property {number} [priority] From -1,000 to 1,000, 0 if not given; higher ones go first. Each 30 seconds
 *   of waiting weigh as much as 1.
 * @property {import('./cache-options.js').SignalLike} [signal] When it fires, the caller gets ABORTED, and
 *   the item is cancelled if nobody else waits for it.
 * @property {Record<string, unknown>} [metadata] Goes along with the file; a value that can be stored.
 * @property {boolean} [dedupe] True: if a file with the same content is on its way to the same place, this
 *   call joins it. Costs reading the file once.
 * @property {boolean} [keep] True: the file is copied first to where the host does not delete it, and the
 *   copy is deleted when the item has arrived or was cancelled.
 */

/**
 * A file for `uploadMultiple`.
 * @typedef {UploadWish & { path: UploadFile, cloudPath: string, onProgress?: OnProgress }} UploadEntry
 */

/**
 * Hears how far an upload is: whole per cent, rising, 100 once and last.
 * @typedef {(percent: number, progress: import('./upload-progress.js').Progress) => void} OnProgress
 */

/**
 * @typedef {object} UploadSettings
 * @property {Transport} transport
 * @property {number} concurrency
 * @property {number} attempts
 * @property {number} base
 * @property {number} cap
 * @property {number} timeout
 * @property {number} stall
 * @property {boolean} persist
 * @property {boolean} isUnmeteredOnly
 * @property {number} interval
 * @property {() => number} random
 */

const NAMES = Object.freeze(['transport', 'maxConcurrent', 'retry', 'timeout', 'stallTimeout', 'persist',
  'network', 'progressInterval', 'random'])
const WISHES = Object.freeze(['priority', 'signal', 'metadata', 'dedupe', 'keep'])
const CONCURRENCY_DEFAULT = 3
const CONCURRENCY_MAX = 100
const ATTEMPTS_MAX = 100
const PRIORITY_MAX = 1000

/**
 * Refuses wrong options.
 * @param {any} options
 */
export function checkUploadOptions(options) {
  const given = checkNames(options, NAMES)
  const { transport, maxConcurrent = 1, retry = {}, persist = true, network = 'any', random } = given
  const isTransport = typeof Object(transport).send === 'function'
  expect(isTransport, 'transport', 'a transport such as form({ url })', transport)
  expectCount(maxConcurrent, 'maxConcurrent', CONCURRENCY_MAX)
  const { attempts = 1, base, cap } = checkNames(retry, ['attempts', 'base', 'cap'])
  expectCount(attempts, 'attempts', ATTEMPTS_MAX)
  for (const ttl of [base, cap, given.timeout, given.stallTimeout, given.progressInterval]) {
    if (ttl !== undefined) parseTtl(/** @type {Ttl} */ (ttl))
  }
  expect(typeof persist === 'boolean', 'persist', 'a boolean', persist)
  expect(network === 'any' || network === 'unmetered', 'network', "'any' or 'unmetered'", network)
  if (random !== undefined) checkFunction(random, 'random')
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
 * @param {UploadOptions} options Checked.
 * @param {import('./hosts/host.js').Host} host
 * @returns {UploadSettings}
 */
export function uploadSettings(options, host) {
  /** @type {(ttl: Ttl | undefined, unsaid: number) => number} */
  const ms = (ttl, unsaid) => ttl === undefined ? unsaid : parseTtl(ttl)
  const { transport, maxConcurrent = CONCURRENCY_DEFAULT, retry = {} } = options
  return {
    transport,
    concurrency: Math.min(maxConcurrent, transport.limit ?? CONCURRENCY_MAX,
      host.network?.limit ?? CONCURRENCY_MAX),
    attempts: retry.attempts ?? 5,
    base: ms(retry.base, 1000),
    cap: ms(retry.cap, 60_000),
    timeout: ms(options.timeout, 600_000),
    stall: ms(options.stallTimeout, 60_000),
    persist: options.persist ?? true,
    isUnmeteredOnly: options.network === 'unmetered',
    interval: ms(options.progressInterval, 100),
    random: options.random ?? Math.random,
  }
}

/**
 * Refuses a wrong file, place or wish.
 * @param {UploadSettings} settings
 * @param {unknown} file
 * @param {unknown} target
 * @param {unknown} onProgress
 * @param {unknown} wish
 * @returns {UploadWish & { priority: number }}
 */
export function checkUpload({ transport }, file, target, onProgress, wish) {
  const isPath = typeof file === 'string' ? file !== '' : typeof file === 'object' && file !== null
  if (!isPath) {
    throw new StorageError('INVALID_VALUE', `expected the path of a file, a Blob or bytes, got ${
      file === '' ? 'an empty path' : kindOf(file)}`)
  }
  if (typeof target !== 'string' || target === '') {
    throw new StorageError('INVALID_VALUE', `expected a place such as 'photos/1.jpg' to upload to, got ${
      target === '' ? 'an empty one' : kindOf(target)}`)
  }
  if (transport.check) transport.check(target)
  const hears = onProgress === undefined || onProgress === null || typeof onProgress === 'function'
  expect(hears, 'onProgress', 'a function', onProgress)
  if (wish === undefined) return NO_WISH
  const given = checkNames(wish, WISHES)
  const { priority = 0, signal, metadata, dedupe, keep } = given
  const isPriority = Number.isSafeInteger(priority) && Math.abs(priority) <= PRIORITY_MAX
  expect(isPriority, 'priority', `a whole number from -${PRIORITY_MAX} to ${PRIORITY_MAX}`, priority)
  const isSignal = signal === undefined || signal === null || typeof signal.addEventListener === 'function'
  expect(isSignal, 'signal', 'an AbortSignal', signal)
  const isData = metadata === undefined || (typeof metadata === 'object' && metadata !== null)
  expect(isData, 'metadata', 'an object', metadata)
  expect(dedupe === undefined || typeof dedupe === 'boolean', 'dedupe', 'a boolean', dedupe)
  expect(keep === undefined || typeof keep === 'boolean', 'keep', 'a boolean', keep)
  return { priority, signal: signal ?? undefined, metadata, dedupe, keep }
}

const NO_WISH = Object.freeze({ priority: 0 })
