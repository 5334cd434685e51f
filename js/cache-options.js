// @ts-check
/**
 * The options of a cache and of its verbs, checked, and made into numbers.
 */

import { TIMER_MS_MAX, checkFunction, checkKey, checkNames, checkNamespace, expect } from './checks.js'
import { parseTtl } from './ttl.js'

/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./cache-memory.js').EvictReason} EvictReason */

/**
 * How a cache keeps its entries in the store.
 * @typedef {object} PersistOptions
 * @property {number} [maxBytes] What it may take there; 2 MB if not given, and at most a fifth of what the
 *   host holds.
 * @property {Ttl} [delay] How long a change may wait to be written with others; a second if not given.
 */

/**
 * How a cache behaves; nothing is required.
 * @typedef {object} CacheOptions
 * @property {number} [maxEntries] The most entries in memory, from 1 to 16,777,216; 1,000 if not given.
 * @property {number} [maxBytes] The most bytes in memory, by `size` where an entry says it, else measured.
 * @property {number} [maxEntryBytes] Larger entries are not kept.
 * @property {Ttl} [ttl] How long an entry is fresh, unless it says so itself; for ever if not given.
 * @property {number} [jitter] Up to this part of a ttl, from 0 to 1, is taken off at random, so that
 *   entries that came together do not go together.
 * @property {Ttl} [idleTtl] An entry that was not used for so long goes.
 * @property {Ttl} [staleWhileRevalidate] For so long after its ttl `wrap` answers with the old value, and
 *   loads a new one meanwhile.
 * @property {Ttl} [staleIfError] For so long after its ttl `wrap` answers with the old value if loading
 *   fails.
 * @property {'lru' | 'w-tinylfu'} [policy] What leaves first: 'lru', the default, what was not used for
 *   the longest time; 'w-tinylfu' weighs how often, too, and finds more where much is asked for once.
 * @property {boolean | PersistOptions} [persist] Keep entries in the store, too, where they outlive the
 *   process.
 * @property {string} [name] With `persist`: the name by which the next process finds them.
 * @property {Ttl} [cleanupInterval] Drop what has expired by a timer; without one it goes in passing.
 * @property {(key: string, value: any, reason: EvictReason) => void} [onEvict] Hears, after the change, of
 *   every value that left memory.
 */

/**
 * How an entry is kept.
 * @typedef {object} EntryOptions
 * @property {Ttl | null} [ttl] How long it is fresh; `null` for ever.
 * @property {readonly string[]} [tags] By which it can be deleted together with others.
 * @property {number} [size] What it takes, in the unit of `maxBytes`.
 */

/**
 * How a value is loaded and kept.
 * @typedef {object} WrapOptions
 * @property {Ttl | null} [ttl] How long it is fresh; `null` for ever.
 * @property {readonly string[]} [tags]
 * @property {number} [size]
 * @property {Ttl} [staleWhileRevalidate]
 * @property {Ttl} [staleIfError]
 * @property {Ttl} [negativeTtl] For so long after a failure it is answered with, instead of loading again.
 * @property {Ttl} [timeout] After so long the caller gets TIMEOUT, or the old value within `staleIfError`.
 * @property {SignalLike} [signal] When it fires, this caller gives up and gets ABORTED.
 */

/**
 * An AbortSignal, or what is like one: mini-programs have none.
 * @typedef {object} SignalLike
 * @property {boolean} aborted
 * @property {any} [reason]
 * @property {(type: 'abort', listener: () => void) => void} addEventListener
 * @property {(type: 'abort', listener: () => void) => void} removeEventListener
 */

/**
 * The options of a cache, checked; times in milliseconds.
 * @typedef {object} Settings
 * @property {number} maxEntries
 * @property {number} maxBytes
 * @property {number} maxEntryBytes
 * @property {number | undefined} ttl
 * @property {number} jitter
 * @property {number | undefined} idleTtl
 * @property {number} staleWhileRevalidate
 * @property {number} staleIfError
 * @property {'lru' | 'w-tinylfu'} policy
 * @property {{ maxBytes: number | undefined, delay: number } | undefined} persist
 * @property {string} name
 * @property {number | undefined} cleanupInterval
 * @property {((key: string, value: any, reason: EvictReason) => void) | undefined} onEvict
 */

/**
 * The options of an entry, checked.
 * @typedef {object} EntrySettings
 * @property {number | undefined | null} ttl
 * @property {readonly string[] | undefined} tags
 * @property {number | undefined} size
 */

const CACHE_OPTIONS = Object.freeze(['maxEntries', 'maxBytes', 'maxEntryBytes', 'ttl', 'jitter', 'idleTtl',
  'staleWhileRevalidate', 'staleIfError', 'policy', 'persist', 'name', 'cleanupInterval', 'onEvict'])
const PERSIST_OPTIONS = Object.freeze(['maxBytes', 'delay'])
const ENTRY_OPTIONS = Object.freeze(['ttl', 'tags', 'size'])
const WRAP_OPTIONS = Object.freeze([...ENTRY_OPTIONS, 'staleWhileRevalidate', 'staleIfError', 'negativeTtl',
  'timeout', 'signal'])
