// @ts-check
/**
 * The second tier: entries in the store, in a namespace and a budget of their own, written behind in
 * batches, each of which is one commit. An index, one record, says what is there; nothing is asked of
 * the host for a key that it does not name. Invariant: the store never refuses anybody's write for want of
 * room that this tier takes; it gives way first, and altogether.
 */

import { StorageError } from './errors.js'
import { beginWithKeys, pushPut, pushRemove } from './begin.js'
import { after } from './cache-timer.js'
import { isStorable, readIndex, writeIndex } from './cache-index.js'
import { checkKey } from './checks.js'
import { COMPRESSION, NO_TTL, VERB } from './door.js'
import { heldFirst, nothing, valueOf } from './results.js'
import { operate, operateInTurn, runLater, runNow } from './run.js'
import { utf8Length } from './utf8-length.js'
import { decode, encode } from './value.js'

/** @typedef {import('./cache-entries.js').Entries} Entries */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** @typedef {import('./cache-index.js').Row} Row */

/**
 * A change on its way to the store: a value, or nothing for a removal.
 * @typedef {{ value: unknown } | undefined} Change
 */

/**
 * A batch as the door takes it.
 * @typedef {object} Prepared
 * @property {Map<string, { form: number, text: string, ttl: number }>} puts
 * @property {string[]} removes
 * @property {{ form: number, text: string }} index
 */

/** The namespace of all second tiers; each has one of its own in it. */
const SPACE = 'ministash.cache'
const INDEX = 'index'
/** The keys of entries begin so, that of the index does not. */
const ENTRY = '='
/** So many changes are written without waiting for more. */
const CHANGES_MAX = 256
const BYTES_DEFAULT = 2 * 1024 * 1024
/** The tier takes at most this part of what the host holds. */
const HOST_PART = 5
/** What a record takes beside its key and its value. */
const ENVELOPE_BYTES = 69
/** What lies there is replaced even if it is damaged. */
const PUT = { ttl: NO_TTL, compression: COMPRESSION.NONE, overwrite: true, ifVersion: undefined }

/** The entries of one cache that are in the store, and the changes that are on their way there. */
export class Tier {
  /**
   * @param {Entries} entries
   * @param {{ maxBytes: number | undefined, delay: number }} persist
   * @param {string} name
   */
  constructor(entries, { maxBytes, delay }, name) {
    this.entries = entries
    this.session = entries.session
    this.path = `${SPACE}\u0000${name || 'default'}`
    this.delay = delay
    const { totalBytes = Infinity } = this.session.host.limits ?? {}
    this.maxBytes = maxBytes ?? Math.min(BYTES_DEFAULT, Math.floor(totalBytes / HOST_PART))
    /** @type {Map<string, Row>} What the tier holds, changes on their way included, oldest first. */
    this.rows = new Map()
    this.bytes = 0
    /** @type {Set<string>} What may lie in the store. */
    this.stored = new Set()
    /** @type {Map<string, Change>} */
    this.changes = new Map()
    /** @type {Map<string, Change>} Changes that the store is being told of. */
    this.writing = new Map()
    /** @type {(() => void) | undefined} Ends the waiting for the next batch. */
    this.endWaiting = undefined
    /** @type {Prepared | undefined} */
    this.prepared = undefined
    /** @type {Promise<void> | undefined} The writing that is under way, on a deferred host. */
    this.flushing = undefined
    this.hasComplained = false
    this.promotions = 0
    /** @type {(() => void)[] | undefined} What is to be done once the index is known. */
    this.untilOpen = []
    /** @type {(core: import('./door.js').Core, now: number) => import('./door.js').Operation} */
    this.wipe = (core, now) => core.begin(VERB.CLEAR, this.path, now)
    this.session.onFull.push(this)
  }

  /** Reads what an earlier process left. @returns {Flow<void>} */
  *open() {
    try {
      yield* this.readIndex()
    } catch (error) {
      // A cache that cannot be read is an empty one; what lies there is removed, or nobody ever would.
      this.complain(error)
      yield* operateInTurn(this.session, 'write', this.wipe, nothing)
    }
    const due = this.untilOpen ?? []
    this.untilOpen = undefined
    for (const act of due) act()
  }

  /** @param {string} key */
  has(key) {
    const row = this.rows.get(key)
    return row !== undefined && this.entries.clock.now() < row.endsAt
  }

  /** @returns {string[]} */
  keys() {
    return Array.from(this.rows.keys())
  }

