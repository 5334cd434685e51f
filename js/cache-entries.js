// @ts-check
/**
 * The entries of one cache: memory, tags, events and counts behind the verbs, and the store as a second
 * tier where it was asked for. Checks of arguments are in cache.js, loading in cache-wrap.js.
 */

import { CacheClock } from './cache-clock.js'
import { Evictions } from './cache-events.js'
import { Memory } from './cache-memory.js'
import { matcher } from './cache-pattern.js'
import { measure } from './cache-size.js'
import { Tags } from './cache-tags.js'
import { Tier } from './cache-tier.js'
import { runLater } from './run.js'

/** @typedef {import('./cache-memory.js').EvictReason} EvictReason */
/** @typedef {import('./cache-options.js').EntrySettings} EntrySettings */
/** @typedef {import('./cache-options.js').Settings} Settings */
/** @typedef {import('./session.js').Session} Session */

/** A cache without its face. */
export class Entries {
  /**
   * @param {Session} session
   * @param {Settings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    this.clock = new CacheClock(session)
    this.tags = new Tags()
    this.events = new Evictions(settings.onEvict, error => session.report(error, undefined))
    this.memory = new Memory(session, settings,
      (key, value, reason) => this.left(key, value, reason))
    /** @type {Tier | undefined} */
    this.tier = settings.persist && new Tier(this, settings.persist, settings.name)
    /** Whether a key that memory does not hold is nowhere else. */
    this.isPlain = this.tier === undefined
    this.hits = 0
    this.misses = 0
    this.sets = 0
    /** @type {Promise<void> | undefined} */
    this.opening = undefined
    this.evictions = { capacity: 0, expired: 0, replaced: 0, deleted: 0, cleared: 0 }
    this.isSized = settings.maxBytes < Infinity || settings.maxEntryBytes < Infinity
    this.sizeMax = Math.min(settings.maxBytes, settings.maxEntryBytes)
    this.grace = Math.max(settings.staleWhileRevalidate, settings.staleIfError)
    /** @type {((key: string | undefined) => void) | undefined} Hears that a key, or all, was changed. */
    this.changed = undefined
  }

  /** @param {string} key */
  get(key) {
    const { memory } = this
    const slot = memory.slots.get(key)
    if (slot !== undefined) {
      const now = memory.timeOf(this.clock)
      if (now < memory.freshEndOf(slot)) {
        this.hits += 1
        return memory.use(slot, now)
      }
    } else if (this.isPlain) {
      this.misses += 1
      return undefined
    }
    return this.getPast(key)
  }

  /**
   * What `get` does where memory holds nothing fresh.
   * @param {string} key
   */
  getPast(key) {
    this.session.refuseIfFinished()
    const slot = this.recall(key)
    if (slot === undefined) this.misses += 1
    else this.hits += 1
    // Whoever hears of evictions may change what the slot holds.
    const value = slot === undefined ? undefined : this.memory.use(slot, this.clock.now())
    this.events.tell()
    return value
  }

  /**
   * Finds a fresh entry in memory, where it brings it from the store if the host answers at once.
   * @param {string} key
   * @returns {number | undefined}
   */
  recall(key) {
    const slot = this.findAnywhere(key)
    return slot !== undefined && this.memory.isFresh(slot, this.clock.now()) ? slot : undefined
  }

  /**
   * Finds an entry, fresh or not, in memory, where it brings it from the store if the host answers at once.
   * @param {string} key
   * @returns {number | undefined}
   */
  findAnywhere(key) {
    const now = this.clock.now()
    const slot = this.memory.find(key, now)
    if (slot !== undefined || !this.tier?.promoteNow(key)) return slot
    return this.memory.find(key, now)
  }

  /**
   * Whether an entry is to be had from the store, or may be.
   * @param {string} key
   */
  isStored(key) {
    const { tier } = this
    if (tier === undefined || this.session.host.immediate) return false
    return tier.untilOpen !== undefined || tier.has(key)
  }

  /** @param {string} key */
  async getLater(key) {
    if (this.findAnywhere(key) === undefined && this.isStored(key)) await this.promoteLater(key)
    const value = this.get(key)
    this.events.tell()
    return value
  }

  /**
   * Brings an entry from the store into memory, from where it may be gone again when this is heard of.
   * @param {string} key
   */
  async promoteLater(key) {
    await this.opening
    if (this.tier?.has(key) && !this.memory.slots.has(key)) await runLater(this.tier.promote(key))
    this.session.refuseIfFinished()
  }

  /**
   * Puts an entry of the store into memory, unless a newer one is there.
   * @param {string} key
   * @param {unknown} value
   * @param {import('./cache-index.js').Row} row
   * @returns {boolean} Whether memory holds the key now.
   */
  promoted(key, value, { size, freshUntil, endsAt }) {
    if (this.memory.slots.has(key)) return true
    const now = this.clock.now()
    if (size > this.sizeMax || endsAt <= now) return false
    this.memory.put(key, value, size, freshUntil, endsAt, now)
    return true
  }

  /** @param {string} key */
  peek(key) {
    this.session.refuseIfFinished()
    const slot = this.recall(key)
    const value = slot === undefined ? undefined : this.memory.values[slot]
    this.events.tell()
    return value
  }

  /** @param {string} key */
  has(key) {
    return this.freshUntil(key) > this.clock.now()
  }

  /**
   * Until when a key is fresh in any tier; a time that has passed if it is not there.
   * @param {string} key
   * @returns {number}
   */
  freshUntil(key) {
    this.session.refuseIfFinished()
    const slot = this.memory.find(key, this.clock.now())
    const stored = this.tier?.has(key) ? this.tier.rows.get(key)?.freshUntil ?? -1 : -1
    const until = slot === undefined ? stored : this.memory.freshEndOf(slot)
    this.events.tell()
    return until
  }

  /**
   * Puts an entry.
   * @param {string} key
   * @param {unknown} value
   * @param {EntrySettings} entry
   * @param {number} [grace] For how long it may be used after its ttl.
   * @returns {boolean} Whether it is kept.
   */
  set(key, value, { ttl, tags, size }, grace = this.grace) {
    this.session.refuseIfFinished()
    const bytes = size ?? (this.isSized ? measure(value) + key.length * 2 : 0)
    this.sets += 1
    if (bytes > this.sizeMax) {
      this.changed?.(key)
      this.drop(key, 'replaced', this.clock.now())
      this.events.tell()
      return false
    }
    const lives = ttl === null ? undefined : ttl ?? this.settings.ttl
    if (lives === undefined) {
      this.place(key, value, bytes, Infinity, Infinity, tags, this.memory.timeOf(this.clock))
    } else {
      const now = this.clock.now()
      const freshUntil = now + this.jittered(lives)
      this.place(key, value, bytes, freshUntil, freshUntil + grace, tags, now)
    }
    this.events.tell()
    return true
  }

  /**
   * Puts an entry into both tiers; its size alone must not be above the limit.
   * @param {string} key
   * @param {unknown} value
   * @param {number} bytes
   * @param {number} freshUntil
   * @param {number} endsAt
   * @param {readonly string[] | undefined} tags
   * @param {number} now
   */
  place(key, value, bytes, freshUntil, endsAt, tags, now) {
    this.changed?.(key)
    this.memory.put(key, value, bytes, freshUntil, endsAt, now)
    this.tags.set(key, tags)
    this.tier?.note(key, value, bytes, freshUntil, endsAt)
  }

  /** @param {string} key */
  delete(key) {
    this.session.refuseIfFinished()
    this.changed?.(key)
    const isGone = this.drop(key, 'deleted', this.clock.now())
    this.events.tell()
    return isGone
  }

  /** @param {string} tag */
  deleteByTag(tag) {
    this.tier?.untilOpen?.push(() => this.deleteByTag(tag))
    return this.deleteAll(this.tags.keysOf(tag))
  }

  /** @param {string} pattern */
  deleteMatching(pattern) {
    this.tier?.untilOpen?.push(() => this.deleteMatching(pattern))
    const isMatch = matcher(pattern)
    const keys = new Set(Array.from(this.memory.slots.keys()).filter(isMatch))
    for (const key of this.tier?.keys() ?? []) if (isMatch(key)) keys.add(key)
    return this.deleteAll(keys)
  }

  clear() {
    this.session.refuseIfFinished()
    this.changed?.(undefined)
    this.memory.sweep(this.clock.now())
    this.memory.clear()
    this.tier?.clear()
    this.tags.clear()
    this.events.tell()
  }

  cleanup() {
    this.session.refuseIfFinished()
    const now = this.clock.now()
    const count = this.memory.sweep(now) + (this.tier?.sweep(now) ?? 0)
    this.events.tell()
    return count
  }

  shrink() {
    this.memory.sweep(this.clock.now())
    this.memory.shrink()
    this.events.tell()
  }

  get size() {
    this.session.refuseIfFinished()
    this.memory.sweep(this.clock.now())
    const { size } = this.memory.slots
    this.events.tell()
    return size
  }

  /**
   * What is fresh in memory, the entry most worth keeping first.
   * @returns {[key: string, value: any][]}
   */
  entries() {
    this.session.refuseIfFinished()
    const { memory } = this
    const now = this.clock.now()
    memory.sweep(now)
    /** @type {[string, any][]} */
    const entries = []
    for (const slot of memory.order()) {
      if (memory.isFresh(slot, now)) entries.push([memory.keys[slot] ?? '', memory.values[slot]])
    }
    this.events.tell()
    return entries
  }

  /** @param {Iterable<string>} keys */
  deleteAll(keys) {
    this.session.refuseIfFinished()
    const now = this.clock.now()
    let count = 0
    for (const key of keys) {
      this.changed?.(key)
      if (this.drop(key, 'deleted', now)) count += 1
    }
    this.events.tell()
    return count
  }

  /**
   * Drops a key from both tiers.
   * @param {string} key
   * @param {EvictReason} reason
   * @param {number} now
   * @returns {boolean} Whether it was there.
   */
  drop(key, reason, now) {
    const slot = this.memory.find(key, now)
    if (slot !== undefined) this.memory.drop(slot, reason)
    const wasStored = this.tier?.remove(key) ?? false
    this.tags.delete(key)
    return slot !== undefined || wasStored
  }

  /**
   * @param {string} key
   * @param {unknown} value
   * @param {EvictReason} reason
   */
  left(key, value, reason) {
    // What happens with every set is counted without looking up a name.
    if (reason === 'capacity') this.evictions.capacity += 1
    else if (reason === 'replaced') this.evictions.replaced += 1
    else this.evictions[reason] += 1
    this.events.note(key, value, reason)
    if (reason === 'expired') this.tier?.remove(key)
    // What the store still holds keeps its tags.
    if (reason !== 'replaced' && !(reason === 'capacity' && this.tier?.has(key))) this.tags.delete(key)
  }

  /** @param {number} ttl */
  jittered(ttl) {
    const { jitter } = this.settings
    return jitter === 0 ? ttl : Math.max(1, ttl - Math.floor(ttl * jitter * Math.random()))
  }

  /** Gives the memory back. */
  end() {
    this.isPlain = false
    this.tier?.end()
    this.memory.end()
    this.tags.clear()
  }
}
