// @ts-check
/**
 * Between a request and what is kept: which stored response a request selects, what is sent to validate or
 * complete it, and what becomes of the answer. The rules are the core's; the records are in http-entries.js.
 */

import { HttpEntries, VARIANTS_MAX, keyOf } from './http-entries.js'
import { headerOf, withHeader, withoutHeader } from './http-headers.js'
import { bytesOf, combine, cut } from './http-range.js'
import { sendWithRetries } from './http-retry.js'

/** @typedef {import('./http-entries.js').Body} Body */
/** @typedef {import('./http-entries.js').Entry} Entry */
/** @typedef {import('./http-entries.js').Variant} Variant */
/** @typedef {import('./http-engine.js').How} How */
/** @typedef {import('./hosts/http.js').HttpRequest} HttpRequest */
/** @typedef {import('./hosts/http.js').HttpAnswer} HttpAnswer */

/** What is true of a response, as the door says it. */
const FLAG = Object.freeze({ STORABLE: 1, SHAREABLE: 128 })

/**
 * A stored response that a request selects.
 * @typedef {object} Found
 * @property {string} key
 * @property {Entry} entry
 * @property {Variant} variant
 * @property {Body} body
 */

/** What is kept, as requests see it. */
export class HttpStore {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./http-options.js').HttpSettings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    this.entries = new HttpEntries(session, settings)
    /**
     * Changes of records happen one after the other: each reads what the one before has written.
     * @type {Promise<unknown>}
     */
    this.lastChange = Promise.resolve()
    /** How many of them are still to come. */
    this.changes = 0
    /**
     * When the answers under way were asked for, and when they came.
     * @type {WeakMap<HttpAnswer, [number, number]>}
     */
    this.times = new WeakMap()
  }

  /** The rules of the core. */
  get rules() {
    this.session.refuseIfBroken()
    return this.session.instance.glue
  }

  /**
   * Finds the stored response that a request selects (RFC 9111 section 4.1), the newest of several.
   * @param {HttpRequest} request
   * @param {How} how
   * @returns {Promise<Found | undefined>}
   */
  async find(request, how) {
    const key = this.keyFor(request, how)
    const kept = this.entries.findHot(key) ?? await this.entries.find(key)
    // Two names that are too long to be kept whole could meet under one key.
    const isOther = kept?.entry.url !== how.url || kept.entry.partition !== how.partition
    if (!kept || isOther) return undefined
    const { entry } = kept
    for (let at = entry.variants.length - 1; at >= 0; at -= 1) {
      const variant = entry.variants[at]
      if (!variant || !this.selects(variant, request)) continue
      const isRead = variant.slot === 0 && kept.body !== undefined
      const body = isRead ? kept.body : await this.entries.body(key, entry, variant)
      if (body !== undefined) return { key, entry, variant, body }
    }
    return undefined
  }

  /**
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   */
  keyFor({ kind }, { partition, name }) {
    return keyOf(partition, `${kind}${name}`, text => this.rules.httpDigest(text))
  }

  /**
   * @private
   * @param {Variant} variant
   * @param {HttpRequest} request
   */
  selects(variant, request) {
    return variant.vary === '' || this.rules.httpVaryKey(variant.vary, request.headers) === variant.selects
  }

  /**
   * What of a stored response answers a request; undefined if the bytes it asks for are not there.
   * @param {HttpRequest} request
   * @param {Found} found
   * @returns {{ status: number, statusText: string, headers: string, body: Body } | undefined}
   */
  partOf(request, { variant, body }) {
    const { status, statusText, headers } = variant
    const range = headerOf(request.headers, 'range')
    if (range === undefined) return variant.span ? undefined : { status, statusText, headers, body }
    // The very same part that was asked for before, whatever its server meant by it.
    const isSame = variant.span && headerOf(headers, 'ministash-range') === range
    if (isSame) return { status, statusText, headers: withoutHeader(headers, 'ministash-range'), body }
    if (status !== 200 && status !== 206) return { status, statusText, headers, body }
    const bytes = bytesOf(body)
    const span = variant.span ?? /** @type {const} */ ([0, bytes.length - 1, bytes.length])
    const [first, last] = Array.from(this.rules.httpRange(range, span[2]))
    if (first === undefined || last === undefined) return undefined
    const part = cut(bytes, [span[0], span[1], span[2]], first, last)
    if (!part) return undefined
    let fields = withoutHeader(headers, 'ministash-range')
    fields = withHeader(fields, 'Content-Range', `bytes ${first}-${last}/${span[2]}`)
    fields = withHeader(fields, 'Content-Length', String(part.length))
    return { status: 206, statusText: 'Partial Content', headers: fields, body: part }
  }

  /**
   * Sends a request; with what is kept, as one that validates it (RFC 9111 section 4.3.1) or completes it.
   * @param {HttpRequest} request
   * @param {Found | undefined} found
   * @returns {{ sent: Promise<HttpAnswer>, abort: () => void }}
   */
  send(request, found) {
    const asked = found ? { ...request, headers: this.conditional(request, found) } : request
    const start = this.session.now()
    const { answer, abort } = sendWithRetries({ ...this.settings, now: () => this.session.now() }, asked)
    const sent = answer.then(come => {
      this.times.set(come, [start, this.session.now()])
      return come
    })
    return { sent, abort }
  }

  /**
   * @private
   * @param {HttpRequest} request
   * @param {Found} found
   */
  conditional(request, { variant: { headers, span } }) {
    const etag = headerOf(headers, 'etag')
    if (span) {
      const wantsAll = headerOf(request.headers, 'range') === undefined
      if (span[0] !== 0 || !wantsAll || etag === undefined || !isStrong(etag)) return request.headers
      return withHeader(withHeader(request.headers, 'Range', `bytes=${span[1] + 1}-`), 'If-Range', etag)
    }
    let asked = request.headers
    if (etag !== undefined) asked = withHeader(asked, 'If-None-Match', etag)
    const modified = headerOf(headers, 'last-modified')
    return modified === undefined ? asked : withHeader(asked, 'If-Modified-Since', modified)
  }

  /**
   * Takes in an answer: keeps it if that is allowed. `raw` is there if nobody but the first may have it.
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found | undefined} found
   * @param {HttpAnswer} answer
   * @returns {Promise<import('./http-engine.js').Served & { isKept?: boolean }>}
   */
  async take(request, how, found, answer) {
    const { status, statusText, headers } = answer
    const policy = this.policyOf(request.method, request.headers, status, headers, answer, how.ttl)
    const flags = policy[0] ?? 0
    const served = { status, statusText, headers, fromCache: false, age: 0 }
    // A redirected answer belongs to a URL that was not asked for.
    if (answer.isRedirected || (flags & FLAG.SHAREABLE) === 0 || how.mode === 'no-store') {
      return { ...served, body: undefined, raw: answer }
    }
    const body = await answer.read()
    if (status === 206) return this.takePart(request, how, found, answer, policy, body)
    const isKept = (flags & FLAG.STORABLE) !== 0
    if (isKept) await this.keep(request, how, { status, statusText, headers, policy, body })
    return { ...served, body, isKept }
  }

  /**
   * A part of a representation, which may complete what is there (RFC 9111 section 3.4).
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {Found | undefined} found
   * @param {HttpAnswer} answer
   * @param {number[]} policy
   * @param {Body} body
   * @returns {Promise<import('./http-engine.js').Served & { isKept?: boolean }>}
   */
  async takePart(request, how, found, answer, policy, body) {
    const { status, statusText, headers } = answer
    const served = { status, statusText, headers, body, fromCache: false, age: 0 }
    const told = headerOf(headers, 'content-range') ?? ''
    const [first, last, total] = Array.from(this.rules.httpContentRange(told))
    const range = headerOf(request.headers, 'range')
    const isWhole = range === undefined
    if (first === undefined || last === undefined || total === undefined) return served
    /** @type {{ body: Uint8Array, span: import('./http-range.js').Span }} */
    let part = { body: bytesOf(body), span: [first, last, total] }
    const etag = headerOf(headers, 'etag')
    if (found?.variant.span && isStrong(etag) && etag === headerOf(found.variant.headers, 'etag')) {
      part = combine(part, { body: bytesOf(found.body), span: found.variant.span }) ?? part
    }
    const isComplete = part.span[0] === 0 && part.span[1] === total - 1 && part.body.length === total
    if (isComplete) {
      const fields = withHeader(withoutHeader(headers, 'content-range'), 'Content-Length', String(total))
      const whole = { status: 200, statusText: 'OK', headers: fields, policy, body: part.body }
      await this.keep(request, how, whole)
      return isWhole ? { ...served, ...whole, isKept: true } : { ...served, isKept: true }
    }
    // A server that sent another part than it was asked for: the whole is asked for.
    if (isWhole) return this.take(request, how, undefined, await this.send(request, undefined).sent)
    const fields = withHeader(headers, 'MiniStash-Range', range)
    await this.keep(request, how, { status, statusText, headers: fields, policy, ...part })
    return { ...served, isKept: true }
  }

  /**
   * Keeps a response beside the other variants of its URL, or in the place of the one it replaces.
   * @private
   * @param {HttpRequest} request
   * @param {How} how
   * @param {{ status: number, statusText: string, headers: string, policy: number[], body: Body,
   *   span?: import('./http-range.js').Span }} response
   */
  keep(request, how, { status, statusText, headers, policy, body, span }) {
    return this.change(async () => {
      const key = this.keyFor(request, how)
      const vary = headerOf(headers, 'vary') ?? ''
      const selects = vary === '' ? '' : this.rules.httpVaryKey(vary, request.headers)
      const old = (await this.entries.find(key))?.entry.variants ?? []
      const others = old.filter(variant => !this.selects(variant, request))
      if (others.length >= VARIANTS_MAX) others.shift()
      const taken = new Set(others.map(({ slot }) => slot))
      let slot = 0
      while (taken.has(slot)) slot += 1
      /** @type {Variant} */
      const variant = { slot, vary, selects, status, statusText, policy, bytes: body.length, tags: how.tags,
        headers: this.rules.httpStorable(headers), ...(span ? { span } : {}) }
      const entry = { url: how.url, partition: how.partition, variants: [...others, variant] }
      await this.entries.keep(key, entry, variant, body)
    })
  }

  /**
   * The stored response after the server said that it is still right (RFC 9111 section 4.3.4).
   * @param {Found} found
   * @param {HttpAnswer} answer
   * @param {How} how
   * @returns {Promise<Found>}
   */
  async freshen(found, answer, how) {
    // The old age and the old date are those of the old answer.
    const isDated = headerOf(answer.headers, 'date') !== undefined
    const aged = withoutHeader(found.variant.headers, 'age')
    const stored = isDated ? aged : withoutHeader(aged, 'date')
    const headers = this.rules.httpFreshened(stored, answer.headers)
    const policy = this.policyOf('GET', '', found.variant.status, headers, answer, how.ttl)
    const variant = { ...found.variant, headers, policy }
    const variants = found.entry.variants.map(other => other === found.variant ? variant : other)
    const entry = { ...found.entry, variants }
    await this.change(async () => {
      // Somebody may have stored something newer, or removed it all, while the server was asked.
      const now = await this.entries.find(found.key)
      if (now && sameVariant(now.entry.variants, found.variant)) await this.entries.keep(found.key, entry)
    })
    return { ...found, entry, variant }
  }

  /**
   * Compares what is kept with the answer to a HEAD: the same is freshened, another is dropped.
   * @param {Found} found
   * @param {HttpAnswer} answer
   * @param {How} how
   */
  async compareHead(found, answer, how) {
    if (answer.status !== 200) return
    const isSame = ['etag', 'last-modified', 'content-length'].every(name => {
      const told = headerOf(answer.headers, name)
      return told === undefined || told === headerOf(found.variant.headers, name)
    })
    if (isSame) await this.freshen(found, answer, how)
    else await this.change(() => this.entries.drop([found.key]))
  }

  /**
   * Drops everything kept of some URLs, for everybody.
   * @param {string[]} urls
   */
  async dropUrls(urls) {
    await this.change(async () => this.entries.drop(await this.entries.pick(({ url }) => urls.includes(url))))
  }

  /**
   * Runs a change of records after the ones before it.
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  change(act) {
    this.changes += 1
    const next = this.lastChange.then(act, act)
    const end = () => { this.changes -= 1 }
    this.lastChange = next.then(end, end)
    return next
  }

  /**
   * @private
   * @param {string} method
   * @param {string} request
   * @param {number} status
   * @param {string} response
   * @param {HttpAnswer} answer
   * @param {number} ttl
   * @returns {number[]}
   */
  policyOf(method, request, status, response, answer, ttl) {
    const now = this.session.now()
    const [start, end] = this.times.get(answer) ?? [now, now]
    return Array.from(this.rules.httpPolicy(method, request, status, response, start, end, ttl))
  }
}

/** @param {string | undefined} etag */
function isStrong(etag) {
  return etag !== undefined && etag.startsWith('"')
}

/**
 * Whether a list still holds the response that was validated.
 * @param {Variant[]} variants
 * @param {Variant} variant
 */
function sameVariant(variants, variant) {
  return variants.some(other => other.slot === variant.slot && other.headers === variant.headers
    && other.policy[1] === variant.policy[1])
}
