// @ts-check
/**
 * The engine of one cache as JavaScript holds it: when its slots were used, and the slots that the core
 * says leave next. A use costs one store here, and a crossing serves many evictions. Invariant: the order
 * is exact all the same. The victims fetched last stay right as long as those are passed over that were
 * used since.
 */

import { StorageError } from './errors.js'

/** @typedef {import('./door.js').CacheEngine} CacheEngine */
/** @typedef {import('./session.js').Session} Session */

/** How a word of the log says what happened: its upper 2 bits, as the core reads them. */
const KIND = Object.freeze({ INSERT: 1 << 30, REMOVE: 2 << 30, ARM: 3 << 30 })

/** The policies, each at the place that is its number at the door. */
const POLICIES = Object.freeze(/** @type {const} */ (['lru', 'w-tinylfu']))

/** How many words are collected: enough that a crossing costs nothing for each. */
const LOG_WORDS = 512
/** The most words that one change takes. */
const CHANGE_WORDS = 3
const WORD = 0x100000000
/** With 'lru' this part of the entries is fetched as victims: the core looks at all to find them. */
const FETCHED_PART = 2
const FETCHED_MIN = 64
/** After so many uses the stamps begin anew. */
const STAMP_MAX = 0xFFFFFFFE
const NO_SLOTS = new Uint32Array(0)

/** What happened, and who is next. */
export class Engine {
  /**
   * @param {Session} session
   * @param {'lru' | 'w-tinylfu'} policy
   * @param {number} entries How many there will be, about.
   */
  constructor(session, policy, entries) {
    this.session = session
    const number = POLICIES.indexOf(policy)
    this.isStamped = number === 0
    this.make = () => {
      const { CacheEngine } = session.instance.glue
      if (CacheEngine) return new CacheEngine(number, entries)
      throw new StorageError('UNSUPPORTED', 'this core was built without the cache: use a whole one')
    }
    /** @type {CacheEngine | undefined} Made when it is needed. */
    this.own = undefined
    this.log = new Uint32Array(LOG_WORDS)
    this.logged = 0
    /** For each slot the number of its last use, 0 for an empty one. */
    this.stamps = new Uint32Array(0)
    this.stamp = 0
    /** @type {Uint32Array} */
    this.victims = NO_SLOTS
    this.victimAt = 0
    /** The last use that the victims know of. */
    this.fetchedAt = 0
    /** A time before which no slot is due. */
    this.nextDue = Infinity
    /** @type {Float64Array | undefined} When each slot is told, Infinity for never; only once one is. */
    this.due = undefined
  }

  /** @param {number} slots */
  grow(slots) {
    const grown = new Uint32Array(slots)
    grown.set(this.stamps)
    this.stamps = grown
    if (this.due === undefined) return
    const due = new Float64Array(slots).fill(Infinity)
    due.set(this.due)
    this.due = due
  }

  /** @param {number} slot */
  touch(slot) {
    if (this.stamp === STAMP_MAX) this.restamp()
    this.stamp += 1
    this.stamps[slot] = this.stamp
    if (!this.isStamped) this.write(slot)
  }

  /**
   * Notes that a slot holds another entry.
   * @param {number} slot
   * @param {string} key
   */
  insert(slot, key) {
    if (this.isStamped) {
      this.touch(slot)
      return
    }
    this.stamp += 1
    this.stamps[slot] = this.stamp
    this.write(slot | KIND.INSERT, hashOf(key))
  }

  /** @param {number} slot */
  remove(slot) {
    this.stamps[slot] = 0
    if (this.due !== undefined) this.due[slot] = Infinity
    if (this.due !== undefined || !this.isStamped) this.write(slot | KIND.REMOVE)
  }

  /**
   * Has a slot told at a time, or before it: one that lives longer than it did is not armed anew.
   * @param {number} slot
   * @param {number} due
   */
  arm(slot, due) {
    this.due ??= new Float64Array(this.stamps.length).fill(Infinity)
    if (due >= /** @type {number} */ (this.due[slot])) return
    this.due[slot] = due
    this.write(slot | KIND.ARM, Math.floor(due / WORD), due % WORD)
    if (due < this.nextDue) this.nextDue = due
  }

  /**
   * The slot that leaves next; there must be one.
   * @param {number} entries How many there are.
   */
  victim(entries) {
    for (;;) {
      const { victims, stamps, fetchedAt } = this
      for (let at = this.victimAt; at < victims.length; at += 1) {
        const slot = /** @type {number} */ (victims[at])
        const stamp = /** @type {number} */ (stamps[slot])
        if (stamp === 0 || stamp > fetchedAt) continue
        this.victimAt = at + 1
        return slot
      }
      this.fetch(entries)
    }
  }

  /**
   * Has the core say who leaves next.
   * @param {number} entries
   */
  fetch(entries) {
    this.flush()
    const count = this.isStamped ? Math.max(FETCHED_MIN, Math.ceil(entries / FETCHED_PART)) : 1
    this.victims = this.guarded(() => this.core.victims(this.stampsToSend(), count))
    this.victimAt = 0
    this.fetchedAt = this.stamp
    if (this.victims.length === 0) throw new RangeError('an empty cache was asked to evict')
  }

  /**
   * Takes slots that are to be told, at most so many.
   * @param {number} now
   * @param {number} budget
   */
  takeDue(now, budget) {
    this.flush()
    return this.guarded(() => {
      const slots = this.core.due(now, budget)
      this.nextDue = this.core.nextDue
      if (this.due !== undefined) for (const slot of slots) this.due[slot] = Infinity
      return slots
    })
  }

  /** Every slot in use, the one least worth keeping first. */
  order() {
    this.flush()
    return this.guarded(() => this.core.order(this.stampsToSend()))
  }

  /** Tells the core what was collected. */
  flush() {
    const { log, logged } = this
    if (logged === 0) return
    this.logged = 0
    this.guarded(() => this.core.apply(log.subarray(0, logged)))
  }

  /** Gives the memory of the core back. */
  end() {
    const { own } = this
    this.own = undefined
    if (own && !this.session.instance.isBroken) this.guarded(() => own.free())
  }

  /** @returns {CacheEngine} */
  get core() {
    this.own ??= this.make()
    return this.own
  }

  /** What the policy needs of the stamps. */
  stampsToSend() {
    return this.isStamped ? this.stamps : NO_SLOTS
  }

  /** Numbers the uses anew, in their order. */
  restamp() {
    const order = this.order()
    this.stamp = 0
    for (const slot of order) {
      this.stamp += 1
      this.stamps[slot] = this.stamp
    }
    this.victims = NO_SLOTS
  }

  /**
   * @param {number} word
   * @param {number} [second]
   * @param {number} [third]
   */
  write(word, second, third) {
    if (this.logged + CHANGE_WORDS > LOG_WORDS) this.flush()
    const { log } = this
    let at = this.logged
    log[at] = word
    if (second !== undefined) log[at += 1] = second
    if (third !== undefined) log[at += 1] = third
    this.logged = at + 1
  }

  /**
   * Runs the core; what comes out of it as an exception means that it broke.
   * @template T
   * @param {() => T} run
   * @returns {T}
   */
  guarded(run) {
    const { session } = this
    session.refuseIfFinished()
    try {
      return run()
    } catch (panic) {
      if (StorageError.is(panic)) throw panic
      session.instance.break(panic)
      throw session.instance.brokenError()
    }
  }
}

/**
 * FNV-1a over the units of a string, which the core spreads further.
 * @param {string} key
 */
function hashOf(key) {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}
