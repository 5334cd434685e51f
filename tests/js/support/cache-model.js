// @ts-check
/**
 * A cache that is obviously right and slow: two Maps, in which what has come to its end vanishes at once.
 * The first Map is in the order of use; the second one is what the store holds, and `durable` what it
 * held when it was last written.
 */

/**
 * @typedef {object} Entry
 * @property {any} value
 * @property {number} fresh
 * @property {number} ends
 * @property {number} used
 * @property {string[]} tags
 * @property {number} size
 */

/** What the cache measures of a key with a number. @param {string} key */
const measured = key => 8 + key.length * 2

/** A cache in plain words. */
export class Model {
  /**
   * @param {any} options As `createCache` takes them, times in milliseconds.
   * @param {boolean} [isDeferred] Whether the host answers later, so that `get` sees memory only.
   * @param {() => string | undefined} [nextVictim] Who left next, where the order is not that of use: this
   *   model then says how many leave and when, but not who.
   */
  constructor(options, isDeferred = false, nextVictim = undefined) {
    const { maxEntries = 1000, maxBytes = Infinity, maxEntryBytes = Infinity, ...rest } = options
    this.isDeferred = isDeferred
    this.nextVictim = nextVictim
    this.limits = { maxEntries, maxBytes, sizeMax: Math.min(maxBytes, maxEntryBytes) }
    this.isSized = this.limits.sizeMax < Infinity
    this.options = rest
    /** @type {Map<string, Entry>} */
    this.memory = new Map()
    /** @type {Map<string, Entry>} */
    this.store = new Map()
    /** @type {[number, Map<string, Entry>]} */
    this.durable = [0, new Map()]
    this.wall = 0
    this.lag = 0
    /** @type {[string, any, string][]} */
    this.events = []
  }

  get now() {
    return this.wall + this.lag
  }

  get bytes() {
    return Array.from(this.memory.values()).reduce((sum, { size }) => sum + size, 0)
  }

  /** @param {number} wall */
  moveTo(wall) {
    if (wall < this.wall) this.lag += this.wall - wall
    this.wall = wall
    this.vanish()
  }

  vanish() {
    const { idleTtl = Infinity } = this.options
    for (const [key, { value, ends, used }] of this.memory) {
      if (this.now < Math.min(ends, used + idleTtl)) continue
      this.memory.delete(key)
      this.store.delete(key)
      this.events.push([key, value, 'expired'])
    }
    for (const [key, { ends }] of this.store) if (this.now >= ends) this.store.delete(key)
  }

  /** @param {string} key @returns {Entry | undefined} */
  promoted(key) {
    const stored = this.store.get(key)
    if (this.memory.has(key) || !stored) return this.memory.get(key)
    this.put(key, { ...stored, used: this.now })
    return this.memory.get(key)
  }

  /** @param {string} key @param {Entry} entry */
  put(key, entry) {
    const { maxEntries, maxBytes } = this.limits
    const old = this.memory.get(key)
    this.memory.delete(key)
    const fits = old && this.bytes + entry.size <= maxBytes
    if (old && !(fits && old.value === entry.value)) this.events.push([key, old.value, 'replaced'])
    while (this.memory.size >= maxEntries || this.bytes + entry.size > maxBytes) {
      const [first] = this.memory.keys()
      const coldest = this.nextVictim ? this.nextVictim() : first
      const leaving = coldest === undefined ? undefined : this.memory.get(coldest)
      if (coldest === undefined || !leaving) throw new Error(`somebody must leave, but not ${coldest}`)
      const { value } = leaving
      this.memory.delete(coldest)
      this.events.push([coldest, value, 'capacity'])
    }
    this.memory.set(key, entry)
  }

  /** @param {string} key @param {any} value @param {any} options @param {number} [grace] */
  set(key, value, { ttl = this.options.ttl, tags = [], size } = {}, grace = this.grace) {
    const bytes = size ?? (this.isSized ? measured(key) : 0)
    if (bytes > this.limits.sizeMax) {
      this.remove(key, 'replaced')
      return false
    }
    const fresh = ttl === undefined || ttl === null ? Infinity : this.now + ttl
    const entry = { value, fresh, ends: fresh + grace, used: this.now, tags, size: bytes }
    this.put(key, entry)
    if (this.options.persist) {
      this.store.delete(key)
      this.store.set(key, entry)
    }
    return true
  }

  get grace() {
    return Math.max(this.options.staleWhileRevalidate ?? 0, this.options.staleIfError ?? 0)
  }

  /** @param {Entry | undefined} entry */
  isFresh(entry) {
    return entry !== undefined && this.now < entry.fresh
  }

  /** @param {string} key */
  peek(key) {
    const entry = this.isDeferred ? this.memory.get(key) : this.promoted(key)
    return this.isFresh(entry) ? entry?.value : undefined
  }

  /** @param {string} key */
  get(key) {
    const entry = this.isDeferred ? this.memory.get(key) : this.promoted(key)
    if (!entry || !this.isFresh(entry)) return undefined
    this.memory.delete(key)
    this.memory.set(key, { ...entry, used: this.now })
    return entry.value
  }

  /** @param {string} key */
  find(key) {
    this.promoted(key)
    return this.get(key)
  }

  /** @param {string} key */
  has(key) {
    return this.isFresh(this.memory.get(key) ?? this.store.get(key))
  }

  /** @param {string} key */
  remaining(key) {
    const entry = this.memory.get(key) ?? this.store.get(key)
    if (!entry) return 0
    const idleEnd = this.memory.has(key) ? entry.used + (this.options.idleTtl ?? Infinity) : Infinity
    return Math.max(0, Math.min(entry.fresh, idleEnd) - this.now)
  }

  /** @param {string} key @param {string} reason */
  remove(key, reason) {
    const entry = this.memory.get(key)
    if (entry) this.events.push([key, entry.value, reason])
    const wasStored = this.store.delete(key)
    return this.memory.delete(key) || wasStored
  }

  /** @param {(key: string, entry: Entry) => boolean} isMatch */
  removeAll(isMatch) {
    const all = new Map([...this.store, ...this.memory])
    return [...all].filter(([key, entry]) => isMatch(key, entry) && this.remove(key, 'deleted')).length
  }

  clear() {
    for (const key of [...this.memory.keys()]) this.remove(key, 'cleared')
    this.store.clear()
  }

  /** The most lately used first. */
  entries() {
    const fresh = [...this.memory].reverse().filter(([, entry]) => this.isFresh(entry))
    return fresh.map(([key, { value }]) => [key, value])
  }

  /** By a loader that brings a value, or fails if there is none. @param {string} key @param {any} value */
  wrap(key, value, options = {}) {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.options
    const entry = this.promoted(key)
    if (this.isFresh(entry)) return this.get(key)
    const age = entry ? this.now - entry.fresh : Infinity
    if (value !== undefined) this.set(key, value, options)
    if (age < staleWhileRevalidate) return entry?.value
    if (value !== undefined) return value
    return age < staleIfError ? entry?.value : 'failed'
  }

  flush() {
    this.durable = [this.wall, new Map([...this.store].map(([key, entry]) =>
      [key, { ...entry, fresh: entry.fresh - this.now, ends: entry.ends - this.now }]))]
  }

  /** Dies; what was written last comes back. */
  reopen() {
    const [at, entries] = this.durable
    this.lag = 0
    const age = Math.max(0, this.wall - at)
    this.memory.clear()
    this.store = new Map([...entries].map(([key, entry]) =>
      [key, { ...entry, fresh: entry.fresh - age + this.wall, ends: entry.ends - age + this.wall }]))
    this.vanish()
  }
}
