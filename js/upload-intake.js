// @ts-check
/**
 * The way into the queue: a file is looked at before it is taken, so that one that is not there is refused at
 * once, and its size is known. Copies and digests are made here, a few at a time.
 */

import { StorageError } from './errors.js'
import { checkUpload } from './upload-options.js'
import { Caller, Item } from './upload-item.js'
import { openFile } from './upload-source.js'
import { encode } from './value.js'

/** @typedef {import('./upload-options.js').UploadWish} UploadWish */
/** @typedef {import('./uploads/transport.js').UploadFile} UploadFile */

/** The most items that have not ended. */
export const ITEMS_MAX = 50_000
/** How many files are looked at at once. */
const OPENED_MAX = 8

/** The way into one queue. */
export class Intake {
  /** @param {import('./upload-pump.js').UploadPump} pump */
  constructor(pump) {
    this.pump = pump
    this.count = 0
    // No other process, and no other device, makes the same ids.
    this.idPrefix = [Date.now(), Math.random() * 2 ** 40, Math.random() * 2 ** 40]
      .map(number => Math.floor(number).toString(36)).join('')
    this.opened = 0
    /** @type {(() => void)[]} */
    this.queue = []
    /** @type {Promise<unknown>} What came before, and is looked at only. */
    this.before = Promise.resolve()
  }

  /**
   * Takes a file in; everything that is wrong is a rejection.
   * @param {UploadFile} file
   * @param {string} target
   * @param {import('./upload-options.js').OnProgress | null | undefined} onProgress
   * @param {UploadWish} [wish]
   * @returns {Promise<any> & { id: string }} `id` is that of the item, or of the one it joined.
   */
  upload(file, target, onProgress, wish) {
    const { pump } = this
    const { items } = pump
    this.count += 1
    // Decimal: engines write no other base as quickly.
    const id = `${this.idPrefix}-${this.count}`
    const item = new Item(id, file, target, 0, pump.clock.toWall(pump.clock.now()))
    const caller = Caller.make(onProgress ?? undefined)
    const promise = /** @type {Promise<any> & { id: string }} */ (caller.promise)
    promise.id = id
    item.addCaller(caller)
    try {
      pump.session.refuseIfFinished()
      const checked = checkUpload(pump.settings, file, target, onProgress, wish)
      item.priority = checked.priority
      if (items.live >= ITEMS_MAX) {
        throw new StorageError('BUSY', `there are ${ITEMS_MAX} uploads already: wait until some have ended`)
      }
      if (checked.metadata !== undefined) {
        encode(checked.metadata)
        item.metadata = checked.metadata
      }
      if (checked.signal) this.hearSignal(item, caller, checked.signal)
      items.expect(item)
      this.take(item, checked)
    } catch (error) {
      caller.reject(error)
    }
    return promise
  }

  /**
   * @private
   * @param {Item} item
   * @param {UploadWish} wish
   */
  take(item, wish) {
    const { pump } = this
    const isPlain = !wish.keep && !wish.dedupe
    if (isPlain && typeof item.file === 'string' && !pump.session.host.files) {
      pump.admit(item)
      return
    }
    const looked = this.inTurn(() => this.look(item, wish))
    // Those that are only looked at stay in their order; nobody waits for a digest or a copy.
    const ready = isPlain ? Promise.all([looked, this.before]) : looked
    if (isPlain) this.before = looked.catch(() => {})
    ready.then(() => this.admit(item), error => {
      if (item.hasEnded) pump.items.unkeep(item)
      else pump.items.reject(item, error)
    })
  }

  /**
   * @private
   * @param {Item} item
   */
  admit(item) {
    const { pump } = this
    const { items } = pump
    // It was cancelled, or the stash was closed, while it was looked at.
    if (item.hasEnded || pump.hasEnded) {
      items.unkeep(item)
      return
    }
    const other = items.doubled(item)
    if (!other) {
      pump.admit(item)
      return
    }
    for (const caller of item.takeCallers()) {
      other.addCaller(caller)
      caller.promise.id = other.id
    }
    item.hasEnded = true
    items.reject(item, undefined)
  }

  /**
   * @private
   * @param {Item} item
   * @param {UploadWish} wish
   */
  async look(item, { keep, dedupe }) {
    const { session, items } = this.pump
    const file = /** @type {UploadFile} */ (item.file)
    if (keep && typeof file === 'string') item.kept = await items.copies.make(item, file)
    const source = await openFile(session, item.source)
    if (source.size !== undefined) items.sized(item, source.size)
    if (dedupe) item.digest = await source.digest()
  }

  /**
   * @private
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  async inTurn(act) {
    if (this.opened >= OPENED_MAX) await new Promise(resolve => { this.queue.push(() => resolve(undefined)) })
    else this.opened += 1
    try {
      return await act()
    } finally {
      const next = this.queue.shift()
      if (next) next()
      else this.opened -= 1
    }
  }

  /**
   * @private
   * @param {Item} item
   * @param {Caller} caller
   * @param {import('./cache-options.js').SignalLike} signal
   */
  hearSignal(item, caller, signal) {
    const aborted = () => new StorageError('ABORTED', 'the upload was given up')
    if (signal.aborted) throw aborted()
    const { pump } = this
    const leave = () => {
      const joined = pump.items.all.get(caller.promise.id ?? item.id) ?? item
      if (joined.callers.length === 1 && joined.callers[0] === caller) {
        this.cancel(joined)
        return
      }
      joined.callers = joined.callers.filter(other => other !== caller)
      signal.removeEventListener('abort', leave)
      caller.reject(aborted())
    }
    caller.unlisten = () => signal.removeEventListener('abort', leave)
    signal.addEventListener('abort', leave)
  }

  /**
   * Cancels an item.
   * @param {Item} item
   * @returns {boolean} Whether there was anything to cancel.
   */
  cancel(item) {
    if (item.hasEnded) return false
    if (item.slot >= 0) {
      this.pump.cancel(item)
      return true
    }
    // It is still looked at: nobody knows of it yet.
    item.hasEnded = true
    this.pump.items.reject(item, new StorageError('ABORTED', 'the upload was cancelled'))
    return true
  }
}
