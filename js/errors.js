// @ts-check
/**
 * The one error class and its closed list of codes, each with its remedy and whether trying
 * again can help. Messages are written where failures happen; nothing here decides when.
 */

/**
 * What to do about each failure: every code, in the order of the documentation. Why they happen is told in
 * the documentation only (scripts/errors.en.json): phones need not carry it.
 * @type {{ readonly [Code in ErrorCode]: string }}
 */
export const REMEDIES = {
  INVALID_KEY: 'use a non-empty string of at most 1024 bytes',
  INVALID_VALUE: 'store plain data, or give the object a toJSON method; `path` says where it lies',
  INVALID_OPTION: 'pass what the message expects',
  VALUE_TOO_LARGE: 'divide the value among several keys, or store it with compress: true',
  QUOTA_EXCEEDED: 'remove what is not needed, call cleanup(), or ask willFit() first',
  CORRUPT: 'rescue what you can, then remove the key or set it with { overwrite: true }; nothing was deleted',
  LOCKED: 'call unlock() first',
  WRONG_SECRET: 'ask for the passphrase again; the data are untouched',
  SECRET_MISSING: 'unlock with the secret that sealed it, or remove the key',
  CONFLICT: 'read it again and repeat the change, or use update()',
  BUSY: 'try again later, or close the other owner',
  NOT_IMMEDIATE: 'use the verb without Sync and await it',
  UNSUPPORTED: 'update the library, or use a host or engine that can',
  HOST_FAILED: 'look at `cause` for the words of the host, and try again',
  NETWORK_FAILED: 'try again when the device is online',
  HTTP_STATUS: 'look at the status and the answer of the server',
  TIMEOUT: 'try again, or allow more time',
  ABORTED: 'nothing: the call was cancelled on purpose',
  REJECTED: 'correct the change and requeue it, or discard it',
  CLOSED: 'open it again',
  WIPED: 'fetch again what you need: the store is empty and works',
  CORE_UNAVAILABLE: 'install the package again, or pass the place of the core as `wasm`',
  CORE_PANICKED: 'start the program anew, and report the message as a defect'
}

/**
 * The failures where the same call may succeed later without a change.
 * @type {readonly ErrorCode[]}
 */
export const RETRYABLE = ['CONFLICT', 'BUSY', 'HOST_FAILED', 'NETWORK_FAILED', 'TIMEOUT']

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
export const ERROR_CODES = /** @type {ErrorCode[]} */ (/* @__PURE__ */ Object.keys(REMEDIES))

/**
 * Where a failure belongs to, as far as it is known.
 * @typedef {object} ErrorDetails
 * @property {string} [key] The storage key as the caller knows it.
 * @property {string} [namespace] The namespace path; '' is the default namespace.
 * @property {string} [path] Where in the value, such as `$.a.b[3]`.
 * @property {unknown} [cause] What was thrown underneath.
 * @property {boolean} [retryable] Whether the same call may succeed later, where the code alone does not say.
 * @property {number} [status] The status that a server answered with.
 * @property {number} [retryAfterMs] How long a server asks to wait.
 * @property {boolean} [interrupted] The host cut it off because the app was hidden.
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
    /** @type {ErrorCode} What kind of failure it is. */
    this.code = code
    /** @type {boolean} True if the same call may succeed later without a change. */
    this.retryable = details.retryable === undefined ? RETRYABLE.includes(code) : details.retryable
    /** @type {string} What to do about it. */
    this.remedy = REMEDIES[code]
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
    if (details.status !== undefined) {
      /** @type {number | undefined} The status that the server answered with. */
      this.status = details.status
    }
    if (details.retryAfterMs !== undefined) {
      /** @type {number | undefined} How many milliseconds the server asks to wait. */
      this.retryAfterMs = details.retryAfterMs
    }
    if (details.interrupted) {
      /** @type {boolean | undefined} True if the host cut it off because the app was hidden. */
      this.interrupted = true
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
    const { name, code, message, retryable, remedy, key, namespace, path, status } = this
    return { name, code, message, retryable, remedy, key, namespace, path, status }
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