  /**
   * Notes an entry, to be written with others.
   * @param {string} key
   * @param {unknown} value
   * @param {number} size
   * @param {number} freshUntil
   * @param {number} endsAt
   */
  note(key, value, size, freshUntil, endsAt) {
    this.forget(key)
    this.rows.set(key, { bytes: 0, size, freshUntil, endsAt })
    this.change(key, { value })
  }

  /**
   * Removes an entry.
   * @param {string} key
   * @returns {boolean} Whether it was there.
   */
  remove(key) {
    const wasThere = this.has(key)
    this.forget(key)
    if (this.stored.has(key) || this.writing.has(key) || this.untilOpen) this.change(key, undefined)
    else this.changes.delete(key)
    return wasThere
  }

  clear() {
    this.untilOpen?.push(() => this.clear())
    for (const key of this.keys()) this.remove(key)
  }

  /** @param {number} now */
  sweep(now) {
    let count = 0
    for (const [key, row] of this.rows) {
      if (now < row.endsAt) continue
      this.remove(key)
      this.entries.tags.delete(key)
      count += 1
    }
    return count
  }

  /**
   * Brings an entry into memory, if the host answers at once.
   * @param {string} key
   */
  promoteNow(key) {
    return this.session.host.immediate && this.has(key) && runNow(this.promote(key))
  }

  /**
   * Brings an entry into memory.
   * @param {string} key
   * @returns {Flow<boolean>} Whether it is there now.
   */
  *promote(key) {
    const row = this.rows.get(key)
    const change = this.changes.get(key) ?? this.writing.get(key)
    let value = change?.value
    if (row && !change) {
      const space = { session: this.session, path: this.path }
      try {
        const held = yield* operateInTurn(this.session, 'read',
          (core, now) => beginWithKeys(core, VERB.GET, this.path, now, [ENTRY + key]), heldFirst)
        if (held) value = valueOf(space, key, held)
        else this.remove(key)
      } catch (error) {
        if (this.session.isClosed) throw error
        this.complain(error)
        this.remove(key)
      }
    }
    // It may have been deleted, or set anew, while the host was asked.
    if (!row || this.rows.get(key) !== row) return false
    this.rows.delete(key)
    this.rows.set(key, row)
    this.promotions += 1
    return this.entries.promoted(key, value, row)
  }

  /**
   * Writes what was noted, in one commit. It does not fail: what cannot be written is forgotten.
   * @returns {Flow<void>}
   */
  *flush() {
    this.endWaiting?.()
    this.endWaiting = undefined
    if (this.changes.size === 0 || this.writing.size > 0 || this.session.isClosed) return
    if (this.untilOpen) {
      this.schedule()
      return
    }
    this.writing = this.changes
    this.changes = new Map()
    try {
      // Other tabs may have written since.
      if (this.session.host.lock) yield* this.readIndex()
      const prepared = this.prepare()
      this.prepared = prepared
      yield* operateInTurn(this.session, 'write', (core, now) => this.batch(core, now), nothing)
      for (const key of this.prepared ? prepared.puts.keys() : []) this.stored.add(key)
      for (const key of prepared.removes) this.stored.delete(key)
    } catch (error) {
      this.complain(error)
      // Whether they were written is not known, so they are removed with the next batch.
      for (const key of this.writing.keys()) {
        this.stored.add(key)
        if (!this.changes.has(key)) this.forget(key)
      }
    }
    this.writing = new Map()
    this.prepared = undefined
    if (this.changes.size > 0) this.schedule()
  }

  /** Takes in what others have stored. @returns {Flow<void>} */
  *readIndex() {
    const held = yield* operateInTurn(this.session, 'read',
      (core, now) => beginWithKeys(core, VERB.GET, this.path, now, [INDEX]), heldFirst)
    if (held) this.takeIn(decode(held.form, held.text))
  }

  /** Writes everything and ends. @returns {Flow<void>} */
  *close() {
    // On a deferred host a batch may be under way, and changes behind it.
    while (this.writing.size > 0) yield this.flushing
    yield* this.flush()
    this.end()
  }

  end() {
    this.endWaiting?.()
    this.session.onFull = this.session.onFull.filter(yielding => yielding !== this)
  }

  /** Begins to write; on an immediate host all is written when it returns. */
  flushSoon() {
    if (this.session.host.immediate) runNow(this.flush())
    else if (this.writing.size === 0) this.flushing = runLater(this.flush())
  }

