// @ts-check
/**
 * One item of the upload queue: what is sent where, where it stands, and who waits for it.
 */

/** @typedef {import('./errors.js').StorageError} StorageError */
/** @typedef {import('./uploads/transport.js').UploadFile} UploadFile */

/** @typedef {'waiting' | 'running' | 'done' | 'failed' | 'cancelled'} UploadState */

/**
 * Why an item waits: `paused` by the app; `offline`; `metered`; `hidden`, the host having cut it off; `store`
 * refuses to note it; `backoff` after a failure, until a time; `behind` others; `opening`, its file being
 * looked at.
 * @typedef {object} WaitingFor
 * @property {('paused' | 'offline' | 'metered' | 'hidden' | 'store' | 'backoff' | 'behind' | 'opening')[]}
 *   reasons
 * @property {number} [until] When it is tried again, with `backoff`.
 * @property {number} [behind] How many are sent before it, with `behind`.
 */

/**
 * An item as users see it; it does not change.
 * @typedef {object} UploadInfo
 * @property {string} id
 * @property {UploadState} state
 * @property {UploadFile | undefined} path Undefined for bytes that an earlier process held.
 * @property {string} cloudPath
 * @property {number} priority
 * @property {Record<string, unknown> | undefined} metadata
 * @property {number} attempts How often it was tried.
 * @property {number | undefined} nextAttemptAt When it is tried again, if it waits for that.
 * @property {WaitingFor | undefined} waitingFor Why it waits, if it does.
 * @property {number} addedAt
 * @property {import('./upload-progress.js').Progress} progress
 * @property {any} result What the transport said, if it is done.
 * @property {StorageError | undefined} error Why it failed, or why its last attempt did.
 */

/** Somebody who waits for an item. */
export class Caller {
  /**
   * @param {(result: any) => void} resolve
   * @param {(error: unknown) => void} reject
   * @param {import('./upload-options.js').OnProgress | undefined} onProgress
   */
  constructor(resolve, reject, onProgress) {
    this.resolve = resolve
    this.reject = reject
    this.onProgress = onProgress
    /** @type {(() => void) | undefined} Ends listening to its signal. */
    this.unlisten = undefined
    /** @type {Promise<any> & { id?: string }} */
    this.promise = /** @type {any} */ (undefined)
  }

  /**
   * Makes one, and the Promise it waits for.
   * @param {import('./upload-options.js').OnProgress} [onProgress]
   */
  static make(onProgress) {
    /** @type {any} */
    let caller
    const promise = new Promise((resolve, reject) => { caller = new Caller(resolve, reject, onProgress) })
    caller.promise = promise
    return /** @type {Caller} */ (caller)
  }
}

/** @type {readonly Caller[]} An array of its own for each item would be most of what an item takes. */
const NOBODY = Object.freeze([])

/** An item. What is seen of its state is what is stored: it changes after a commit. */
export class Item {
  /**
   * @param {string} id
   * @param {UploadFile | undefined} file
   * @param {string} target
   * @param {number} priority
   * @param {number} addedAt
   */
  constructor(id, file, target, priority, addedAt) {
    this.id = id
    this.file = file
    this.target = target
    this.priority = priority
    this.addedAt = addedAt
    /** @type {Record<string, unknown> | undefined} */
    this.metadata = undefined
    /** @type {UploadState} */
    this.state = 'waiting'
    /** Its place in the engine; -1 before and after. */
    this.slot = -1
    this.attempts = 0
    this.dueAt = 0
    /** @type {unknown} What an attempt kept for the next one. */
    this.resume = undefined
    /** @type {unknown} */
    this.result = undefined
    /** @type {StorageError | undefined} */
    this.error = undefined
    /** @type {string | undefined} A copy that is ours to delete. */
    this.kept = undefined
    /** @type {string | undefined} The digest of its content, if it can be joined. */
    this.digest = undefined
    /** @type {import('./upload-attempt.js').Attempt | undefined} */
    this.attempt = undefined
    /** How much of it has been sent at most, and of how much. */
    this.sent = 0
    /** @type {number | undefined} */
    this.total = undefined
    /** @type {import('./upload-progress.js').ItemProgress | undefined} Made when it is heard of. */
    this.progress = undefined
    /** @type {readonly Caller[]} */
    this.callers = NOBODY
    /** By which the log knows it. */
    this.number = 0
    /** Whether it is on the roll of the queue. */
    this.isListed = false
    /** Whether it was taken: it is stored, if the queue is. */
    this.isTaken = false
    /** Whether somebody had it forgotten, which is about to be stored. */
    this.isLeaving = false
    /** Whether it ended, or is about to be stored as ended. */
    this.hasEnded = false
  }

  /** Somebody more waits for it. @param {Caller} caller */
  addCaller(caller) {
    this.callers = this.callers.length === 0 ? [caller] : [...this.callers, caller]
  }

  /** Whoever waits for it; from now on nobody does. */
  takeCallers() {
    const { callers } = this
    this.callers = NOBODY
    return callers
  }

  /** The path or the bytes to send. */
  get source() {
    return this.kept ?? this.file
  }
}
