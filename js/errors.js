// @ts-check
/**
 * The one error class and its closed list of codes, each with its cause, its remedy and whether
 * trying again can help. Messages are written where failures happen; nothing here decides when.
 */

/**
 * What is known of a code before anything happened.
 * @typedef {object} ErrorRow
 * @property {boolean} retryable True if the same call may succeed later without a change.
 * @property {string} cause Why it happens, as a sentence for the table in the documentation.
 * @property {string} remedy What to do about it.
 */

/**
 * The error table: every code, in the order of the documentation.
 * @type {{ readonly [Code in ErrorCode]: Readonly<ErrorRow> }}
 */
export const ERROR_TABLE = {
  INVALID_KEY: {
    retryable: false,
    cause: 'A key or namespace is empty, too long, reserved or not a string.',
    remedy: 'use a non-empty string of at most 1024 bytes'
  },
  INVALID_VALUE: {
    retryable: false,
    cause: 'A value cannot come back as it went in: a function, a symbol, a Promise, a class instance.',
    remedy: 'store plain data, or give the object a toJSON method; `path` says where it lies'
  },
  INVALID_OPTION: {
    retryable: false,
    cause: 'An option is unknown or out of its range.',
    remedy: 'pass what the message expects'
  },
  VALUE_TOO_LARGE: {
    retryable: false,
    cause: 'One value is larger than the host, or this library, can hold.',
    remedy: 'divide the value among several keys, or store it with compress: true'
  },
  QUOTA_EXCEEDED: {
    retryable: false,
    cause: 'The host has no room left.',
    remedy: 'remove what is not needed, call cleanup(), or ask willFit() first'
  },
  CORRUPT: {
    retryable: false,
    cause: 'Stored bytes are damaged, or something else wrote them.',
    remedy: 'rescue what you can, then remove the key or set it with { overwrite: true }; nothing was deleted'
  },
  LOCKED: {
    retryable: false,
    cause: 'An encrypted value was asked for while the secret is locked away.',
    remedy: 'call unlock() first'
  },
  WRONG_SECRET: {
    retryable: false,
    cause: 'The passphrase or secret does not open what was stored.',
    remedy: 'ask for the passphrase again; the data are untouched'
  },
  SECRET_MISSING: {
    retryable: false,
    cause: 'The secret that sealed the record is not at hand.',
    remedy: 'unlock with the secret that sealed it, or remove the key'
  },
  CONFLICT: {
    retryable: true,
    cause: 'The stored value is not the one the caller expected.',
    remedy: 'read it again and repeat the change, or use update()'
  },
  BUSY: {
    retryable: true,
    cause: 'Another tab, worker or process holds the store.',
    remedy: 'try again later, or close the other owner'
  },
  NOT_IMMEDIATE: {
    retryable: false,
    cause: 'A Sync verb was called on a host that only answers later.',
    remedy: 'use the verb without Sync and await it'
  },
  UNSUPPORTED: {
    retryable: false,
    cause: 'This version, build, engine or host cannot do what was asked.',
    remedy: 'update the library, or use a host or engine that can'
  },
  HOST_FAILED: {
    retryable: true,
    cause: 'The host refused for a reason of its own.',
    remedy: 'look at `cause` for the words of the host, and try again'
  },
  NETWORK_FAILED: {
    retryable: true,
    cause: 'The network failed before an answer came.',
    remedy: 'try again when the device is online'
  },
  HTTP_STATUS: {
    retryable: false,
    cause: 'A server answered with a status that means failure.',
    remedy: 'look at the status and the answer of the server'
  },
  TIMEOUT: {
    retryable: true,
    cause: 'Something took longer than it was allowed.',
    remedy: 'try again, or allow more time'
  },
  ABORTED: {
    retryable: false,
    cause: 'The caller gave up.',
    remedy: 'nothing: the call was cancelled on purpose'
  },
  REJECTED: {
    retryable: false,
    cause: 'A server refused a change for good.',
    remedy: 'correct the change and requeue it, or discard it'
  },
  CLOSED: {
    retryable: false,
    cause: 'The store was closed before the call.',
    remedy: 'open it again'
  },
  WIPED: {
    retryable: false,
    cause: 'The host lost what was stored: the user or the system cleared it.',
    remedy: 'fetch again what you need: the store is empty and works'
  },
  CORE_UNAVAILABLE: {
    retryable: false,
    cause: 'The WebAssembly core could not be loaded.',
    remedy: 'install the package again, or pass the place of the core as `wasm`'
  },
  CORE_PANICKED: {
    retryable: false,
    cause: 'The core met a defect of its own and has stopped.',
    remedy: 'start the program anew, and report the message as a defect'
  }
}