  /**
   * Removes everything from the store, from within the turn of a write that finds no room.
   * @returns {Flow<boolean>} Whether there was anything.
   */
  *giveWay() {
    if (this.stored.size === 0) return false
    yield* operate(this.session, this.wipe, nothing)
    for (const key of this.keys()) this.lose(key)
    this.stored.clear()
    this.changes.clear()
    this.prepared = undefined
    return true
  }

  /**
   * Makes the next batch: user's code may run here, and does not run while the core does.
   * @returns {Prepared}
   */
  prepare() {
    const now = this.entries.clock.now()
    /** @type {Prepared['puts']} */
    const puts = new Map()
    for (const [key, change] of Array.from(this.writing)) {
      const row = this.rows.get(key)
      const put = change && row && this.encoded(key, change.value, row.endsAt - now)
      // While it was encoded another one may have been noted.
      if (!put || this.rows.get(key) !== row) {
        if (change && row && this.rows.get(key) === row) this.lose(key)
        continue
      }
      row.bytes = utf8Length(key) + utf8Length(put.text) + ENVELOPE_BYTES
      this.bytes += row.bytes
      puts.set(key, put)
    }
    for (const [key, row] of this.rows) {
      if (this.bytes <= this.maxBytes) break
      if (row.bytes === 0) continue
      // Only now is it known how much there is: what does not fit leaves with this very batch.
      this.lose(key)
      puts.delete(key)
      if (this.stored.has(key)) this.writing.set(key, undefined)
    }
    const { clock, tags } = this.entries
    const index = encode(writeIndex(this.rows, now, clock.toWall(now), key => tags.of(key)))
    const removes = Array.from(this.writing.keys()).filter(key => !puts.has(key) && isStorable(key))
    return { puts, removes, index }
  }

  /**
   * @param {import('./door.js').Core} core
   * @param {number} now
   */
  batch(core, now) {
    const operation = core.begin(VERB.COMMIT, this.path, now)
    // After giving way there is nothing to write.
    if (!this.prepared) return operation
    const { puts, removes, index } = this.prepared
    for (const [key, put] of puts) pushPut(operation, ENTRY + key, put, { ...PUT, ttl: put.ttl })
    for (const key of removes) pushRemove(operation, ENTRY + key)
    pushPut(operation, INDEX, index, PUT)
    return operation
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {number} ttl
   */
  encoded(key, value, ttl) {
    try {
      checkKey(key)
      if (!isStorable(key)) throw new StorageError('INVALID_KEY', 'the key is too long to be stored', { key })
      return { ...encode(value), ttl: ttl === Infinity ? NO_TTL : Math.max(1, Math.floor(ttl)) }
    } catch (error) {
      this.complain(error)
      return undefined
    }
  }

  /** @param {unknown} index */
  takeIn(index) {
    const { clock, tags } = this.entries
    const now = clock.now()
    const newer = this.rows
    this.rows = new Map()
    for (const [key, row, ownTags] of readIndex(index, now, clock.toWall(now))) {
      // What was noted since, and what was removed since, is known better here.
      if (newer.has(key) || this.changes.has(key) || this.stored.has(key)) continue
      this.stored.add(key)
      this.rows.set(key, row)
      this.bytes += row.bytes
      tags.set(key, ownTags)
    }
    for (const [key, row] of newer) this.rows.set(key, row)
  }

  /**
   * @param {string} key
   * @param {Change} change
   */
  change(key, change) {
    this.changes.set(key, change)
    if (this.changes.size >= CHANGES_MAX && !this.untilOpen) this.flushSoon()
    else this.schedule()
  }

  schedule() {
    this.endWaiting ??= after(this.delay, () => this.flushSoon())
  }

  /**
   * Forgets an entry that is not to be in the store, with its tags unless memory holds it.
   * @param {string} key
   */
  lose(key) {
    this.forget(key)
    if (!this.entries.memory.slots.has(key)) this.entries.tags.delete(key)
  }

  /** @param {string} key */
  forget(key) {
    const row = this.rows.get(key)
    if (!row) return
    this.bytes -= row.bytes
    this.rows.delete(key)
  }

  /**
   * Says what went wrong, once: a cache that keeps less is still a cache.
   * @param {unknown} error
   */
  complain(error) {
    if (this.hasComplained) return
    this.hasComplained = true
    this.session.report(error, undefined)
  }
}
