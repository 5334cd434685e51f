// @ts-check
/**
 * The first tier: values held by reference, in slots. Which slot leaves, the engine says; what it
 * holds, only this module knows. Invariants: never more than `maxEntries` entries nor `maxBytes` bytes,
 * at any moment; an entry that has come to its end never displaces one that has not; nobody else's code
 * runs in here.
 */

import { Engine } from './cache-engine.js'

/** @typedef {import('./session.js').Session} Session */

/**
 * Why an entry left: there was no room, its time had come, another value took its place, its key was
 * deleted, everything was cleared.
 * @typedef {'capacity' | 'expired' | 'replaced' | 'deleted' | 'cleared'} EvictReason
 */

/**
 * @typedef {object} Limits
 * @property {number} maxEntries
 * @property {number} maxBytes Infinity for none.
 * @property {number | undefined} idleTtl
 * @property {'lru' | 'w-tinylfu'} policy
 */

/** How many slots there are at first. */
const SLOTS_MIN = 64
/** How many slots that are due are looked at in one call. */
const DUE_BUDGET = 64

/** @type {any[]} */
const NO_VALUES = []

/** The entries in memory. Times are those of the cache's own clock. */
export class Memory {
  /**
   * @param {Session} session
   * @param {Limits} limits
   * @param {(key: string, value: unknown, reason: EvictReason) => void} left Hears of an entry that left;
   *   must not come back in here.
   */
  constructor(session, { maxEntries, maxBytes, idleTtl, policy }, left) {
    this.maxEntries = maxEntries
    this.maxBytes = maxBytes
    this.idleTtl = idleTtl
    this.left = left
    this.engine = new Engine(session, policy, maxEntries)
    /** @type {Map<string, number>} */
    this.slots = new Map()
    /** @type {(string | undefined)[]} */
    this.keys = []
    this.values = NO_VALUES.slice()
    /** @type {number[]} Slots that are given out no longer. */
    this.free = []
    this.capacity = 0
    this.bytes = 0
    this.sizes = new Float64Array(0)
    /** @type {Float64Array | undefined} Until when a value is fresh; only once a value has a time. */
    this.freshUntil = undefined
    /** @type {Float64Array | undefined} When an entry goes; only once one does not go when it is stale. */
    this.endsAt = undefined
    /** @type {Float64Array | undefined} When it was last used. */
    this.usedAt = undefined
  }

  /**
   * The slot of a key, undefined if there is none; one that has come to its end is dropped.
   * @param {string} key
   * @param {number} now
   */
  find(key, now) {
    const slot = this.slots.get(key)
    if (slot === undefined || now < this.endOf(slot)) return slot
    this.drop(slot, 'expired')
    return undefined
  }

  /**
   * @param {number} slot
   * @param {number} now
   */
  isFresh(slot, now) {
    return now < this.freshEndOf(slot)
  }

  /**
   * Notes a use and gives the value.
   * @param {number} slot
   * @param {number} now
   */
  use(slot, now) {
    this.engine.touch(slot)
    if (this.usedAt !== undefined) this.usedAt[slot] = now
    return this.values[slot]
  }

  /**
   * The time, if any entry has one; else 0, which costs less.
   * @param {import('./cache-clock.js').CacheClock} clock
   */
  timeOf(clock) {
    return this.freshUntil === undefined && this.idleTtl === undefined ? 0 : clock.now()
  }

  /**
   * Until when a value is fresh, idle time included.
   * @param {number} slot
   * @returns {number}
   */
  freshEndOf(slot) {
    const until = this.freshUntil === undefined ? Infinity : /** @type {number} */ (this.freshUntil[slot])
    return this.usedAt === undefined ? until : Math.min(until, this.idleEndOf(slot))
  }

  /**
   * When an entry goes.
   * @param {number} slot
   * @returns {number}
   */
  endOf(slot) {
    const ends = this.endsAt ?? this.freshUntil
    const end = ends === undefined ? Infinity : /** @type {number} */ (ends[slot])
    return this.usedAt === undefined ? end : Math.min(end, this.idleEndOf(slot))
  }

  /**
   * Puts an entry; its size alone must not be above the limit.
   * @param {string} key
   * @param {unknown} value
   * @param {number} size
   * @param {number} freshUntil
   * @param {number} endsAt
   * @param {number} now
   */
  put(key, value, size, freshUntil, endsAt, now) {
    const held = this.find(key, now)
    if (held !== undefined && this.replace(held, value, size, now)) {
      this.time(held, freshUntil, endsAt, now)
      return
    }
    const slot = this.roomFor(size, now)
    this.slots.set(key, slot)
    this.keys[slot] = key
    this.values[slot] = value
    if (size > 0 || this.sizes.length > 0) this.resize(slot, 0, size)
    this.engine.insert(slot, key)
    this.time(slot, freshUntil, endsAt, now)
  }

  /**
   * Puts another value into a slot, which is a use of it; drops the entry if there is no room for that.
   * @param {number} slot
   * @param {unknown} value
   * @param {number} size
   * @param {number} now
   * @returns {boolean} Whether the slot holds it now.
   */
  replace(slot, value, size, now) {
    if (size > 0 || this.sizes.length > 0) {
      const old = this.sizeOf(slot)
      if (this.bytes + size - old > this.maxBytes) this.sweep(now)
      if (this.bytes + size - old > this.maxBytes) {
        this.drop(slot, 'replaced')
        return false
      }
      this.resize(slot, old, size)
    }
    const old = this.values[slot]
    this.engine.touch(slot)
    this.values[slot] = value
    if (old !== value) this.left(/** @type {string} */ (this.keys[slot]), old, 'replaced')
    return true
  }

