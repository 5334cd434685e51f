// @ts-check
/**
 * The options of the HTTP cache, checked and filled in, and what a caller wants of one request.
 */

import { StorageError } from './errors.js'
import { checkFunction, checkNames, expect, kindOf } from './checks.js'
import { headerOf } from './http-headers.js'
import { normaliseUrl } from './http-url.js'
import { parseTtl } from './ttl.js'

/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./hosts/http.js').HttpRequest} HttpRequest */
/** @typedef {import('./http-engine.js').How} How */

/**
 * How long responses of certain URLs live if their server says nothing: `match` is a part of the URL, or
 * tests it.
 * @typedef {{ match: string | RegExp | ((url: string) => boolean), ttl: Ttl }} TtlRule
 */

/**
 * The options of `open({ http })`; nothing is required.
 * @typedef {object} HttpOptions
 * @property {readonly TtlRule[]} [ttlRules] The first that matches counts. Never against `no-store`, nor
 *   against a lifetime that the server gave.
 * @property {Ttl} [defaultTtl] Where no rule matches; without it, the standard's guess.
 * @property {(request: { url: string, method: string }) => string} [getCacheKey] Names what is kept; without
 *   it, the URL.
 * @property {(request: { url: string, method: string }) => Ttl | undefined} [getTTL] Before the rules.
 * @property {string | ((request: { url: string, method: string, headers: Record<string, string> }) =>
 *   string)} [partition] Whose answers these are, the id of a user for instance: nobody else is served with
 *   them. Without it, every `Authorization` and every `Cookie` has a partition of its own.
 * @property {Cache} [cache] What each request asks of the cache, unless it says otherwise. Default 'default'.
 * @property {Strategy} [strategy] Likewise. Default 'cache-first'.
 * @property {number} [maxEntries] Default 300 URLs.
 * @property {number} [maxBytes] Default 2 MiB for bodies and fields.
 * @property {boolean} [encrypt] Keep everything sealed, URLs too: `stash.secure` must be unlocked for a hit,
 *   and while it is locked nothing is found or kept. What lies there unsealed goes. Default false.
 * @property {Ttl} [staleIfError] How long beyond its lifetime an answer is served when the server fails,
 *   beside what the server allows. Default none.
 * @property {Ttl} [staleIfOffline] The same while the host says that there is no network, or a weak one; then
 *   nothing is sent. Default none.
 * @property {{ attempts?: number, base?: Ttl, cap?: Ttl }} [retry] Send again what failed, GET and HEAD only.
 *   Default: once, and that is that.
 * @property {import('./hosts/http.js').HttpNetwork} [network] How requests are sent, if not as the host does.
 * @property {() => number} [random] From 0 to 1, for the pauses between tries.
 */

/** @typedef {How['mode']} Cache */
/** @typedef {How['strategy']} Strategy */

/**
 * @typedef {object} HttpSettings
 * @property {import('./hosts/http.js').HttpNetwork} network
 * @property {import('./hosts/http.js').HttpSend} send
 * @property {readonly TtlRule[]} ttlRules
 * @property {number} defaultTtl
 * @property {HttpOptions['getCacheKey']} getCacheKey
 * @property {HttpOptions['getTTL']} getTTL
 * @property {HttpOptions['partition']} partition
 * @property {Cache} cache
 * @property {Strategy} strategy
 * @property {number} maxEntries
 * @property {number} maxBytes
 * @property {boolean} encrypt
 * @property {number} staleIfError
 * @property {number} staleIfOffline
 * @property {{ attempts: number, base: number, cap: number }} retry
 * @property {() => number} random
 */

const NAMES = Object.freeze(['ttlRules', 'defaultTtl', 'getCacheKey', 'getTTL', 'partition', 'cache',
  'strategy', 'maxEntries', 'maxBytes', 'encrypt', 'staleIfError', 'staleIfOffline', 'retry', 'network',
  'random'])
const CACHES = Object.freeze(['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'])
const STRATEGIES = Object.freeze(
  ['cache-first', 'network-first', 'stale-while-revalidate', 'network-only', 'cache-only'])
