// @ts-check
/**
 * The checks of what users pass in, at the shell: shapes and names. What a key or a value may be is
 * decided by the core and the value codec; only what would be lost on the way to them is refused
 * here.
 */

import { StorageError } from './errors.js'
import { parseTtl } from './ttl.js'
import { encode } from './value.js'
import { utf8Length } from './utf8-length.js'
import { isWellFormed } from './value-text.js'
import { namespaceOf } from './watch.js'
import { COMPRESSION, NO_TTL } from './door.js'

/** No timer of an engine waits longer. */
export const TIMER_MS_MAX = 0x7FFFFFFF

/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./door.js').Range} Range */

/**
 * How a value is stored.
 * @typedef {object} PutOptions
 * @property {Ttl | null} [ttl] After this time the value is gone. Without it the value lives for ever.
 * @property {boolean} [encrypt] Store the value sealed, so that only who can unlock reads it.
 * @property {boolean} [pad] Hide how long a sealed value is, in buckets; it takes at most 12 per cent more
 *   room, and 256 bytes at least.
 * @property {boolean} [compress] Store the value compressed, where that makes it smaller.
 * @property {boolean} [overwrite] Replace the record under the key even if it is damaged; without
 *   it a damaged record is kept for a person to rescue, and the verb fails with CORRUPT.
 */

/**
 * How a value is stored, and on which condition.
 * @typedef {PutOptions & { ifVersion?: number }} SetOptions
 * `ifVersion` stores only if the record still has this version, 0 meaning that there must be none; else
 * the verb fails with CONFLICT.
 */

/**
 * What to watch: every key of the namespace that begins with `prefix`; '' for all of them.
 * @typedef {{ prefix: string }} WatchRange
 */

/** The longest name of a namespace, in bytes of UTF-8. */
export const NAMESPACE_BYTES_MAX = 128

const PUT_OPTIONS = Object.freeze(['ttl', 'encrypt', 'pad', 'compress', 'overwrite'])
const SET_OPTIONS = Object.freeze([...PUT_OPTIONS, 'ifVersion'])
const RANGE_OPTIONS = Object.freeze(['prefix', 'gt', 'gte', 'lt', 'lte', 'limit', 'reverse'])
const LIMIT_MAX = 0xFFFFFFFF

/**
 * Refuses a key that is no string, or that has no UTF-8; the core refuses the others it does not take.
 * @param {unknown} key
 * @returns {string}
 */
export function checkKey(key) {
  if (typeof key !== 'string') {
    throw new StorageError('INVALID_KEY', `expected a string as key, got ${kindOf(key)}`)
  }
  if (!isWellFormed(key)) {
    throw new StorageError('INVALID_KEY', 'expected a key without lone surrogates, got some', { key })
  }
  return key
}

/**
 * Makes a value into what the core takes, or refuses it with the key and the path to what is wrong.
 * @param {import('./session.js').Space} space
 * @param {string} key
 * @param {unknown} value
 */
export function checkValue({ path }, key, value) {
  try {
    return encode(value)
  } catch (error) {
    if (!StorageError.is(error)) throw error
    error.key = key
    error.namespace = namespaceOf(path)
    throw error
  }
}

/**
 * Refuses a list of keys that is no list; a string is an iterable of characters, and never meant so.
 * @param {unknown} keys
 * @returns {string[]}
 */
export function checkKeys(keys) {
  if (!isIterableObject(keys)) {
    throw new StorageError('INVALID_OPTION', `expected an array of keys, got ${kindOf(keys)}`)
  }
  return Array.from(keys, checkKey)
}

/**
 * Reads the entries of an object, a Map or any iterable of pairs; a key given twice counts as its last.
 * @param {unknown} entries
 * @returns {Map<string, unknown>}
 */
export function checkEntries(entries) {
  const expected = 'expected an object, a Map or an array of [key, value]'
  if (typeof entries !== 'object' || entries === null) {
    throw new StorageError('INVALID_OPTION', `${expected}, got ${kindOf(entries)}`)
  }
  const pairs = isIterableObject(entries) ? entries : isPlain(entries) ? Object.entries(entries) : undefined
  if (!pairs) throw new StorageError('INVALID_OPTION', `${expected}, got another kind of object`)
  const byKey = new Map()
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new StorageError('INVALID_OPTION', `${expected}, got ${kindOf(pair)} among the pairs`)
    }
    byKey.set(checkKey(pair[0]), pair[1])
  }
  return byKey
}

