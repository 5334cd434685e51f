// @ts-check
/**
 * What one open stash is made of, and the two ways in which it is finished: closed by its owner, or
 * given up because the core broke. Nothing here talks to the host.
 */

import { ABILITY, HOLDS } from './door.js'
import { StorageError } from './errors.js'
import { Locks, SharedTurnstile, Turnstile } from './turnstile.js'
import { Watchers } from './watch.js'

/** @typedef {import('./door.js').Core} Core */
/** @typedef {import('./door.js').Glue} Glue */
/** @typedef {import('./hosts/host.js').Host<boolean>} Host */

const CLOSED = 'this stash is closed: open another one'

/** The latest time that can be stored, in 48 bits: in the year 10889. */
const TIME_MAX = 2 ** 48 - 2

/** The door takes sizes of 32 bits; a limit beyond them is none that could be reached. */
const SIZE_MAX = 0xFFFFFFFF

/**
 * What gives its room to a write that finds none: all of a namespace.
 * @typedef {object} Yielding
 * @property {string} path
 * @property {{ readonly size: number }} stored What may lie there.
 * @property {() => import('./run.js').Flow<boolean>} giveWay Runs in the turn of that write, and says whether
 *   it made room.
 */

/**
 * A namespace of a stash: where a verb works.
 * @typedef {object} Space
 * @property {Session} session
 * @property {string} path '' for the default namespace, else the names joined by NUL, as the door
 *   takes it, and how what lies there is written: see space.js.
 */

/**
 * One loaded core, shared by every stash of the process. A panic leaves its memory in an unknown
 * state, so it is never called again: this stash and every other one on it are finished.
 */
export class Instance {
  /** @param {Glue} glue */
  constructor(glue) {
    this.glue = glue
    /** Whether it is the core in plain JavaScript. */
    this.isPlain = false
    this.isBroken = false
    /** @type {unknown} */
    this.panic = undefined
  }

  /** @param {unknown} panic What came out of the core. */
  break(panic) {
    if (this.isBroken) return
    this.isBroken = true
    this.panic = panic
    this.glue.disarm?.()
  }

  /** @returns {StorageError} */
  brokenError() {
    return new StorageError('CORE_PANICKED', 'the core broke and runs no further: start the program anew',
      { cause: this.panic })
  }
}

/** The state of one open stash. */
export class Session {
  /**
   * @param {Host} host
   * @param {Instance} instance
   * @param {() => number} clock
   * @param {import('./watch.js').ListenerErrorReport} report
   */
  constructor(host, instance, clock, report) {
    this.host = host
    this.instance = instance
    this.clock = clock
    this.hostCalls = 0
    this.isClosed = false
    this.hasEnded = false
    /** @type {Promise<void> | undefined} */
    this.closing = undefined
    this.operationCount = 0
    /** @type {StorageError | null} */
    this.wiped = null
    this.owesAcknowledgement = false
    this.turnstile = host.immediate ? undefined
      : host.lock ? new SharedTurnstile(host.lock) : new Turnstile()
    this.locks = new Locks()
    const { others } = host
    this.watchers = new Watchers(report, others && (news => others.tell(news)))
    /** @type {boolean | undefined} What the host last told of it. */
    this.isPersisted = undefined
    this.report = report
    /** @type {import('./features.js').Attached[]} */
    this.parts = []
    /** @type {(() => void)[]} */
    this.unlisten = []
    /** @type {Yielding[]} Who gives way when the host has no room for a write. */
    this.onFull = []
    /** Whether the core keeps what it is unlocked with, until who wants it has done what needs it. */
    this.keepsCredential = false
    /** @type {(() => void)[]} Who hears that the secret has come, gone or changed. */
    this.onSecret = []
    /** @type {Core | undefined} */
    this.ownCore = undefined
  }

  /**
   * Makes the core of this stash; comes before everything else.
   * @param {Uint8Array} entropy 32 bytes.
   */
  begin(entropy) {
    const now = this.now()
    this.refuseIfBroken()
    try {
      this.ownCore = makeCore(this.instance.glue, this.host, entropy, now)
    } catch (panic) {
      this.instance.break(panic)
      throw this.instance.brokenError()
    }
  }

  /**
   * Adds a feature to the stash, and has it flush when the app is hidden.
   * @param {import('./features.js').Attached} part
   * @param {object} stash
   */
  attach(part, stash) {
    this.parts.push(part)
    for (const name of Object.keys(part.members)) {
      Object.defineProperty(stash, name, { value: part.members[name], enumerable: true })
    }
    if (this.parts.length === 1) this.listen('hide', () => this.flush())
    return part
  }