const POLICIES = Object.freeze(['lru', 'w-tinylfu'])

/** As many slots as the core takes. */
const ENTRIES_MAX = 1 << 24
const ENTRIES_DEFAULT = 1000
const DELAY_DEFAULT_MS = 1000
/** The most tags of one entry: each of them is a place in a set. */
const TAGS_MAX = 64

/** @type {EntrySettings} */
const PLAIN_ENTRY = Object.freeze({ ttl: undefined, tags: undefined, size: undefined })

/**
 * @param {unknown} options
 * @returns {Settings}
 */
export function checkCacheOptions(options) {
  const given = options === undefined ? {} : checkNames(options, CACHE_OPTIONS)
  const { maxEntries = ENTRIES_DEFAULT, jitter = 0, policy = 'lru', persist, name = '', onEvict } = given
  const isCount = Number.isSafeInteger(maxEntries) && maxEntries >= 1 && maxEntries <= ENTRIES_MAX
  expect(isCount, 'maxEntries', `a whole number from 1 to ${ENTRIES_MAX}`, maxEntries)
  expect(typeof jitter === 'number' && jitter >= 0 && jitter <= 1, 'jitter', 'a number from 0 to 1', jitter)
  expect(POLICIES.includes(policy), 'policy', `one of '${POLICIES.join("', '")}'`, policy)
  if (name !== '') checkNamespace('', name)
  if (onEvict !== undefined) checkFunction(onEvict, 'onEvict')
  return {
    maxEntries,
    maxBytes: bytesOf(given['maxBytes'], 'maxBytes') ?? Infinity,
    maxEntryBytes: bytesOf(given['maxEntryBytes'], 'maxEntryBytes') ?? Infinity,
    ttl: timeOf(given['ttl']),
    jitter,
    idleTtl: timeOf(given['idleTtl']),
    staleWhileRevalidate: timeOf(given['staleWhileRevalidate']) ?? 0,
    staleIfError: timeOf(given['staleIfError']) ?? 0,
    policy,
    persist: persistOf(persist),
    name,
    cleanupInterval: timerOf(given['cleanupInterval'], 'cleanupInterval'),
    onEvict,
  }
}

/**
 * @param {unknown} options
 * @returns {EntrySettings}
 */
export function checkEntryOptions(options) {
  if (options === undefined) return PLAIN_ENTRY
  return entryOf(checkNames(options, ENTRY_OPTIONS))
}

/**
 * @param {unknown} options
 * @param {Settings} settings What counts where the options say nothing.
 */
export function checkWrapOptions(options, settings) {
  const given = options === undefined ? {} : checkNames(options, WRAP_OPTIONS)
  const signal = /** @type {SignalLike | undefined} */ (given['signal'])
  const isSignal = signal === undefined || (typeof signal === 'object' && signal !== null
    && 'aborted' in signal && typeof signal.addEventListener === 'function')
  expect(isSignal, 'signal', 'an AbortSignal', signal)
  return {
    entry: entryOf(given),
    staleWhileRevalidate: timeOf(given['staleWhileRevalidate']) ?? settings.staleWhileRevalidate,
    staleIfError: timeOf(given['staleIfError']) ?? settings.staleIfError,
    negativeTtl: timeOf(given['negativeTtl']),
    timeout: timerOf(given['timeout'], 'timeout'),
    signal,
  }
}

/**
 * @param {unknown} key
 * @returns {string}
 */
export function checkCacheKey(key) {
  return typeof key === 'string' ? key : checkKey(key)
}

/** @param {Record<string, any>} given */
function entryOf({ ttl, tags, size }) {
  const isList = tags === undefined || (Array.isArray(tags) && tags.length <= TAGS_MAX
    && tags.every(tag => typeof tag === 'string'))
  expect(isList, 'tags', `an array of at most ${TAGS_MAX} strings`, tags)
  return {
    ttl: ttl === null ? null : timeOf(ttl),
    tags: tags && Array.from(new Set(tags)),
    size: bytesOf(size, 'size'),
  }
}

/**
 * @param {any} persist
 * @returns {Settings['persist']}
 */
function persistOf(persist) {
  if (persist === undefined || persist === false) return undefined
  const given = persist === true ? {} : checkNames(persist, PERSIST_OPTIONS)
  return {
    maxBytes: bytesOf(given['maxBytes'], 'maxBytes'),
    delay: timerOf(given['delay'], 'delay') ?? DELAY_DEFAULT_MS,
  }
}

/** @param {any} ttl */
function timeOf(ttl) {
  return ttl === undefined ? undefined : parseTtl(ttl)
}

/**
 * @param {any} time
 * @param {string} name
 */
function timerOf(time, name) {
  const ms = timeOf(time)
  expect(ms === undefined || ms <= TIMER_MS_MAX, name, 'at most 24 days', time)
  return ms
}

/**
 * @param {any} bytes
 * @param {string} name
 * @returns {number | undefined}
 */
function bytesOf(bytes, name) {
  const isSize = bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0)
  expect(isSize, name, 'a whole number of bytes', bytes)
  return bytes
}