const ONE_OF_CACHES = `one of ${CACHES.join(', ')}`
const ONE_OF_STRATEGIES = `one of ${STRATEGIES.join(', ')}`
/** The most tries of one request. */
const ATTEMPTS_MAX = 10

/**
 * Refuses wrong options.
 * @param {any} options
 */
export function checkHttpOptions(options) {
  const given = checkNames(options, NAMES)
  const { ttlRules = [], defaultTtl, getCacheKey, getTTL, partition } = given
  const { maxEntries = 1, maxBytes = 1 } = given
  expect(Array.isArray(ttlRules), 'ttlRules', 'an array of { match, ttl }', ttlRules)
  for (const rule of ttlRules) {
    const { match, ttl } = checkNames(rule, ['match', 'ttl'])
    const isMatch = (typeof match === 'string' && match !== '') || typeof match === 'function'
      || Object.prototype.toString.call(match) === '[object RegExp]'
    expect(isMatch, 'match', 'a part of a URL, a RegExp or a function', match)
    parseTtl(ttl)
  }
  checkTtls(defaultTtl, given.staleIfError, given.staleIfOffline)
  if (getCacheKey !== undefined) checkFunction(getCacheKey, 'getCacheKey')
  if (getTTL !== undefined) checkFunction(getTTL, 'getTTL')
  if (given.random !== undefined) checkFunction(given.random, 'random')
  const isPartition = ['undefined', 'string', 'function'].includes(typeof partition)
  expect(isPartition, 'partition', 'a string or a function', partition)
  for (const [name, limit] of Object.entries({ maxEntries, maxBytes })) {
    expect(Number.isSafeInteger(limit) && limit > 0, name, 'a whole number from 1', limit)
  }
  const { encrypt = false } = given
  expect(typeof encrypt === 'boolean', 'encrypt', 'a boolean', encrypt)
  checkWish(given)
  if (given.retry !== undefined) {
    const { attempts = 1, base, cap } = checkNames(given.retry, ['attempts', 'base', 'cap'])
    const isCount = Number.isSafeInteger(attempts) && attempts >= 1 && attempts <= ATTEMPTS_MAX
    expect(isCount, 'attempts', `a whole number from 1 to ${ATTEMPTS_MAX}`, attempts)
    checkTtls(base, cap)
  }
  const { network } = given
  const isNetwork = network === undefined || typeof network?.send === 'function'
  expect(isNetwork, 'network', 'an object with send()', network)
}

/** @param {...any} ttls */
function checkTtls(...ttls) {
  for (const ttl of ttls) if (ttl !== undefined) parseTtl(ttl)
}

/**
 * Fills in what is not said.
 * @param {HttpOptions} options Checked.
 * @param {import('./hosts/host.js').Host} host
 * @returns {HttpSettings}
 */
export function httpSettings(options, host) {
  /** @type {(ttl: Ttl | undefined, unsaid: number) => number} */
  const ms = (ttl, unsaid) => ttl === undefined ? unsaid : parseTtl(ttl)
  const { attempts = 1, base, cap } = options.retry ?? {}
  const network = options.network ?? host.network ?? noNetwork(host.name)
  return {
    network,
    send: network.send,
    ttlRules: options.ttlRules ?? [],
    defaultTtl: ms(options.defaultTtl, -1),
    getCacheKey: options.getCacheKey,
    getTTL: options.getTTL,
    partition: options.partition,
    cache: options.cache ?? 'default',
    strategy: options.strategy ?? 'cache-first',
    maxEntries: options.maxEntries ?? 300,
    maxBytes: options.maxBytes ?? 2 * 1024 * 1024,
    encrypt: options.encrypt === true,
    staleIfError: ms(options.staleIfError, 0),
    staleIfOffline: ms(options.staleIfOffline, 0),
    retry: { attempts, base: ms(base, 500), cap: ms(cap, 30_000) },
    random: options.random ?? Math.random,
  }
}

/**
 * What a caller may say of one request.
 * @typedef {object} HttpWish
 * @property {Cache} [cache]
 * @property {Strategy} [strategy]
 * @property {Ttl} [ttl] How long the answer lives if the server says nothing.
 * @property {string} [key] The name under which it is kept.
 * @property {readonly string[]} [tags] For `invalidate({ tag })`.
 * @property {string} [partition]
 * @property {import('./http-flight.js').Abortable} [signal]
 */