/**
 * How a value is stored, as the door takes it.
 * @typedef {{ ttl: number, compression: number, overwrite: boolean, ifVersion: number | undefined }} Put
 */

/**
 * With what the path says of it.
 * @typedef {Put & { encrypt: boolean | undefined, pad: boolean | undefined }} CheckedPut
 */

/**
 * @param {unknown} options
 * @returns {CheckedPut}
 */
export function checkSetOptions(options) {
  return putOptions(options, SET_OPTIONS, FRESH)
}

/**
 * @param {unknown} options
 * @param {{ ttl: number, compression: number }} [unsaid] What counts where the options say nothing.
 * @returns {CheckedPut}
 */
export function checkPutOptions(options, unsaid = FRESH) {
  return putOptions(options, PUT_OPTIONS, unsaid)
}

/**
 * @param {unknown} options
 * @returns {number} The TTL as the door takes it.
 */
export function checkTouchOptions(options) {
  const { ttl } = checkNames(options, ['ttl'])
  if (ttl === undefined) {
    throw new StorageError('INVALID_OPTION', 'expected { ttl } with a duration or null, for ever, got no ttl')
  }
  return ttlOf(ttl)
}

/**
 * @param {unknown} range
 * @returns {Range}
 */
export function checkRange(range) {
  if (range === undefined) return {}
  const given = checkNames(range, RANGE_OPTIONS)
  /** @type {Record<string, unknown>} */
  const checked = {}
  for (const name of RANGE_OPTIONS) {
    const value = given[name]
    if (value === undefined) continue
    if (name === 'limit') {
      const isCount = value === Infinity || (Number.isSafeInteger(value) && value >= 0)
      expect(isCount, name, 'a whole number from 0', value)
      // The door counts in 32 bits; no store has so many keys.
      if (value > LIMIT_MAX) continue
    } else if (name === 'reverse') expect(typeof value === 'boolean', name, 'a boolean', value)
    else expect(isWhole(value), name, 'a string of whole characters', value)
    checked[name] = value
  }
  return checked
}

/**
 * Joins the name of a namespace to the path it lies in.
 * @param {string} path
 * @param {unknown} name
 * @returns {string}
 */
export function checkNamespace(path, name) {
  const problem = typeof name !== 'string' ? kindOf(name)
    : name === '' ? 'an empty string'
      : !isWellFormed(name) ? 'half of a surrogate pair'
          : name.includes('\u0000') ? 'a NUL character'
            : path === '' && name.startsWith('~') ? 'one that begins with ~, as those of the features do'
              : utf8Length(name) > NAMESPACE_BYTES_MAX ? `${utf8Length(name)} bytes` : undefined
  if (problem === undefined) return path === '' ? String(name) : `${path}\u0000${String(name)}`
  throw new StorageError('INVALID_KEY',
    `expected the name of a namespace, a string of 1 to ${NAMESPACE_BYTES_MAX} bytes, got ${problem}`)
}

/**
 * How everything in a namespace is written.
 * @typedef {object} NamespaceOptions
 * @property {boolean} [encrypt] All of it is sealed; what is found not to be is CORRUPT.
 * @property {boolean} [pad] All of it is padded, so that nobody can tell how long it is.
 * @property {boolean} [hideKeys] The host sees digests instead of keys. All of it is sealed then, and only
 *   a namespace that is opened so finds it. A listing has to open every value.
 */

/**
 * @param {unknown} options
 * @returns {NamespaceOptions}
 */
export function checkNamespaceOptions(options) {
  if (options === undefined) return {}
  const given = checkNames(options, ['encrypt', 'pad', 'hideKeys'])
  for (const name of Object.keys(given)) {
    expect(given[name] === undefined || typeof given[name] === 'boolean', name, 'a boolean', given[name])
  }
  return given
}

/**
 * @param {unknown} what A key, or an object with a prefix.
 * @returns {{ key: string } | { prefix: string }}
 */
export function checkWatched(what) {
  if (typeof what !== 'object') return { key: checkKey(what) }
  const { prefix } = checkNames(what, ['prefix'])
  return { prefix: checkKey(prefix) }
}

