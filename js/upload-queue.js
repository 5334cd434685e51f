// @ts-check
/**
 * The upload queue as users see it, and how it becomes part of a stash. What it does is in upload-pump.js.
 */

import { StorageError } from './errors.js'
import { checkNames, expect, kindOf } from './checks.js'
import { Intake } from './upload-intake.js'
import { Caller } from './upload-item.js'
import { checkUploadOptions, uploadSettings } from './upload-options.js'
import { UploadPump } from './upload-pump.js'
import { HOLD } from './upload-rules.js'

/** @typedef {import('./upload-events.js').UploadEvent} UploadEvent */
/** @typedef {import('./upload-item.js').Item} Item */
/** @typedef {import('./upload-item.js').UploadInfo} UploadInfo */
/** @typedef {import('./upload-item.js').UploadState} UploadState */
/** @typedef {import('./upload-item.js').WaitingFor} WaitingFor */
/** @typedef {import('./upload-options.js').OnProgress} OnProgress */
/** @typedef {import('./upload-options.js').UploadEntry} UploadEntry */
/** @typedef {import('./upload-options.js').UploadOptions} UploadOptions */
/** @typedef {import('./upload-options.js').UploadWish} UploadWish */
/** @typedef {import('./upload-progress.js').QueueProgress} QueueProgress */
/** @typedef {import('./uploads/transport.js').UploadFile} UploadFile */

/**
 * What became of one of several uploads.
 * @typedef {{ status: 'fulfilled', value: any } | { status: 'rejected', reason: unknown }} UploadOutcome
 */

/**
 * A queue of uploads that outlives the process: each item comes to exactly one end.
 */
export class UploadQueue {
  /**
   * Made by `open`.
   * @param {UploadPump | undefined} pump
   */
  constructor(pump) {
    /** @protected @readonly */
    this.pump = pump
    /** @protected @readonly */
    this.intake = pump && new Intake(pump)
  }

  /**
   * Uploads a file: puts it into the queue, and waits for its end, for as long as it takes.
   * @param {UploadFile} filePath A path of the host; in browsers a Blob or bytes, which a later process does
   *   not have.
   * @param {string} cloudPath Where it is to lie.
   * @param {OnProgress | null} [onProgress] Hears whole per cent, 100 once and last.
   * @param {UploadWish} [wish]
   * @returns {Promise<any> & { id: string }} What the transport says; rejects with a StorageError: what the
   *   last attempt failed with, INVALID_VALUE if there is no such file, ABORTED if it was cancelled, CLOSED.
   * @example
   * const { fileID } = await stash.uploads.uploadFile('/temp/image.jpg', 'user-uploads/image.jpg',
   *   percent => console.log(`${percent} %`))
   */
  uploadFile(filePath, cloudPath, onProgress, wish) {
    if (!this.intake) return /** @type {any} */ (Promise.reject(notSetUp()))
    return this.intake.upload(filePath, cloudPath, onProgress, wish)
  }

  /**
   * Uploads several files, and waits for the end of all.
   * @param {Iterable<UploadEntry>} files
   * @returns {Promise<UploadOutcome[]>} In the order of the files.
   */
  async uploadMultiple(files) {
    if (typeof files !== 'object' || files === null || !(Symbol.iterator in files)) {
      throw new StorageError('INVALID_OPTION', `expected an array of { path, cloudPath }, got ${kindOf(files)}`)
    }
    return Promise.all(Array.from(files, entry => this.upload(entry).then(
      value => ({ status: /** @type {const} */ ('fulfilled'), value }),
      reason => ({ status: /** @type {const} */ ('rejected'), reason }))))
  }

  /**
   * Begins nothing more until `resume`, not in a later process either, if the queue is stored; what is being
   * sent goes on.
   */
  pause() {
    this.own.pause(true)
  }

  /** Goes on after `pause`. */
  resume() {
    this.own.pause(false)
  }

  /** Whether it was paused, by this process or by an earlier one. */
  get isPaused() {
    return this.pump !== undefined && (this.pump.holds & HOLD.PAUSED) !== 0
  }

  /**
   * Cancels an item: whoever waits for it gets ABORTED.
   * @param {string} id
   * @returns {boolean} False if there is none, or it has ended.
   */
  cancel(id) {
    const item = this.find(id)
    return item !== undefined && this.intake !== undefined && this.intake.cancel(item)
  }

  /**
   * Tries an item anew that failed or was cancelled.
   * @param {string} id
   * @returns {Promise<any>} As `uploadFile`; INVALID_OPTION if there is no such item in such a state.
   */
  retry(id) {
    const item = this.find(id)
    if (!item || (item.state !== 'failed' && item.state !== 'cancelled') || !item.hasEnded) {
      return Promise.reject(new StorageError('INVALID_OPTION',
        `expected the id of an upload that failed or was cancelled, got ${item ? `one that is ${item.state}` : 'another'}`))
    }
    this.own.again(item)
    return this.promiseOf(item)
  }

  /**
   * Forgets an item that has ended.
   * @param {string} id
   * @returns {boolean} False if there is none, or it has not ended.
   */
  remove(id) {
    const item = this.find(id)
    if (!item || !item.hasEnded || item.state === 'waiting' || item.state === 'running') return false
    item.isLeaving = true
    this.own.forget(item)
    return true
  }

