// @ts-check
/**
 * The door of the core as the shell sees it: the types of what wasm-bindgen generates into `core/`.
 * Only types live here, so that the shell is checked against the door before the core is built.
 */

/**
 * One loaded core.
 * @typedef {object} Glue
 * @property {CoreMaker} Core
 * @property {(request: string) => Float64Array} httpDirectives
 * @property {(method: string, request: string, status: number, response: string, requestTime: number,
 *   responseTime: number, fallbackTtl: number) => Float64Array} httpPolicy
 * @property {(flags: number, responseTime: number, initialAge: number, lifetime: number,
 *   staleWhileRevalidate: number, asked: number, maxAge: number, minFresh: number, maxStale: number,
 *   now: number) => number} httpReuse
 * @property {(flags: number, responseTime: number, initialAge: number, lifetime: number, staleIfError:
 *   number, asked: number, allowed: number, now: number) => boolean} httpServesOnError
 * @property {(responseTime: number, initialAge: number, now: number) => number} httpAge
 * @property {(vary: string, request: string) => string} httpVaryKey
 * @property {(response: string) => string} httpStorable
 * @property {(stored: string, received: string) => string} httpFreshened
 * @property {(range: string, total: number) => Float64Array} httpRange
 * @property {(range: string) => Float64Array} httpContentRange
 * @property {(text: string) => string} httpDigest
 * @property {new (policy: number, entries: number) => CacheEngine} [CacheEngine] Only in builds that have
 *   a cache.
 * @property {new (concurrency: number, attempts: number, base: number, cap: number, timeout: number,
 *   stall: number) => UploadEngine} [UploadEngine] Only in builds that have an upload queue.
 * @property {new () => FileDigest} [FileDigest] Only in builds that have uploads.
 * @property {() => void} [disarm] Turns every way into a broken core into a no-op: the collector of
 *   garbage frees what was left behind, and must not run code over memory that may be damaged.
 */

/**
 * @typedef {object} CoreMaker
 * @property {(holds: number, abilities: number, entryBytes: number, totalBytes: number,
 *   foreignPrefixes: string, entropy: Uint8Array, now: number) => Core | undefined} make Nothing if an
 *   argument is wrong. Foreign prefixes are joined by NUL, a limit of 0 is none.
 */

/**
 * The SHA-256 of what it is given, part by part.
 * @typedef {object} FileDigest
 * @property {(bytes: Uint8Array) => void} update
 * @property {() => string} finish In hexadecimal digits.
 * @property {() => void} free
 */

/**
 * The keys a listing is about: those within all the bounds given, in the order of their UTF-8 bytes.
 * @typedef {object} Range
 * @property {string} [prefix] Keys that begin with it.
 * @property {string} [gt] Keys after it.
 * @property {string} [gte] This key and those after it.
 * @property {string} [lt] Keys before it.
 * @property {string} [lte] This key and those before it.
 * @property {number} [limit] At most so many, counted from the end where the listing begins.
 * @property {boolean} [reverse] From the last key to the first.
 */

/**
 * The store, wired to one host. Every verb is an operation; nothing happens until it is resumed.
 * @typedef {object} Core
 * @property {(verb: number, path: string, now: number) => Operation} begin The further arguments of
 *   the verb are pushed: `src/wasm/verb.rs` lists them.
 * @property {() => void} free
 */

/**
 * One operation under way: it is given its arguments, asks, is answered, and is resumed until it is
 * done or has failed.
 * @typedef {object} Operation
 * @property {() => number} resume
 * @property {number} keyCount
 * @property {number} count
 * @property {(index: number) => string} key
 * @property {(index: number) => number} kind
 * @property {(index: number) => string} text
 * @property {(index: number) => Uint8Array} bytes
 * @property {(index: number) => number} number
 * @property {(kind: number, text: string) => void} push
 * @property {(bytes: Uint8Array) => void} pushBytes
 * @property {() => void} pushMissing
 * @property {(value: number) => void} pushNumber
 * @property {(faultCode: number, message: string) => void} fail
 * @property {() => number} nextNotice
 * @property {() => void} free
 */

