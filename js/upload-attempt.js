// @ts-check
/**
 * One attempt to send one item: its file opened, handed to the transport, and its end reported once. What
 * the transport says afterwards counts for nothing.
 */

import { makeController } from './abort.js'
import { failureOf } from './upload-failure.js'

/** @typedef {import('./upload-item.js').Item} Item */
/** @typedef {import('./upload-pump.js').UploadPump} UploadPump */

/** An attempt under way. */
export class Attempt {
  /**
   * @param {UploadPump} pump
   * @param {Item} item
   * @param {number} claim By which the engine knows it.
   * @param {number} number From 1.
   */
  constructor(pump, item, claim, number) {
    this.pump = pump
    this.item = item
    this.claim = claim
    this.number = number
    /** How far it is, which may be less than another one was. */
    this.sent = 0
    this.hasBegun = false
    this.hasEnded = false
    /** @type {import('./abort.js').Controller | undefined} Made when somebody asks for its signal. */
    this.controller = undefined
  }

  /** Begins to send: that it runs has been stored. */
  begin() {
    if (this.hasEnded) return
    this.hasBegun = true
    /** @param {unknown} error */
    const failed = error => this.end(failureOf(error), undefined)
    try {
      const opened = this.pump.openFile(this.item)
      const sent = 'then' in opened ? opened.then(file => this.send(file)) : this.send(opened)
      Promise.resolve(sent).then(result => this.end(undefined, result), failed)
    } catch (error) {
      failed(error)
    }
  }

  /** Gives up: the transport hears so, and has no say any more. */
  abort() {
    if (this.hasEnded) return
    this.hasEnded = true
    if (this.controller) this.controller.abort()
  }

  /** What gives it up. */
  get signal() {
    if (!this.controller) {
      this.controller = makeController()
      if (this.hasEnded) this.controller.abort()
    }
    return this.controller.signal
  }

  /**
   * @private
   * @param {import('./uploads/transport.js').UploadSource} file
   * @returns {Promise<unknown>}
   */
  send(file) {
    const { item, pump, number } = this
    if (this.hasEnded) return Promise.resolve()
    if (file.size !== undefined) pump.items.sized(item, file.size)
    return pump.settings.transport.send({
      id: item.id,
      file,
      filePath: /** @type {any} */ (item.source),
      target: item.target,
      metadata: item.metadata,
      idempotencyKey: item.id,
      attempt: number,
      resume: item.resume,
    }, new Conditions(this))
  }

  /**
   * @private
   * @param {import('./errors.js').StorageError | undefined} error
   * @param {unknown} result
   */
  end(error, result) {
    if (this.hasEnded) return
    this.hasEnded = true
    this.pump.settle(this, error, result)
  }
}

/** Where conditions have their attempt: a weak map would cost more than all else of an attempt. */
const ATTEMPT = Symbol('attempt')

/** How it is to be sent. What is asked for is made then: many transports ask for little. */
class Conditions {
  /** @param {Attempt} attempt */
  constructor(attempt) {
    this[ATTEMPT] = attempt
    this.timeoutMs = attempt.pump.settings.timeout
  }

  get signal() {
    return this[ATTEMPT].signal
  }

  /** @returns {(sentBytes: number, totalBytes: number | undefined) => void} */
  get onProgress() {
    const attempt = this[ATTEMPT]
    return (sent, total) => { if (!attempt.hasEnded) attempt.pump.heard(attempt, sent, total) }
  }

  /** @returns {(resume: unknown) => Promise<void>} */
  get keep() {
    const attempt = this[ATTEMPT]
    return resume => attempt.pump.keep(attempt, resume)
  }

  /** @returns {() => number} */
  get now() {
    const { pump } = this[ATTEMPT]
    return () => pump.clock.toWall(pump.clock.now())
  }
}
