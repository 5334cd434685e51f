// @ts-check
/**
 * The HTTP cache as users see it: requests in the words of their host, or as `fetch`; and what they may ask
 * of what is kept.
 */

import { StorageError } from './errors.js'
import { checkNames, expect } from './checks.js'
import { HttpEngine } from './http-engine.js'
import { headerText } from './http-headers.js'
import { checkHttpOptions, howOf, httpSettings, partitionNamed, ttlOf } from './http-options.js'
import { answerIn, requestIn, taskOf } from './http-words.js'
import { normaliseUrl } from './http-url.js'

/** @typedef {import('./http-options.js').HttpOptions} HttpOptions */
/** @typedef {import('./http-options.js').HttpWish} HttpWish */
/** @typedef {import('./http-words.js').RequestOptions} RequestOptions */
/** @typedef {import('./http-words.js').RequestAnswer} RequestAnswer */

/**
 * What the cache has done since it was opened.
 * @typedef {object} HttpStats
 * @property {number} hits Answers that were fresh.
 * @property {number} stale Answers that were served although stale, as somebody allowed.
 * @property {number} misses Answers that came whole from the network.
 * @property {number} validated Answers that the network said were still right.
 * @property {number} shared Callers who joined a request under way.
 * @property {number} bypassed Requests that have nothing to do with a cache.
 * @property {number} failed Requests that failed.
 * @property {number} bytesFromCache
 * @property {number} refused Answers not kept for want of room.
 * @property {number} damaged Records that could not be read.
 * @property {number | undefined} entries How many URLs are kept; undefined until that is known.
 * @property {number | undefined} bytes What they take, about.
 */

/**
 * A Response, where the types of the consumer know one.
 * @typedef {typeof globalThis extends { Response: { prototype: infer Known } } ? Known : any} AnyResponse
 */

/** An HTTP cache over the network of the host, as RFC 9111 wants a private one. */
export class HttpCache {
  #engine
  #settings

  /** @param {HttpEngine} engine */
  constructor(engine) {
    this.#engine = engine
    this.#settings = engine.settings
  }

