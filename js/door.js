// @ts-check
/**
 * The door of the core as the shell sees it: the types of what wasm-bindgen generates into `core/`.
 * Only types live here, so that the shell is checked against the door before the core is built.
 */

/**
 * One loaded core.
 * @typedef {object} Glue
 * @property {new (options: CoreOptions, entropy: Uint8Array, now: number) => Core} Core
 * @property {new () => Batch} Batch
 * @property {() => void} [disarm] Turns every way into a broken core into a no-op: the collector of
 *   garbage frees what was left behind, and must not run code over memory that may be damaged.
 */

/**
 * What the core must know of its host before the first question.
 * @typedef {object} CoreOptions
 * @property {boolean} atomicCommit
 * @property {'text' | 'bytes' | 'native'} holds
 * @property {number} [entryBytes]
 * @property {number} [totalBytes]
 * @property {string[]} foreignPrefixes
 * @property {boolean} witness
 * @property {boolean} info
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

/** @typedef {{ type: 'expire' | 'wiped', namespace: string, key: string }} Notice */

/**
 * The store, wired to one host. Every verb makes an operation; nothing happens until it is resumed.
 * @typedef {object} Core
 * @property {(now: number) => Operation} open
 * @property {(path: string, key: string, now: number) => Operation} get
 * @property {(path: string, keys: string[], now: number) => Operation} getMany
 * @property {(path: string, range: Range, now: number) => Operation} entries
 * @property {(path: string, range: Range, now: number) => Operation} keys
 * @property {(path: string, key: string, now: number) => Operation} meta
 * @property {(path: string, key: string, now: number) => Operation} has
 * @property {(batch: Batch, now: number) => Operation} commit
 * @property {(path: string, key: string, ttl: number, now: number) => Operation} touch
 * @property {(path: string, now: number) => Operation} clear
 * @property {(now: number) => Operation} cleanup
 * @property {(path: string, now: number) => Operation} info
 * @property {(path: string, key: string, form: number, text: string, now: number) => Operation} willFit
 * @property {(now: number) => Operation} acknowledgeWipe
 * @property {() => Notice[]} takeNotices
 * @property {boolean} hasNotices
 * @property {() => void} free
 */

/**
 * The changes of one commit, in order.
 * @typedef {object} Batch
 * @property {(path: string, key: string, form: number, text: string, ttl: number,
 *   compression: number, overwrite: boolean) => void} put
 * @property {(version: number) => void} expectVersion
 * @property {(form: number, text: string) => void} expectContent
 * @property {(path: string, key: string) => void} remove
 */

/**
 * One operation under way: it asks, is answered, and is resumed until it is done or has failed.
 * @typedef {object} Operation
 * @property {() => number} resume
 * @property {number} count
 * @property {(index: number) => string} key
 * @property {(index: number) => number} dataKind
 * @property {(index: number) => string} text
 * @property {(index: number) => Uint8Array} bytes
 * @property {() => string[]} removes
 * @property {(text: string) => void} pushText
 * @property {(bytes: Uint8Array) => void} pushBytes
 * @property {(form: number, text: string) => void} pushValue
 * @property {() => void} pushMissing
 * @property {(value: number) => void} pushNumber
 * @property {(faultCode: number, message: string) => void} fail
 * @property {(index: number) => boolean} found
 * @property {(index: number) => number} form
 * @property {(index: number) => number} number
 * @property {number} keyCount
 * @property {string} errorCode
 * @property {string} errorMessage
 * @property {string | undefined} errorKey
 * @property {string | undefined} errorNamespace
 * @property {() => void} free
 */

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
