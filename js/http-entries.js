// @ts-check
/**
 * The responses that are kept: in a namespace of their own, a record for what is known of each URL and one
 * for each body. What belongs together is written in one commit, so a process that dies leaves all of it or
 * nothing; what cannot be read is a miss.
 */

import { StorageError } from './errors.js'
import { HttpHot } from './http-hot.js'
import { runLater } from './run.js'
import { spelledPath } from './space.js'
import * as verbs from './verbs.js'

/** @typedef {import('./http-range.js').Span} Span */
/** @typedef {string | Uint8Array} Body */

/**
 * One stored response.
 * @typedef {object} Variant
 * @property {number} slot Which body record is its own.
 * @property {string} vary Its `Vary` header, '' if it has none.
 * @property {string} selects What a request that selects it has in those fields.
 * @property {number} status
 * @property {string} statusText
 * @property {string} headers
 * @property {number[]} policy As the core gave it.
 * @property {number} bytes How much its body takes.
 * @property {string[]} tags
 * @property {Span} [span] Which bytes it holds, if it is a part.
 */

/**
 * What is kept of a URL.
 * @typedef {object} Entry
 * @property {string} url
 * @property {string} partition
 * @property {Variant[]} variants
 */

/**
 * What is known of an entry without reading it.
 * @typedef {object} Known
 * @property {string} url
 * @property {string} partition
 * @property {Set<string>} tags
 * @property {number[]} slots Which body records there are.
 * @property {number} bytes
 */

/** The namespace of the HTTP cache; users cannot name one that begins so. */
const PATH = '~http'
/** A key has at most 1,024 bytes; longer ones end in a digest. */
const KEY_CHARS_MAX = 300
/** How many variants of a URL are kept. */
export const VARIANTS_MAX = 8
/** What an entry takes besides its bodies, about. */
const ENTRY_BYTES = 400

/** The stored responses of a stash. */
export class HttpEntries {
  /**
   * @param {import('./session.js').Session} session
   * @param {{ maxEntries: number, maxBytes: number, encrypt: boolean }} limits
   */
  constructor(session, limits) {
    // URLs tell as much as bodies do.
    const path = limits.encrypt ? spelledPath(PATH, { encrypt: true, hideKeys: true }) : PATH
    this.space = { session, path }
    this.limits = limits
    this.hot = new HttpHot(session.host, limits.encrypt)
    /**
     * Every entry, the one longest unused first; read from the store when it is first needed.
     * @type {Map<string, Known> | undefined}
     */
    this.known = undefined
    this.bytes = 0
    /**
     * What could not be removed although it had to be; it is not served by this process any more.
     * @type {Set<string>}
     */
    this.banned = new Set()
    /** How many responses could not be kept, for want of room mostly, and how many could not be read. */
    this.refused = 0
    this.damaged = 0
  }

  /**
   * Finds what is kept under a key, with the first body, which is the one nearly always wanted.
   * @param {string} key
   * @returns {Promise<{ entry: Entry, body: Body | undefined } | undefined>}
   */
  async find(key) {
    if (this.banned.has(key)) return undefined
    const { changes } = this.hot
    try {
      const [entry, body] = await runLater(verbs.getMany(this.space, [entryKey(key), bodyKey(key, 0)]))
      if (entry === undefined) return undefined
      this.touch(key)
      if (body !== undefined) this.hot.note(key, entry, 0, body, changes)
      return { entry, body }
    } catch (error) {
      return this.missing(error)
    }
  }

  /**
   * Finds what is held in memory of a key, its first body if that is.
   * @param {string} key
   * @returns {{ entry: Entry, body: Body | undefined } | undefined}
   */
  findHot(key) {
    const hot = this.hot.find(key)
    if (!hot || this.banned.has(key)) return undefined
    this.touch(key)
    return { entry: hot.entry, body: this.hot.bodyOf(hot, 0) }
  }

  /**
   * Reads the body of a variant.
   * @param {string} key
   * @param {Entry} entry
   * @param {Variant} variant
   * @returns {Promise<Body | undefined>}
   */
  async body(key, entry, { slot }) {
    const { changes } = this.hot
    const hot = this.hot.find(key)
    const held = hot?.entry === entry ? this.hot.bodyOf(hot, slot) : undefined
    if (held !== undefined) return held
    try {
      const body = await runLater(verbs.get(this.space, bodyKey(key, slot), undefined))
      if (body !== undefined) this.hot.note(key, entry, slot, body, changes)
      return body
    } catch (error) {
      return this.missing(error)
    }
  }

  /**
   * Keeps an entry, and the body of one of its variants if that is new. If the host has no room, others go
   * first; if that is not enough, or the host refuses, the response is not kept, and nothing is lost but a
   * saving.
   * @param {string} key
   * @param {Entry} entry
   * @param {Variant} [variant]
   * @param {Body} [body]
   */
  async keep(key, entry, variant, body) {
    /** @type {[string, unknown][]} */
    const records = [[entryKey(key), entry]]
    if (variant) records.push([bodyKey(key, variant.slot), body])
    try {
      this.hot.forget(key)
      await this.write(records)
      // What was read meanwhile may be older.
      this.hot.forget(key)
      if (variant && body !== undefined) this.hot.note(key, entry, variant.slot, body, this.hot.changes)
      const known = await this.load()
      this.forget(key)
      const summary = summaryOf(entry)
      known.set(key, summary)
      this.bytes += summary.bytes
      this.banned.delete(key)
      await this.evict(this.limits.maxBytes, key)
    } catch (error) {
      if (isFinal(error)) throw error
      this.refused += 1
    }
  }

