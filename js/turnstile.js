// @ts-check
/**
 * Who may pass, and in which order. On a deferred host an operation is spread over many turns of the
 * event loop, so writers pass alone and readers together, in the order in which they were called.
 * On an immediate host every operation ends before the next can begin, and no turnstile is needed.
 */

import { StorageError } from './errors.js'
import { errorOfRefusal } from './ask.js'

/** @typedef {'read' | 'write'} Mode */

/** The most that may wait in one queue; beyond it a caller is told BUSY instead of filling memory. */
export const WAITING_MAX = 100_000

/** How many that have passed a queue keeps before it makes room, so that making room costs little. */
const PASSED_KEPT_MAX = 1024

/** A readers-writer lock that is fair: nobody overtakes. */
export class Turnstile {
  constructor() {
    /** @private */
    this.readers = 0
    /** @private */
    this.isWriting = false
    /** @private @type {{ mode: Mode, pass: () => void }[]} */
    this.waiting = []
    /** @private */
    this.first = 0
  }

  /** Whether nobody is inside and nobody waits. */
  get isFree() {
    return this.readers === 0 && !this.isWriting && this.waiting.length === 0
  }

  /**
   * Lets the caller in: at once, then nothing is returned, or when the Promise settles.
   * Whoever was let in leaves again, whatever happens.
   * @param {Mode} mode
   * @returns {Promise<void> | undefined}
   */
  enter(mode) {
    if (this.waiting.length === 0 && this.admits(mode)) {
      this.admit(mode)
      return undefined
    }
    if (this.waiting.length - this.first >= WAITING_MAX) {
      throw new StorageError('BUSY', `more than ${WAITING_MAX} operations are waiting for their turn: await some`)
    }
    return new Promise(pass => { this.waiting.push({ mode, pass }) })
  }

  /** @param {Mode} mode */
  leave(mode) {
    if (mode === 'write') this.isWriting = false
    else this.readers -= 1
    for (let next = this.waiting[this.first]; next; next = this.waiting[this.first]) {
      if (!this.admits(next.mode)) {
        this.forget()
        return
      }
      this.admit(next.mode)
      this.first += 1
      next.pass()
    }
    this.waiting = []
    this.first = 0
  }

  /**
   * Returns when everybody who came before has left; nobody may come after.
   * @returns {Promise<void> | undefined}
   */
  end() {
    return this.enter('write')
  }

  /** Lets go of those who passed; a queue that never runs empty would grow without end. @private */
  forget() {
    if (this.first < PASSED_KEPT_MAX) return
    this.waiting.splice(0, this.first)
    this.first = 0
  }

  /** @private @param {Mode} mode */
  admits(mode) {
    return !this.isWriting && (mode === 'read' || this.readers === 0)
  }

  /** @private @param {Mode} mode */
  admit(mode) {
    if (mode === 'write') this.isWriting = true
    else this.readers += 1
  }
}

/** By this name a host is asked to keep other writers out; the names of `storage.lock` are JSON arrays. */
const TURN = 'turn'

/**
 * A turnstile for a store that others share: a writer passes alone among all of them, as far as the
 * lock of the host reaches. Readers ask nobody, for each of their questions is answered at one moment.
 */
export class SharedTurnstile extends Turnstile {
  /** @param {(name: string) => Promise<() => void | Promise<void>>} lock */
  constructor(lock) {
    super()
    /** @private */
    this.lock = lock
    /** @private @type {() => void | Promise<void>} */
    this.release = () => {}
  }

  /** @param {Mode} mode @returns {Promise<void> | undefined} */
  enter(mode) {
    const waiting = super.enter(mode)
    return mode === 'write' ? this.enterShared(waiting) : waiting
  }

  /** @param {Mode} mode */
  leave(mode) {
    if (mode === 'write') {
      const release = this.release
      this.release = () => {}
      // Whether it is free again, the next one to ask for the lock will hear.
      void Promise.resolve(release()).catch(() => {})
    }
    super.leave(mode)
  }

  /** Closing changes nothing on the host, so it waits for nobody else. */
  end() {
    return super.enter('write')
  }

  /** @private @param {Promise<void> | undefined} waiting */
  async enterShared(waiting) {
    await waiting
    try {
      this.release = await this.lock(TURN)
    } catch (refusal) {
      super.leave('write')
      throw errorOfRefusal(refusal)
    }
  }
}

/** Locks by name, each a queue of its own; a name nobody uses takes no memory. */
export class Locks {
  constructor() {
    /** @private @type {Map<string, Turnstile>} */
    this.byName = new Map()
  }

  /** @param {string} name */
  isHeld(name) {
    return this.byName.has(name)
  }

  /**
   * @param {string} name
   * @returns {Promise<void> | undefined}
   */
  enter(name) {
    const lock = this.byName.get(name) ?? new Turnstile()
    this.byName.set(name, lock)
    return lock.enter('write')
  }

  /** @param {string} name */
  leave(name) {
    const lock = this.byName.get(name)
    lock?.leave('write')
    if (lock?.isFree) this.byName.delete(name)
  }
}
