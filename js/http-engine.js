// @ts-check
/**
 * The life of one request: looked up, answered from what is kept, validated or fetched, and kept. What the
 * standard says is asked of the core; how requests travel, and how callers write them, is not known here.
 */

import { StorageError } from './errors.js'
import { headerOf } from './http-headers.js'
import { Flights, abortedError, orAborted } from './http-flight.js'
import { AgedFields, noted, timedOut, withoutNote } from './http-notes.js'
import { HttpStore } from './http-store.js'
import { normaliseUrl, originOf, resolveUrl } from './http-url.js'

/** @typedef {import('./http-entries.js').Body} Body */
/** @typedef {import('./http-store.js').Found} Found */
/** @typedef {import('./hosts/http.js').HttpRequest} HttpRequest */
/** @typedef {import('./hosts/http.js').HttpAnswer} HttpAnswer */

/** How a stored response may be used, as the door says it. */
const REUSE = Object.freeze({ FRESH: 0, STALE: 1, WHILE_REVALIDATING: 2, AFTER_VALIDATION: 3 })
/** What is true of a response, as the door says it. */
const FLAG = Object.freeze({ IMMUTABLE: 8 })
/** What a request asks of caches, as the door says it. */
const ASKED = Object.freeze({ NO_STORE: 1, NO_CACHE: 2, ONLY_IF_CACHED: 4 })
const SAFE = Object.freeze(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
const CONDITIONS = Object.freeze(
  ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range'])
/** The statuses by which a server says that it fails (RFC 5861 section 4). */
const FAILURES = Object.freeze([500, 502, 503, 504])
const NOTHING_ASKED = Object.freeze([0, -1, -1, -1, -1])

/**
 * What a caller wants besides the request.
 * @typedef {object} How
 * @property {'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached'} mode
 * @property {'cache-first' | 'network-first' | 'stale-while-revalidate' | 'network-only' | 'cache-only'}
 *   strategy
 * @property {number} ttl How long a response lives if the server says nothing, in milliseconds; -1: not said.
 * @property {string} url In one spelling.
 * @property {string} name The name under which it is kept.
 * @property {string} partition
 * @property {string[]} tags
 * @property {import('./http-flight.js').Abortable | undefined} signal
 */

/**
 * An answer, wherever it comes from.
 * @typedef {object} Served
 * @property {number} status
 * @property {string} statusText
 * @property {string} headers
 * @property {Body | undefined} body Undefined if `raw` has it.
 * @property {any} [raw] The answer of the transport itself, whose body nobody has read.
 * @property {boolean} fromCache
 * @property {number} age In milliseconds.
 */

/** Serves requests from one store. */
export class HttpEngine {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./http-options.js').HttpSettings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    this.store = new HttpStore(session, settings)
    /** @type {Flights<Served>} */
    this.flights = new Flights()
    this.isOffline = false
    this.aged = new AgedFields()
    this.stats = { hits: 0, misses: 0, validated: 0, stale: 0, failed: 0, shared: 0, bypassed: 0,
      bytesFromCache: 0 }
  }

  /**
   * Answers a request.
   * @param {HttpRequest} request
   * @param {How} how
   * @returns {Promise<Served>}
   */
  async serve(request, how) {
    this.session.refuseIfClosing()
    if (how.signal?.aborted) throw abortedError()
    if (!SAFE.includes(request.method)) return this.serveUnsafe(request, how)
    const asked = this.directives(request.headers)
    const isPlain = request.method === 'GET' || request.method === 'HEAD'
    const isBypass = !isPlain || how.mode === 'no-store' || how.strategy === 'network-only'
      || (request.headers !== '' && CONDITIONS.some(name => headerOf(request.headers, name) !== undefined))
    if (isBypass) return this.pass(request, how, request.method === 'GET' ? 'bypass' : 'method')
    const wants = wantsOf(how, asked[0] ?? 0)
    const found = wants.looksUp ? await this.store.find(request, how) : undefined
    if (!found && wants.isOnlyCache) return timedOut()
    if (found) {
      const answer = this.serveFound(request, how, found, asked, wants)
      if (answer) return answer
    }
    if (request.method === 'HEAD') return this.serveHead(request, how, found)
    return this.fly(request, how, found, asked, wants.reason ?? missOf(found, wants))
  }

  /**
   * What a request asks of caches.
   * @param {string} headers
   * @returns {readonly number[]}
   */
  directives(headers) {
    const isSaid = headerOf(headers, 'cache-control') ?? headerOf(headers, 'pragma')
    return isSaid !== undefined ? Array.from(this.rules.httpDirectives(headers)) : NOTHING_ASKED
  }

  /** The rules of the core. */
  get rules() {
    return this.store.rules
  }

  /**
   * Answers from what is kept, if that may be done at once.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found} found
   * @param {readonly number[]} asked
   * @param {ReturnType<typeof wantsOf>} wants
   * @returns {Served | undefined}
   */
  serveFound(request, how, found, asked, wants) {
    const now = this.session.now()
    const reuse = this.reuseOf(found, asked, now)
    const isUsable = () => this.mayServeOnError(found, asked, Infinity, now)
    if (wants.isOnlyCache) return isUsable() ? this.stored(request, found, now, reuse) : timedOut()
    // What says that it does not change is not asked about while it is fresh (RFC 8246).
    const isSure = reuse === REUSE.FRESH && ((found.variant.policy[0] ?? 0) & FLAG.IMMUTABLE) !== 0
    if ((wants.validates && !isSure) || how.strategy === 'network-first') {
      return this.storedWhileOffline(request, found, asked, now)
    }
    if (reuse === REUSE.FRESH || reuse === REUSE.STALE) return this.stored(request, found, now, reuse)
    if (wants.takesStale && isUsable()) return this.stored(request, found, now, REUSE.STALE)
    const isWanted = how.strategy === 'stale-while-revalidate' && isUsable()
    if (reuse === REUSE.WHILE_REVALIDATING || isWanted) {
      const answer = this.stored(request, found, now, REUSE.WHILE_REVALIDATING)
      if (answer && !this.isOffline) this.revalidateBehind(request, how, found, asked)
      return answer
    }
    return this.storedWhileOffline(request, found, asked, now)
  }

  /**
   * What is kept, while there is no network, as far as the app allows.
   * @private
   * @param {HttpRequest} request
   * @param {Found} found
   * @param {readonly number[]} asked
   * @param {number} now
   * @returns {Served | undefined}
   */
  storedWhileOffline(request, found, asked, now) {
    const isAllowed = this.isOffline && this.mayServeOnError(found, asked, this.settings.staleIfOffline, now)
    return isAllowed ? this.stored(request, found, now, REUSE.STALE) : undefined
  }

  /**
   * @private
   * @param {Found} found
   * @param {readonly number[]} asked
   * @param {number} now
   */
  reuseOf({ variant: { policy } }, asked, now) {
    const [flags = 0, at = 0, age = 0, lifetime = 0, whileRevalidating = 0] = policy
    const [bits = 0, maxAge = -1, minFresh = -1, maxStale = -1] = asked
    return this.rules.httpReuse(flags, at, age, lifetime, whileRevalidating,
      bits, maxAge, minFresh, maxStale, now)
  }

  /**
   * @private
   * @param {Found} found
   * @param {readonly number[]} asked
   * @param {number} allowed
   * @param {number} now
   */
  mayServeOnError({ variant: { policy } }, asked, allowed, now) {
    const [flags = 0, at = 0, age = 0, lifetime = 0, , ifError = 0] = policy
    const asksFor = Math.max(asked[4] ?? 0, 0)
    return this.rules.httpServesOnError(flags, at, age, lifetime, ifError, asksFor, allowed, now)
  }

  /**
   * Makes an answer of what is kept; undefined if it does not hold the bytes that are asked for.
   * @private
   * @param {HttpRequest} request
   * @param {Found} found
   * @param {number} now
   * @param {number} reuse
   * @returns {Served | undefined}
   */
  stored(request, found, now, reuse) {
    const { variant } = found
    const [, at = 0, initial = 0, lifetime = 0] = variant.policy
    const part = this.store.partOf(request, found)
    if (!part) return undefined
    const age = this.rules.httpAge(at, initial, now)
    if (reuse === REUSE.FRESH) this.stats.hits += 1
    else this.stats.stale += 1
    this.stats.bytesFromCache += variant.bytes
    const { status, statusText, headers: told } = part
    const ttl = Math.floor((lifetime - age) / 1000)
    const headers = this.aged.of(variant, told, Math.floor(age / 1000), ttl)
    const body = request.method === 'HEAD' ? '' : part.body
    return { status, statusText, headers, body, fromCache: true, age }
  }

  /**
   * Fetches, together with everybody who asks the same meanwhile.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found | undefined} found
   * @param {readonly number[]} asked
   * @param {string} reason Why it goes forward, in the words of RFC 9211.
   * @returns {Promise<Served>}
   */
  async fly(request, how, found, asked, reason) {
    const key = `${how.partition}\n${how.name}\n${request.kind}\n${how.mode}\n${request.headers}`
    const { landing, isFirst } = this.flights.join(key, () => {
      const { sent, abort } = this.store.send(request, found)
      return { landing: sent.then(answer => this.settle(request, how, found, asked, reason, answer)), abort }
    }, how.signal)
    if (!isFirst) this.stats.shared += 1
    let served
    try {
      served = await landing
    } catch (error) {
      const stale = this.afterFailure(request, found, asked, error)
      if (stale) return stale
      throw error
    }
    if (isFirst) return served
    // What must not be stored must not be shared either: everybody asks for himself.
    if (served.raw !== undefined) return this.pass(request, how, 'bypass')
    return { ...served, headers: noted(withoutNote(served.headers), `MiniStash; fwd=${reason}; collapsed`) }
  }

  /**
   * Takes in the answer of the server.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found | undefined} found
   * @param {readonly number[]} asked
   * @param {string} reason
   * @param {HttpAnswer} answer
   * @returns {Promise<Served>}
   */
  async settle(request, how, found, asked, reason, answer) {
    const note = `MiniStash; fwd=${reason}; fwd-status=${answer.status}`
    if (answer.status === 304 && found) {
      const fresh = await this.store.freshen(found, answer, how)
      this.stats.validated += 1
      const served = this.stored(request, fresh, this.session.now(), REUSE.FRESH)
      // The part asked for was there before the validation, or it would not have been validated.
      if (served) return { ...served, headers: noted(withoutNote(served.headers), note) }
    }
    if (FAILURES.includes(answer.status) && found) {
      const stale = this.afterFailure(request, found, asked, undefined)
      if (stale) return stale
    }
    this.stats.misses += 1
    const served = await this.store.take(request, how, found, answer)
    return { ...served, headers: noted(served.headers, served.isKept ? `${note}; stored` : note) }
  }

  /**
   * What is kept, if it may be served although the server cannot be had.
   * @private
   * @param {HttpRequest} request
   * @param {Found | undefined} found
   * @param {readonly number[]} asked
   * @param {unknown} error
   * @returns {Served | undefined}
   */
  afterFailure(request, found, asked, error) {
    const isNetwork = StorageError.is(error) && (error.code === 'NETWORK_FAILED' || error.code === 'TIMEOUT')
    if (error !== undefined && !isNetwork) return undefined
    this.stats.failed += 1
    if (!found) return undefined
    const now = this.session.now()
    const { staleIfError, staleIfOffline } = this.settings
    const limit = this.isOffline ? Math.max(staleIfError, staleIfOffline) : staleIfError
    if (!this.mayServeOnError(found, asked, limit, now)) return undefined
    return this.stored(request, found, now, REUSE.STALE)
  }

  /**
   * Validates what has just been served stale. Nobody waits for it, so its failure is only counted.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found} found
   * @param {readonly number[]} asked
   */
  revalidateBehind(request, how, found, asked) {
    this.fly(request, { ...how, signal: undefined }, found, asked, 'stale').catch(() => {})
  }

  /**
   * Sends a request that has nothing to do with what is kept.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {string} reason
   * @returns {Promise<Served>}
   */
  async pass(request, how, reason) {
    const { sent, abort } = this.store.send(request, undefined)
    const answer = await orAborted(sent, how.signal, abort)
    this.stats.bypassed += 1
    const headers = noted(answer.headers, `MiniStash; fwd=${reason}; fwd-status=${answer.status}`)
    return { status: answer.status, statusText: answer.statusText, headers, body: undefined, raw: answer,
      fromCache: false, age: 0 }
  }

  /**
   * A HEAD that cannot be answered from what is kept: its answer tells whether that is still right (RFC 9111
   * section 4.3.5).
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found | undefined} found
   * @returns {Promise<Served>}
   */
  async serveHead(request, how, found) {
    const served = await this.pass(request, how, 'method')
    if (found && served.raw) await this.store.compareHead(found, served.raw, how)
    return served
  }

  /**
   * A method that changes things: what is kept of the URLs that the answer names is gone (RFC 9111 section
   * 4.4).
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @returns {Promise<Served>}
   */
  async serveUnsafe(request, how) {
    const served = await this.pass(request, how, 'method')
    if (served.status < 200 || served.status >= 400) return served
    const url = normaliseUrl(request.url)
    const named = ['location', 'content-location'].map(name => headerOf(served.headers, name))
    const urls = [url]
    for (const name of named) {
      const resolved = name === undefined ? url : resolveUrl(url, name)
      // A server speaks for its own origin only.
      if (originOf(resolved) === originOf(url)) urls.push(resolved)
    }
    // The server has done it, so the caller hears so, whatever the host of the store says.
    await this.store.dropUrls(urls).catch(error => { if (!StorageError.is(error)) throw error })
    const isOfItself = named[1] !== undefined && resolveUrl(url, named[1]) === url
    if (request.method !== 'POST' || !isOfItself) return served
    // The answer to a POST may serve later GETs if it says so (RFC 9110 section 9.3.3).
    const kept = await this.store.take(request, { ...how, ttl: -1 }, undefined, served.raw)
    return { ...kept, headers: served.headers }
  }

  /** Ends everything under way. */
  close() {
    this.flights.end()
  }
}

/**
 * What mode and strategy come to.
 * @param {How} how
 * @param {number} asked
 */
function wantsOf({ mode, strategy }, asked) {
  const isOnlyCache = mode === 'only-if-cached' || strategy === 'cache-only'
    || (asked & ASKED.ONLY_IF_CACHED) !== 0
  return {
    isOnlyCache,
    looksUp: mode !== 'reload' && (asked & ASKED.NO_STORE) === 0,
    validates: mode === 'no-cache',
    takesStale: mode === 'force-cache',
    reason: mode === 'reload' || mode === 'no-cache' || (asked & (ASKED.NO_STORE | ASKED.NO_CACHE)) !== 0
      ? 'request' : undefined,
  }
}

/**
 * @param {Found | undefined} found
 * @param {{ looksUp: boolean }} wants
 */
function missOf(found, { looksUp }) {
  if (!looksUp) return 'request'
  return found ? 'stale' : 'uri-miss'
}