/**
 * The rules of one cache. What happened crosses as a log of words: the slot in the lower 30 bits, the
 * kind in the upper two (0 touched, 1 holds another entry and is followed by the hash of its key,
 * 2 holds nothing, 3 due at a time that follows in two words).
 * @typedef {object} CacheEngine
 * @property {(log: Uint32Array) => void} apply
 * @property {(stamps: Uint32Array, count: number) => Uint32Array} victims By the stamp of the last use of
 *   each slot, 0 for an empty one.
 * @property {(now: number, budget: number) => Uint32Array} due
 * @property {number} nextDue
 * @property {(stamps: Uint32Array) => Uint32Array} order
 * @property {() => void} free
 */

/**
 * The rules of one upload queue: `src/wasm/upload.rs` says what its numbers mean.
 * @typedef {object} UploadEngine
 * @property {(slot: number, priority: number, attempts: number, due: number, now: number) => boolean} add
 * @property {(now: number) => number} claim
 * @property {(slot: number) => number} claimOf
 * @property {(slot: number, now: number) => void} heard
 * @property {(slot: number, claim: number, bits: number, status: number, retryAfter: number,
 *   chance: number, now: number) => number} settle
 * @property {(now: number) => number} overdue
 * @property {(slot: number) => boolean} cancel
 * @property {(slot: number) => boolean} forget
 * @property {(reasons: number) => void} holdFor
 * @property {(now: number) => number} nextDeadline
 * @property {(slot: number, now: number) => Float64Array} explain
 * @property {(slot: number) => number} attempts
 * @property {(slot: number) => number} due
 * @property {number} limit
 * @property {() => void} free
 */

/** What a host holds, by the numbers of the door. */
export const HOLDS = Object.freeze({ text: 0, bytes: 1, native: 2 })

/** What a host can do, as bits. */
export const ABILITY = Object.freeze({ ATOMIC_COMMIT: 1, WITNESS: 2, INFO: 4, LISTS: 8, EXCLUSIVE: 16 })

/** The verbs, by their numbers. */
export const VERB = Object.freeze({
  OPEN: 0,
  GET: 1,
  ENTRIES: 2,
  KEYS: 3,
  META: 4,
  HAS: 5,
  COMMIT: 6,
  TOUCH: 7,
  CLEAR: 8,
  CLEANUP: 9,
  INFO: 10,
  WILL_FIT: 11,
  ACKNOWLEDGE_WIPE: 12,
  UNLOCK: 13,
  LOCK: 14,
  VAULT_STATE: 15,
  CHANGE_SECRET: 16,
  ROTATE: 17,
  ROTATION_STEP: 18,
  SHRED: 19,
  INSPECT: 20,
  SYNC_OPEN: 21,
  SYNC_ADD: 22,
  SYNC_CLAIM: 23,
  SYNC_PUSHED: 24,
  SYNC_PULLED: 25,
  SYNC_COMPARED: 26,
  SYNC_REPAIRED: 27,
  SYNC_FAILED: 28,
  SYNC_REQUEUE: 29,
  SYNC_DISCARD: 30,
  SYNC_PENDING: 31,
  SYNC_REJECTED: 32,
  SYNC_FATE: 33,
  SYNC_STATUS: 34,
  SYNC_WANT: 35,
  SYNC_START: 36,
  SYNC_HOLD: 37,
  SYNC_SECRET: 38,
  SYNC_OFFER: 39,
  SYNC_AGREE: 40,
  SYNC_SEAL: 41,
  SYNC_UNSEAL: 42,
})

/** What kind of data crosses; the first three are the forms of the value codec. */
export const KIND = Object.freeze({ JSON: 0, TAGGED: 1, STRING: 2, TEXT: 3, BYTES: 4, MISSING: 5 })

/** What the core has to tell that nobody asked for. */
export const NOTICE = Object.freeze({ NONE: 0, EXPIRED: 1, WIPED: 2 })

/** The steps an operation can take, by the numbers of the door. */
export const STEP = Object.freeze({
  DONE: 0,
  FAILED: 1,
  READ: 2,
  WRITE: 3,
  REMOVE: 4,
  LIST: 5,
  COMMIT: 6,
  INFO: 7,
  READ_WITNESS: 8,
  WRITE_WITNESS: 9,
})

/** A TTL of the door that says: lives for ever. */
export const NO_TTL = -1

/** A TTL of the door that says: expires when the value replaced would have. */
export const KEPT_TTL = -2

/** How the door counts compressions. */
export const COMPRESSION = Object.freeze({ NONE: 0, LZ4: 1, KEPT: 2 })

/** Added to the compression of a put that may replace a record that cannot be read. */
export const OVERWRITE = 4

/** A version of the door that says: whatever is there. */
export const ANY_VERSION = -1