  /**
   * Hears of the life of the app until the stash is closed; hosts that tell nothing of it tell nothing.
   * @param {import('./hosts/host.js').LifeEvent} event
   * @param {(detail?: any) => void} listener
   */
  listen(event, listener) {
    const end = this.host.listen?.(event, listener)
    if (end) this.unlisten.push(end)
  }

  /** Hears until the stash is closed what others who share the store change. */
  hearOthers() {
    const end = this.host.others?.hear(news => {
      // Another version of this library may tell in another form.
      if (this.isClosed || !Array.isArray(news) || !news.every(one => Object(one) === one)) return
      this.watchers.hear(news)
      if (news.some(({ type }) => type === 'wiped')) this.noteWipeByOthers()
      this.watchers.tell()
    })
    if (end) this.unlisten.push(end)
  }

  /** Brings home what the features have not written yet. */
  flush() {
    for (const { flush } of this.parts) if (flush) flush()
  }

  /** Ends what listens to the host; gives the features, the last one first, to be closed. */
  detach() {
    for (const end of this.unlisten.splice(0)) end()
    return this.parts.splice(0).reverse()
  }

  /** Begins an operation; the core stays until `leave`, even if the stash is closed meanwhile. */
  enter() {
    this.operationCount += 1
  }

  /** Ends an operation. */
  leave() {
    this.operationCount -= 1
    if (this.hasEnded) this.end()
  }

  /** Gives the memory of the core back, as soon as nothing runs on it any more. */
  end() {
    this.isClosed = true
    this.hasEnded = true
    this.watchers.end()
    // An immediate host may close the stash from within a call that the core waits for.
    if (this.operationCount > 0) return
    if (this.ownCore && !this.instance.isBroken) {
      try {
        this.ownCore.free()
      } catch (panic) {
        this.instance.break(panic)
      }
    }
    this.ownCore = undefined
  }

  /** The core, while there is one. */
  get core() {
    if (!this.ownCore) throw new StorageError('CLOSED', CLOSED)
    return this.ownCore
  }

  /** Reads the injected clock; a wrong time would make records expire, so it is refused. */
  now() {
    let now
    try {
      now = this.clock()
    } catch (cause) {
      throw new StorageError('INVALID_OPTION', 'expected clock() to return milliseconds, got an exception',
        { cause })
    }
    if (typeof now === 'number' && now >= 0 && now <= TIME_MAX) return Math.floor(now)
    throw new StorageError('INVALID_OPTION', `expected clock() to return milliseconds since 1970, got ${
      typeof now === 'number' ? 'a number out of range' : typeof now}`)
  }

  /** Refuses to touch a core that broke. */
  refuseIfBroken() {
    if (this.instance.isBroken) throw this.instance.brokenError()
  }

  /** Refuses what comes after the end. */
  refuseIfFinished() {
    this.refuseIfBroken()
    if (this.isClosed) throw new StorageError('CLOSED', CLOSED)
  }

  /** This session as one that has been closed. @type {Session} */
  get finished() {
    return Object.create(this, { isClosed: { value: true } })
  }

  /** Refuses what begins after somebody closed the stash, while its features still finish. */
  refuseIfClosing() {
    this.refuseIfFinished()
    if (this.closing) throw new StorageError('CLOSED', CLOSED)
  }

  /** Notes that the host lost what it held; the core is told later that somebody knows. */
  noteWipe() {
    this.noteWipeByOthers()
    this.owesAcknowledgement = true
  }

  /** The same where the core does not know of it, and so has nothing to be told. */
  noteWipeByOthers() {
    this.wiped = new StorageError('WIPED', 'the host has wiped what was stored: fetch again what you need')
    this.watchers.noteWipe(this.wiped)
  }
}

/**
 * @param {Glue} glue
 * @param {Host} host
 * @param {Uint8Array} entropy
 * @param {number} now
 */
function makeCore(glue, host, entropy, now) {
  const { entryBytes, totalBytes } = host.limits ?? {}
  const abilities = (host.commit ? ABILITY.ATOMIC_COMMIT : 0) + (host.witness ? ABILITY.WITNESS : 0)
    + (host.info ? ABILITY.INFO : 0) + (host.lists === false ? 0 : ABILITY.LISTS)
    // Whoever locks its changes shares the store.
    + (host.exclusive && !host.lock ? ABILITY.EXCLUSIVE : 0)
  const core = glue.Core.make(HOLDS[host.holds], abilities, sizeOf(entryBytes), sizeOf(totalBytes),
    (host.foreignPrefixes ?? []).join('\0'), entropy, now)
  if (!core) throw new Error('the core did not take what the shell had checked')
  return core
}

/** @param {number | undefined} limit */
function sizeOf(limit) {
  return limit ? Math.min(limit, SIZE_MAX) : 0
}