  /**
   * The items, in the order in which they came; of those that have ended the last 200 that arrived or were
   * cancelled, and the last 1,000 that failed.
   * @param {{ state?: UploadState }} [which]
   * @returns {Readonly<UploadInfo>[]}
   */
  list(which = {}) {
    const { state } = checkNames(which, ['state'])
    expect(state === undefined || STATES.includes(state), 'state', `one of ${STATES.join(', ')}`, state)
    if (!this.pump) return []
    const { items } = this.pump
    return items.all.values().filter(item => state === undefined || item.state === state)
      .map(item => items.info(item))
  }

  /**
   * What is known of an item, one of an earlier process too.
   * @param {string} id
   * @returns {Readonly<UploadInfo & { promise: Promise<any> }> | undefined} `promise` settles as that of
   *   `uploadFile` does.
   */
  get(id) {
    const item = this.find(id)
    if (!item || !this.pump) return undefined
    const promise = { get: () => this.promiseOf(item) }
    return /** @type {any} */ (Object.freeze(Object.defineProperty(
      Object.assign({}, this.pump.items.info(item)), 'promise', promise)))
  }

  /**
   * Says why an item is not being sent; undefined if it is, has ended, or is not known.
   * @param {string} id
   * @returns {WaitingFor | undefined}
   */
  explain(id) {
    const item = this.find(id)
    return item && this.pump && this.pump.items.explain(item)
  }

  /** How far all is that was added since the queue was last idle. @returns {QueueProgress} */
  get progress() {
    const { items, clock } = this.own
    return items.meter.at(clock.now())
  }

  /** How many are sent at once just now: fewer than allowed after the server said that it is too much. */
  get concurrency() {
    return this.own.rules.ask(engine => engine.limit)
  }

  /** Resolves when nothing is left to do; failed items are not left to do. @returns {Promise<void>} */
  onIdle() {
    const { pump } = this
    if (!pump || pump.items.live === 0 || pump.hasEnded) return Promise.resolve()
    return new Promise(resolve => { pump.items.onIdle.push(resolve) })
  }

  /**
   * Hears of what happens, after it was stored.
   * @param {UploadEvent} event
   * @param {(detail: any) => void} listener Gets the item; with `progress` and `idle`, the progress of all.
   * @returns {() => void} Ends it.
   */
  on(event, listener) {
    return this.own.events.on(event, listener)
  }

  /**
   * Hears of every item that ends: those of an earlier process too, whose Promises died with it.
   * @param {(info: Readonly<UploadInfo>) => void} listener
   * @returns {() => void} Ends it.
   */
  onSettled(listener) {
    return this.own.events.onSettled(listener)
  }

  /** @private */
  get own() {
    if (!this.pump) throw notSetUp()
    this.pump.session.refuseIfFinished()
    return this.pump
  }

  /** @private @param {UploadEntry} entry */
  async upload(entry) {
    const { path, cloudPath, onProgress, ...wish } = Object(entry)
    return this.uploadFile(path, cloudPath, onProgress, wish)
  }

  /** @private @param {string} id @returns {Item | undefined} */
  find(id) {
    const item = this.pump && this.pump.items.all.get(id)
    return item && !item.isLeaving ? item : undefined
  }

  /** @private @param {Item} item @returns {Promise<any>} */
  promiseOf(item) {
    if (item.hasEnded && item.state === 'done') return Promise.resolve(item.result)
    if (item.hasEnded && item.state === 'failed') return Promise.reject(item.error)
    if (item.hasEnded && item.state === 'cancelled') {
      return Promise.reject(new StorageError('ABORTED', 'the upload was cancelled'))
    }
    const caller = Caller.make()
    item.addCaller(caller)
    // Whoever only looks does not have to handle it.
    caller.promise.catch(() => {})
    return caller.promise
  }
}

const STATES = Object.freeze(['waiting', 'running', 'done', 'failed', 'cancelled'])
/** Networks that cost money, as hosts call them. */
const METERED = /^(2g|3g|4g|5g)$/

function notSetUp() {
  return new StorageError('INVALID_OPTION',
    'expected a transport for uploads, got none: open({ uploads: { transport } })')
}

/** @type {import('./features.js').Feature} */
export const uploadQueue = {
  option: 'uploads',
  check: checkUploadOptions,
  attach(session, options) {
    if (options === undefined) return { members: { uploads: new UploadQueue(undefined) } }
    const settings = uploadSettings(options, session.host)
    const pump = new UploadPump(session, settings)
    session.listen('network', ({ isConnected = true, type = '' } = {}) => {
      pump.hold(HOLD.OFFLINE, !isConnected)
      pump.hold(HOLD.METERED, settings.isUnmeteredOnly && METERED.test(type))
    })
    session.listen('hide', () => { pump.isHidden = true })
    session.listen('show', () => {
      pump.isHidden = false
      pump.hold(HOLD.HIDDEN, false)
    })
    return {
      members: { uploads: new UploadQueue(pump) },
      open: () => pump.open(),
      flush: () => pump.turn(),
      close: () => pump.close(),
    }
  },
}