/**
 * What kind of failure an error is; the list is closed.
 * @typedef {'INVALID_KEY' | 'INVALID_VALUE' | 'INVALID_OPTION' | 'VALUE_TOO_LARGE' | 'QUOTA_EXCEEDED'
 *   | 'CORRUPT' | 'LOCKED' | 'WRONG_SECRET' | 'SECRET_MISSING' | 'CONFLICT' | 'BUSY' | 'NOT_IMMEDIATE'
 *   | 'UNSUPPORTED' | 'HOST_FAILED' | 'NETWORK_FAILED' | 'HTTP_STATUS' | 'TIMEOUT' | 'ABORTED' | 'REJECTED'
 *   | 'CLOSED' | 'WIPED' | 'CORE_UNAVAILABLE' | 'CORE_PANICKED'} ErrorCode
 */

/**
 * Every code, in the order of the table.
 * @type {readonly ErrorCode[]}
 */
export const ERROR_CODES = /** @type {ErrorCode[]} */ (/* @__PURE__ */ Object.keys(ERROR_TABLE))

/**
 * Where a failure belongs to, as far as it is known.
 * @typedef {object} ErrorDetails
 * @property {string} [key] The storage key as the caller knows it.
 * @property {string} [namespace] The namespace path; '' is the default namespace.
 * @property {string} [path] Where in the value, such as `$.a.b[3]`.
 * @property {unknown} [cause] What was thrown underneath.
 */

/** The same symbol in every copy of the library, so that the ESM and CJS builds know each other's errors. */
const BRAND = /* @__PURE__ */ Symbol.for('ministash.StorageError')

/**
 * The only error that this library throws.
 *
 * Its `message` says what happened and what to do, and never holds a stored value or a secret.
 * `instanceof` also holds for errors of another copy of the library (ESM beside CommonJS).
 *
 * @example
 * try { stash.storage.setSync('user', user) } catch (error) {
 *   if (error instanceof StorageError && error.code === 'QUOTA_EXCEEDED') makeRoom()
 * }
 */
export class StorageError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message What happened and what to do, in lower case, without a full stop.
   * @param {ErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    super(message)
    const row = ERROR_TABLE[code]
    /** @type {ErrorCode} What kind of failure it is. */
    this.code = code
    /** @type {boolean} True if the same call may succeed later without a change. */
    this.retryable = row.retryable
    /** @type {string} What to do about it. */
    this.remedy = row.remedy
    // A field that has nothing to say is not there: a printed error stays short.
    if (details.key !== undefined) {
      /** @type {string | undefined} The storage key, if the failure belongs to one. */
      this.key = details.key
    }
    if (details.namespace !== undefined) {
      /** @type {string | undefined} The namespace path of the key. */
      this.namespace = details.namespace
    }
    if (details.path !== undefined) {
      /** @type {string | undefined} Where in the value the failure lies. */
      this.path = details.path
    }
    hide(this, 'name', 'StorageError')
    // Engines older than ES2022 do not know the second argument of Error.
    if (details.cause !== undefined) hide(this, 'cause', details.cause)
  }

  /**
   * Tells whether something is a StorageError, of this or another copy of the library.
   * @param {unknown} value
   * @returns {value is StorageError}
   */
  static is(value) {
    return typeof value === 'object' && value !== null && /** @type {any} */ (value)[BRAND] === true
  }

  /**
   * @param {unknown} value
   * @returns {value is StorageError}
   */
  static [Symbol.hasInstance](value) {
    if (this === StorageError) return StorageError.is(value)
    return Function.prototype[Symbol.hasInstance].call(this, value)
  }

  /** @internal */
  get [BRAND]() {
    return true
  }

  /** Returns what a log may hold: neither the cause nor the stack, which may quote data. */
  toJSON() {
    const { name, code, message, retryable, remedy, key, namespace, path } = this
    return { name, code, message, retryable, remedy, key, namespace, path }
  }
}

/**
 * Defines a property that does not show up in listings, as the engine does for `message`.
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function hide(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
}