  /**
   * Writes records; if there is no room, after making some.
   * @private
   * @param {[string, unknown][]} records
   */
  async write(records) {
    const options = { overwrite: true }
    try {
      await runLater(verbs.setMany(this.space, records, options))
    } catch (error) {
      if (!StorageError.is(error) || error.code !== 'QUOTA_EXCEEDED') throw error
      await this.load()
      if (!await this.evict(this.bytes / 2)) throw error
      await runLater(verbs.setMany(this.space, records, options))
    }
  }

  /**
   * Removes entries, all or nothing. Should the host refuse, this process does not serve them any more.
   * @param {string[]} keys
   * @returns {Promise<number>}
   */
  async drop(keys) {
    if (keys.length === 0) return 0
    const known = await this.load()
    const records = []
    let count = 0
    for (const key of keys) {
      const entry = known.get(key)
      if (!entry) continue
      count += 1
      records.push(entryKey(key), ...entry.slots.map(slot => bodyKey(key, slot)))
      this.banned.add(key)
      this.hot.forget(key)
    }
    await runLater(verbs.removeMany(this.space, records))
    for (const key of keys) {
      this.forget(key)
      this.hot.forget(key)
      this.banned.delete(key)
    }
    return count
  }

  /**
   * The keys of the entries that a test picks.
   * @param {(known: Known) => boolean} test
   * @returns {Promise<string[]>}
   */
  async pick(test) {
    return Array.from(await this.load()).filter(([, known]) => test(known)).map(([key]) => key)
  }

  /** Removes everything. */
  async clear() {
    this.hot.clear()
    await runLater(verbs.clear(this.space))
    this.hot.clear()
    this.banned.clear()
    this.known = new Map()
    this.bytes = 0
  }

  /**
   * Makes room: what was longest unused goes, until no more than this is left.
   * @private
   * @param {number} bytes
   * @param {string} [spared]
   */
  async evict(bytes, spared) {
    const known = await this.load()
    const doomed = []
    let left = this.bytes
    let count = known.size
    for (const [key, { bytes: size }] of known) {
      if (left <= bytes && count <= this.limits.maxEntries) break
      if (key === spared) continue
      doomed.push(key)
      left -= size
      count -= 1
    }
    await this.drop(doomed)
    return doomed.length > 0
  }

  /**
   * @private
   * @returns {Promise<Map<string, Known>>}
   */
  async load() {
    if (this.known) return this.known
    // What an earlier run kept unsealed must not stay beside what is sealed.
    if (this.limits.encrypt) await runLater(verbs.clear({ session: this.space.session, path: PATH }))
    const known = /** @type {Map<string, Known>} */ (new Map())
    let bytes = 0
    const names = await runLater(verbs.keys(this.space, { prefix: 'e' }))
    const entries = await this.read(names)
    names.forEach((name, at) => {
      const entry = entries[at]
      if (entry === undefined) return
      const summary = summaryOf(entry)
      known.set(name.slice(1), summary)
      bytes += summary.bytes
    })
    // Somebody else may have been quicker.
    if (!this.known) {
      this.known = known
      this.bytes = bytes
    }
    return this.known
  }

  /**
   * Reads records in one call; one by one if any of them cannot be read, which is then undefined.
   * @private
   * @param {string[]} names
   * @returns {Promise<(Entry | undefined)[]>}
   */
  async read(names) {
    try {
      return await runLater(verbs.getMany(this.space, names))
    } catch (error) {
      if (isFinal(error)) throw error
    }
    const entries = []
    for (const name of names) {
      const reading = runLater(verbs.get(this.space, name, undefined))
      entries.push(await reading.catch(error => this.missing(error)))
    }
    return entries
  }

  /**
   * @private
   * @param {string} key
   */
  touch(key) {
    const known = this.known?.get(key)
    if (!known) return
    this.known?.delete(key)
    this.known?.set(key, known)
  }

  /**
   * @private
   * @param {string} key
   */
  forget(key) {
    this.bytes -= this.known?.get(key)?.bytes ?? 0
    this.known?.delete(key)
  }

  /**
   * A record that cannot be read is a miss, whatever the reason; what ends the stash is not hidden.
   * @private
   * @param {unknown} error
   */
  missing(error) {
    if (isFinal(error)) throw error
    this.damaged += 1
    return undefined
  }
}

/**
 * The key under which a URL is kept for a partition.
 * @param {string} partition
 * @param {string} name
 * @param {(text: string) => string} digest
 */
export function keyOf(partition, name, digest) {
  const key = `${partition}\n${name}`
  return key.length <= KEY_CHARS_MAX ? key : `${key.slice(0, KEY_CHARS_MAX / 2)}\n${digest(key)}`
}

/**
 * Whether the stash has ended, or the error is one of this program; whatever else happens to a cache is a
 * miss.
 * @param {unknown} error
 */
function isFinal(error) {
  return !StorageError.is(error) || ['CLOSED', 'CORE_PANICKED', 'INVALID_OPTION'].includes(error.code)
}

/** @param {string} key */
const entryKey = key => `e${key}`

/**
 * @param {string} key
 * @param {number} slot
 */
const bodyKey = (key, slot) => `b${key}\n${slot}`

/**
 * @param {Entry} entry
 * @returns {Known}
 */
function summaryOf({ url, partition, variants }) {
  return {
    url,
    partition,
    tags: new Set(variants.flatMap(({ tags }) => tags)),
    slots: variants.map(({ slot }) => slot),
    bytes: variants.reduce((sum, { bytes, headers }) => sum + bytes + headers.length, ENTRY_BYTES),
  }
}