  /**
   * Sends a request as the host's own `request` does, and answers as it does: any status is an answer on
   * WeChat, one outside of 200 to 299 a failure on Alipay. The answer also says `fromCache` and `age`.
   * @param {RequestOptions} options
   * @returns {Promise<RequestAnswer> & { abort: () => void }} Rejects with a StorageError: INVALID_OPTION,
   *   NETWORK_FAILED, TIMEOUT, ABORTED, HTTP_STATUS (Alipay).
   * @example const { data } = await stash.http.request({ url: 'https://api.example.com/user/profile' })
   */
  request(options) {
    return taskOf(options, signal => {
      const { words } = this.#settings.network
      const { request, wish } = requestIn(words, options)
      const how = howOf(this.#settings, request, { ...wish, signal }, this.#digest)
      return this.#engine.serve(request, how).then(served => answerIn(words, options, served))
    })
  }

  /**
   * `fetch` through the cache, where the host has `fetch`. `init.cache` means what it means in browsers; the
   * other wishes are members of `init` too. The Response also says `fromCache` and `age`.
   * @param {string | { url: string } | { href: string }} input A URL or a Request.
   * @param {HttpWish & { [member: string]: any }} [init]
   * @returns {Promise<AnyResponse & { fromCache: boolean, age: number }>}
   */
  async fetch(input, init = {}) {
    const { network } = this.#settings
    if (!network.respond) {
      throw new StorageError('UNSUPPORTED', 'this host has no fetch: use stash.http.request()')
    }
    const url = typeof input === 'string' ? input : 'url' in input ? input.url : input.href
    const asked = /** @type {any} */ (typeof input === 'object' && 'url' in input ? input : { url })
    const request = {
      method: String(init.method ?? asked.method ?? 'GET').toUpperCase(),
      url: asked.url,
      headers: headerText(init.headers ?? asked.headers),
      kind: /** @type {const} */ ('bytes'),
      body: init.body,
      native: { input, init },
    }
    const { strategy, ttl, key, tags, partition } = init
    const cache = init.cache ?? (asked.cache === 'default' ? undefined : asked.cache)
    const signal = /** @type {any} */ (init.signal ?? asked.signal)
    const wish = { cache, strategy, ttl, key, tags, partition, signal }
    const how = howOf(this.#settings, request, wish, this.#digest)
    return network.respond(await this.#engine.serve(request, how), asked.url)
  }

  /**
   * Drops what is kept of a URL, of all URLs that begin so, or of a tag; for every partition.
   * @param {{ url?: string, prefix?: string, tag?: string }} what
   * @returns {Promise<number>} How many URLs were dropped.
   */
  async invalidate(what) {
    const { url, prefix, tag } = checkNames(what, ['url', 'prefix', 'tag'])
    for (const [name, value] of Object.entries({ url, prefix, tag })) {
      expect(value === undefined || typeof value === 'string', name, 'a string', value)
    }
    if (url === undefined && prefix === undefined && tag === undefined) {
      throw new StorageError('INVALID_OPTION',
        'expected one of url, prefix, tag, got none: use clear() to drop everything')
    }
    const wanted = url === undefined ? undefined : normaliseUrl(url)
    return this.#drop(known => (wanted === undefined || known.url === wanted)
      && (prefix === undefined || known.url.startsWith(prefix)) && (tag === undefined || known.tags.has(tag)))
  }

  /**
   * Drops what is kept of one partition: at log-out, for instance.
   * @param {string} name
   * @returns {Promise<number>} How many URLs were dropped.
   */
  async clearPartition(name) {
    expect(typeof name === 'string', 'name', 'a string', name)
    return this.#drop(known => known.partition === partitionNamed(name))
  }

  /** Drops everything. */
  async clear() {
    const { session, store } = this.#engine
    session.refuseIfClosing()
    await store.change(() => store.entries.clear())
  }

  /** Resolves when no request is under way, those behind a stale answer included, and what came is kept. */
  async onIdle() {
    const { flights, store } = this.#engine
    while (flights.flights.size > 0) {
      await Promise.all(Array.from(flights.flights.values(), ({ landing }) => landing.then(() => {},
        () => {})))
    }
    await store.lastChange
  }

  /**
   * The name under which the answer to a request is kept.
   * @param {RequestOptions} options
   * @returns {string}
   */
  getCacheKey(options) {
    const { request, wish } = requestIn(this.#settings.network.words, options)
    return howOf(this.#settings, request, wish, this.#digest).name
  }

  /**
   * How long the answer to a request lives if the server says nothing, in milliseconds; undefined if no rule
   * says.
   * @param {RequestOptions} options
   * @returns {number | undefined}
   */
  getTTL(options) {
    const { request, wish } = requestIn(this.#settings.network.words, options)
    const ttl = ttlOf(this.#settings, request, wish.ttl)
    return ttl < 0 ? undefined : ttl
  }

  /** @returns {HttpStats} */
  get stats() {
    const { stats, store: { entries } } = this.#engine
    const { refused, damaged, known, bytes } = entries
    return { ...stats, refused, damaged, entries: known?.size, bytes: known && bytes }
  }

  /** @type {(test: (known: import('./http-entries.js').Known) => boolean) => Promise<number>} */
  #drop = async test => {
    const { session, store } = this.#engine
    session.refuseIfClosing()
    return store.change(async () => store.entries.drop(await store.entries.pick(test)))
  }

  /** @type {(text: string) => string} */
  #digest = text => this.#engine.rules.httpDigest(text)
}

/** @type {import('./features.js').Feature} */
export const httpCache = {
  option: 'http',
  check: checkHttpOptions,
  attach(session, options = {}) {
    const engine = new HttpEngine(session, httpSettings(options, session.host))
    session.listen('network', ({ isConnected = true, isWeak = false } = {}) => {
      engine.isOffline = !isConnected || isWeak
    })
    session.listen('memory', () => engine.store.entries.hot.clear())
    return {
      members: { http: new HttpCache(engine) },
      *close() {
        engine.close()
        // What has come is kept; what is kept on behalf of that, too.
        while (engine.store.changes > 0) yield engine.store.lastChange
      },
    }
  },
}