  /**
   * Drops an entry.
   * @param {number} slot
   * @param {EvictReason} reason
   */
  drop(slot, reason) {
    this.empty(slot, reason)
    this.release(slot)
  }

  /**
   * Drops what has come to its end.
   * @param {number} now
   * @returns {number} How many there were.
   */
  sweep(now) {
    let count = 0
    while (this.engine.nextDue <= now) count += this.sweepSome(now)
    return count
  }

  /** Drops everything. */
  clear() {
    for (const slot of this.slots.values()) this.drop(slot, 'cleared')
    this.keys.length = 0
    this.values.length = 0
    this.free.length = 0
  }

  /** Drops the half least worth keeping: the host is short of memory. */
  shrink() {
    const order = this.engine.order()
    for (const slot of order.subarray(0, Math.ceil(order.length / 2))) this.drop(slot, 'capacity')
  }

  /**
   * The slots in use, the one most worth keeping first.
   * @returns {Uint32Array}
   */
  order() {
    return this.engine.order().reverse()
  }

  /** Gives everything back. */
  end() {
    this.slots.clear()
    this.keys = []
    this.values = NO_VALUES.slice()
    this.bytes = 0
    this.engine.end()
  }

  /**
   * Makes room for one entry.
   * @param {number} size
   * @param {number} now
   * @returns {number} A slot whose entry has left, if one had, and which is to be filled at once.
   */
  roomFor(size, now) {
    let slot = -1
    while (this.slots.size >= this.maxEntries || this.bytes + size > this.maxBytes) {
      // The slot emptied last is used again at once, and the core need not hear that it was empty.
      if (slot !== -1) this.release(slot)
      slot = this.evict(now)
    }
    if (slot !== -1) return slot
    slot = this.free.pop() ?? this.keys.length
    if (slot >= this.capacity) this.grow()
    return slot
  }

  /**
   * Empties a slot: those that have come to their end, else the one that leaves next.
   * @param {number} now
   * @returns {number} The slot, which is not released; -1 if all are.
   */
  evict(now) {
    while (this.engine.nextDue <= now) if (this.sweepSome(now) > 0) return -1
    const slot = this.engine.victim(this.slots.size)
    this.empty(slot, 'capacity')
    return slot
  }

  /** @param {number} now */
  sweepSome(now) {
    let count = 0
    for (const slot of this.engine.takeDue(now, DUE_BUDGET)) {
      // A slot may be due although its entry is not: it was used since, or holds another one.
      if (this.keys[slot] === undefined) continue
      const end = this.endOf(slot)
      if (end <= now) {
        this.drop(slot, 'expired')
        count += 1
      } else if (end < Infinity) this.engine.arm(slot, end)
    }
    return count
  }

  /**
   * Takes an entry out of its slot, whose key and value are then to be written over.
   * @param {number} slot
   * @param {EvictReason} reason
   */
  empty(slot, reason) {
    const key = /** @type {string} */ (this.keys[slot])
    this.slots.delete(key)
    if (this.sizes.length > 0) this.resize(slot, this.sizeOf(slot), 0)
    this.left(key, this.values[slot], reason)
  }

  /** @param {number} slot */
  release(slot) {
    this.keys[slot] = undefined
    this.values[slot] = undefined
    this.engine.remove(slot)
    this.free.push(slot)
  }

  /**
   * Notes the times of an entry.
   * @param {number} slot
   * @param {number} freshUntil
   * @param {number} endsAt
   * @param {number} now
   */
  time(slot, freshUntil, endsAt, now) {
    if (this.freshUntil === undefined) {
      if (endsAt === Infinity && this.idleTtl === undefined) return
      this.freshUntil = new Float64Array(this.capacity).fill(Infinity)
      if (this.idleTtl !== undefined) this.usedAt = new Float64Array(this.capacity)
    }
    this.freshUntil[slot] = freshUntil
    if (this.endsAt !== undefined) this.endsAt[slot] = endsAt
    else if (endsAt !== freshUntil) {
      this.endsAt = this.freshUntil.slice()
      this.endsAt[slot] = endsAt
    }
    if (this.usedAt !== undefined) this.usedAt[slot] = now
    const end = this.endOf(slot)
    if (end < Infinity) this.engine.arm(slot, end)
  }

  /** @param {number} slot */
  idleEndOf(slot) {
    return (this.usedAt?.[slot] ?? 0) + (this.idleTtl ?? Infinity)
  }

  /**
   * @param {number} slot
   * @returns {number}
   */
  sizeOf(slot) {
    return this.sizes[slot] ?? 0
  }

  /**
   * Notes what the entry of a slot takes, 0 for none.
   * @param {number} slot
   * @param {number} before
   * @param {number} size
   */
  resize(slot, before, size) {
    if (this.sizes.length === 0) this.sizes = new Float64Array(this.capacity)
    this.sizes[slot] = size
    this.bytes += size - before
  }

  grow() {
    const capacity = Math.min(this.maxEntries, Math.max(SLOTS_MIN, this.capacity * 2))
    this.capacity = capacity
    this.engine.grow(capacity)
    if (this.sizes.length > 0) this.sizes = grown(this.sizes, capacity)
    if (this.freshUntil) this.freshUntil = grown(this.freshUntil, capacity)
    if (this.endsAt) this.endsAt = grown(this.endsAt, capacity)
    if (this.usedAt) this.usedAt = grown(this.usedAt, capacity)
  }
}

/**
 * @param {Float64Array} numbers
 * @param {number} length
 */
function grown(numbers, length) {
  const larger = new Float64Array(length).fill(Infinity)
  larger.set(numbers)
  return larger
}