/**
 * Refuses what is no function.
 * @template {Function} Fn
 * @param {Fn} fn
 * @param {string} name
 * @returns {Fn}
 */
export function checkFunction(fn, name) {
  expect(typeof fn === 'function', name, 'a function', fn)
  return fn
}

/**
 * Refuses options that are no object, or that hold a name nobody knows.
 * @param {unknown} options
 * @param {readonly string[]} names
 * @returns {Record<string, any>}
 */
export function checkNames(options, names) {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new StorageError('INVALID_OPTION', `expected an object with options, got ${kindOf(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new StorageError('INVALID_OPTION', `unknown option: expected one of ${names.join(', ')}, got ${name}`)
    }
  }
  return options
}

/**
 * Refuses an option with "expected X, got Y".
 * @param {boolean} isRight
 * @param {string} name
 * @param {string} expected
 * @param {unknown} got
 */
export function expect(isRight, name, expected, got) {
  if (!isRight) throw new StorageError('INVALID_OPTION', `expected ${expected} as ${name}, got ${kindOf(got)}`)
}

/**
 * Refuses what is no storage, by a verb that nothing else has: there may be two copies of the library, so its
 * class does not tell.
 * @param {unknown} storage
 * @param {'getSync' | 'getMany'} verb
 */
export function checkStorage(storage, verb) {
  const isStorage = typeof Object(storage)[verb] === 'function'
  expect(isStorage, 'storage', '`stash.storage` or a namespace of it', storage)
}

/**
 * Names the kind of a value, never the value itself.
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (Array.isArray(value)) return 'an array'
  const kind = typeof value
  if (kind === 'number' && !Number.isFinite(value)) return 'a number that is not finite'
  if (kind === 'number' && !Number.isSafeInteger(value)) return 'a number that is not whole'
  if (kind === 'number' && /** @type {number} */ (value) < 0) return 'a number below 0'
  return `${kind === 'object' ? 'an' : 'a'} ${kind}`
}

/** A value lives for ever and is not compressed, unless its options say so. */
const FRESH = Object.freeze({ ttl: NO_TTL, compression: COMPRESSION.NONE })

/** What most writes say. @type {Readonly<CheckedPut>} */
const PLAIN = Object.freeze({
  ...FRESH, overwrite: false, ifVersion: undefined, encrypt: undefined, pad: undefined,
})

/**
 * @param {unknown} options
 * @param {readonly string[]} names
 * @param {{ ttl: number, compression: number }} unsaid
 * @returns {CheckedPut}
 */
function putOptions(options, names, unsaid) {
  if (options === undefined && unsaid === FRESH) return PLAIN
  const given = options === undefined ? {} : checkNames(options, names)
  const { ttl, encrypt, pad, compress, overwrite = false, ifVersion } = given
  expect(encrypt === undefined || typeof encrypt === 'boolean', 'encrypt', 'a boolean', encrypt)
  expect(pad === undefined || typeof pad === 'boolean', 'pad', 'a boolean', pad)
  expect(compress === undefined || typeof compress === 'boolean', 'compress', 'a boolean', compress)
  expect(typeof overwrite === 'boolean', 'overwrite', 'a boolean', overwrite)
  const isVersion = Number.isSafeInteger(ifVersion) && ifVersion >= 0
  expect(ifVersion === undefined || isVersion, 'ifVersion', 'a version, a whole number from 0,', ifVersion)
  const chosen = compress ? COMPRESSION.LZ4 : COMPRESSION.NONE
  return {
    ttl: ttl === undefined ? unsaid.ttl : ttlOf(ttl),
    compression: compress === undefined ? unsaid.compression : chosen,
    overwrite,
    ifVersion,
    encrypt,
    pad,
  }
}

/** @param {unknown} ttl */
function ttlOf(ttl) {
  return ttl === null ? NO_TTL : parseTtl(/** @type {Ttl} */ (ttl))
}

/**
 * @param {unknown} value
 * @returns {value is Iterable<unknown>}
 */
function isIterableObject(value) {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value)
  // The plain objects of another realm have another Object.prototype, which itself has none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** @param {unknown} text */
function isWhole(text) {
  return typeof text === 'string' && isWellFormed(text)
}