/**
 * Refuses wrong wishes.
 * @param {any} wish
 */
function checkWish({ cache, strategy, ttl, key, tags, signal }) {
  expect(cache === undefined || CACHES.includes(cache), 'cache', ONE_OF_CACHES, cache)
  const isStrategy = strategy === undefined || STRATEGIES.includes(strategy)
  expect(isStrategy, 'strategy', ONE_OF_STRATEGIES, strategy)
  checkTtls(ttl)
  const isKey = key === undefined || (typeof key === 'string' && key !== '')
  expect(isKey, 'key', 'a string that is not empty', key)
  const isTags = tags === undefined || (Array.isArray(tags) && tags.every(tag => typeof tag === 'string'))
  expect(isTags, 'tags', 'an array of strings', tags)
  const isSignal = signal === undefined || signal === null || typeof signal.addEventListener === 'function'
  expect(isSignal, 'signal', 'an AbortSignal', signal)
}

/**
 * What a request comes to, with the settings of the stash where the caller says nothing.
 * @param {HttpSettings} settings
 * @param {HttpRequest} request
 * @param {HttpWish} wish
 * @param {(text: string) => string} digest Hides what must not lie in the store in the clear.
 * @returns {How}
 */
export function howOf(settings, request, wish, digest) {
  checkWish(wish)
  const { method, url } = request
  const spelled = normaliseUrl(url)
  return {
    url: spelled,
    mode: wish.cache ?? settings.cache,
    strategy: wish.strategy ?? settings.strategy,
    ttl: ttlOf(settings, request, wish.ttl),
    name: wish.key ?? named(settings.getCacheKey?.({ url, method })) ?? spelled,
    partition: partitionOf(settings, request, wish.partition, digest),
    tags: Array.from(wish.tags ?? []),
    signal: wish.signal ?? undefined,
  }
}

/**
 * How long the answer to a request lives if the server says nothing; -1 if that is not said either.
 * @param {HttpSettings} settings
 * @param {HttpRequest} request
 * @param {Ttl | undefined} wanted
 */
export function ttlOf({ ttlRules, defaultTtl, getTTL }, { url, method }, wanted) {
  const asked = wanted ?? getTTL?.({ url, method })
  if (asked !== undefined) return parseTtl(asked)
  for (const { match, ttl } of ttlRules) {
    const isMatch = typeof match === 'string' ? url.includes(match)
      : typeof match === 'function' ? match(url) : url.search(match) !== -1
    if (isMatch) return parseTtl(ttl)
  }
  return defaultTtl
}

/**
 * Whose answer it is. What the app names and what is drawn from credentials never meet.
 * @param {HttpSettings} settings
 * @param {HttpRequest} request
 * @param {string | undefined} wanted
 * @param {(text: string) => string} digest
 */
function partitionOf({ partition }, { url, method, headers }, wanted, digest) {
  const given = wanted ?? (typeof partition === 'function'
    ? partition({ url, method, headers: Object.fromEntries(credentialsOf(headers)) }) : partition)
  if (given !== undefined) return `=${String(given)}`
  const credentials = credentialsOf(headers)
  return credentials.length === 0 ? '' : `#${digest(credentials.join('\n'))}`
}

/**
 * The partition that an app names.
 * @param {string} name
 */
export const partitionNamed = name => `=${name}`

/** @param {string} headers */
function credentialsOf(headers) {
  if (headers === '') return []
  return ['authorization', 'cookie'].flatMap(name => {
    const value = headerOf(headers, name)
    return value === undefined ? [] : [[name, value]]
  })
}

/** @param {unknown} key */
function named(key) {
  if (key === undefined) return undefined
  if (typeof key === 'string' && key !== '') return key
  throw new StorageError('INVALID_OPTION', `expected getCacheKey to return a string that is not empty, got ${
    kindOf(key)}`)
}

/**
 * @param {string} hostName
 * @returns {import('./hosts/http.js').HttpNetwork}
 */
function noNetwork(hostName) {
  return { words: 'wx', send() {
    throw new StorageError('UNSUPPORTED', `the host "${hostName}" sends no requests: open with { http: { network } }`)
  } }
}
