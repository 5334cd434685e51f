// @ts-check
/**
 * What is known of a synchronisation, and who is told of it: its status, those who wait for changes, and
 * listeners. A listener that throws harms nothing.
 */

import { StorageError } from './errors.js'
import { Events } from './events.js'
import { runLater } from './run.js'
import * as verbs from './sync-verbs.js'
import { valueOf } from './sync-wire.js'

/** @typedef {import('./sync-results.js').Report} Report */
/** @typedef {import('./sync-results.js').Standing} Standing */

/**
 * How it stands.
 * @typedef {object} SyncStatus
 * @property {'idle' | 'syncing' | 'offline' | 'signed-out' | 'locked' | 'failed'} state `signed-out`: the
 *   server wants a sign-in, and nothing is sent until `syncData()`; `locked`: what travels sealed waits until
 *   `stash.secure` is unlocked, see `error`; `failed`: the last attempt failed, see `error`.
 * @property {number} pending How many changes the server has not decided.
 * @property {number} rejected How many it has refused for good.
 * @property {number | undefined} lastSyncTime When everything was last pulled, by this device's clock.
 * @property {string} cursor How far, in words of the server.
 * @property {'server' | 'device'} merges Who merges by field, should that be the rule of conflicts: where
 *   values travel sealed, the device.
 * @property {StorageError | undefined} error What the last attempt failed with.
 */

/**
 * What one synchronisation did.
 * @typedef {{ pushed: number, pulled: number, conflicts: number, repaired: number }} SyncSummary
 */

/**
 * What may be heard of: that it `start`s and has come to its `end` (with a summary), that the `status` is
 * another one, that a change was `accepted`, has `lost` a conflict, was `rejected` or `discarded` (with its
 * id), a `conflict`, and an `error`.
 * @typedef {'start' | 'end' | 'status' | 'accepted' | 'lost' | 'rejected' | 'discarded' | 'conflict'
 *   | 'error'} SyncEvent
 */

/** @type {readonly SyncEvent[]} */
const EVENTS = Object.freeze(['start', 'end', 'status', 'accepted', 'lost', 'rejected', 'discarded',
  'conflict', 'error'])
const FATES = Object.freeze(/** @type {const} */ (['accepted', 'lost', 'rejected', 'discarded']))
const WINNERS = Object.freeze(/** @type {const} */ (['remote', 'local', 'merged']))

const { FATE, HOLD } = verbs

/** @typedef {{ resolve: (value?: any) => void, reject: (error: unknown) => void }} Caller */

/** The ledger of one synchronisation. */
export class SyncLedger {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./sync-options.js').SyncSettings} settings
   */
  constructor(session, settings) {
    this.session = session
    this.settings = settings
    /** @type {Standing} */
    this.standing = { pending: 0, rejected: 0, synced: 0, cursor: '', client: '' }
    this.holds = 0
    this.isSyncing = false
    /** @type {StorageError | undefined} */
    this.error = undefined
    /** @type {SyncSummary} */
    this.summary = fresh()
    /** @type {Caller[]} Who waits for the end of a synchronisation. */
    this.callers = []
    /** @type {Map<number, Caller[]>} Who waits for changes. */
    this.awaiting = new Map()
    this.events = new Events(EVENTS, error => session.report(error, undefined))
  }

  /** @returns {SyncStatus} */
  get status() {
    const { pending, rejected, synced, cursor } = this.standing
    const isHeld = (/** @type {number} */ reason) => (this.holds & reason) !== 0
    const state = this.isSyncing ? 'syncing'
      : isHeld(HOLD.OFFLINE) ? 'offline'
        : isHeld(HOLD.SIGNED_OUT) ? 'signed-out'
          : isHeld(HOLD.LOCKED) ? 'locked' : this.error ? 'failed' : 'idle'
    const { encrypt, transport } = this.settings
    const merges = !encrypt && transport.merges === true ? 'server' : 'device'
    return { state, pending, rejected, lastSyncTime: synced || undefined, cursor, merges, error: this.error }
  }

  /** @param {Standing} standing */
  stands(standing) {
    this.standing = standing
  }

  /** @param {number} number */
  idOf(number) {
    return `${this.standing.client}:${number}`
  }

  /** Waits for the end of what is under way or about to begin. @returns {Promise<SyncSummary>} */
  nextEnd() {
    return new Promise((resolve, reject) => { this.callers.push({ resolve, reject }) })
  }

  /**
   * Waits for what becomes of a change.
   * @param {number} number
   * @returns {Promise<void>}
   */
  nextFate(number) {
    return new Promise((resolve, reject) => {
      const callers = this.awaiting.get(number) ?? []
      callers.push({ resolve, reject })
      this.awaiting.set(number, callers)
    })
  }

  /** The changes that somebody waits for. */
  awaited() {
    return Array.from(this.awaiting.keys())
  }

  begins() {
    this.error = undefined
    this.isSyncing = true
    this.summary = fresh()
    this.events.tell('start', () => undefined)
    this.tellStatus()
  }

  /** @param {number} count */
  pushed(count) {
    this.summary.pushed += count
  }

  /** @param {number} count */
  pulled(count) {
    this.summary.pulled += count
  }

  /** @param {number} count */
  differs(count) {
    this.summary.repaired += count
  }

  /**
   * A request has failed: if nothing more comes, this is why.
   * @param {unknown} error
   */
  failed(error) {
    this.error = StorageError.is(error) ? error
      : new StorageError('HOST_FAILED', 'the transport failed', { cause: error })
    this.events.tell('error', () => this.error)
  }

  /** Whatever failed before, it goes on. */
  succeeds() {
    this.error = undefined
  }

  /** It has come to its end, or waits. */
  rests() {
    this.isSyncing = false
    const { summary, error } = this
    for (const { resolve, reject } of this.callers.splice(0)) {
      if (error) reject(error)
      else resolve(summary)
    }
    if (!error) this.events.tell('end', () => summary)
    this.tellStatus()
  }

  tellStatus() {
    this.events.tell('status', () => this.status)
  }

  /**
   * Takes note of what a verb has changed.
   * @param {Report} report
   */
  note({ standing, fates, conflicts }) {
    const { pending, rejected } = this.standing
    const isOther = standing.pending !== pending || standing.rejected !== rejected
    this.standing = standing
    for (const { winner, key, base, local, remote } of conflicts) {
      this.summary.conflicts += 1
      const conflict = Object.freeze({
        key,
        base: valueOf(base),
        local: valueOf(local),
        remote: valueOf(remote),
        winner: WINNERS[winner] ?? 'remote',
      })
      const { onConflict } = this.settings
      if (onConflict) this.events.call(() => onConflict(conflict))
      this.events.tell('conflict', () => conflict)
    }
    for (const [number, fate] of fates) this.ended(number, fate)
    if (fates.some(([, fate]) => fate === FATE.REJECTED)) this.tellRejected(fates)
    if (isOther || fates.length > 0) this.tellStatus()
  }

  /**
   * @param {number} number
   * @param {number} fate
   */
  ended(number, fate) {
    this.settled(number, fate)
    this.events.tell(FATES[fate] ?? 'lost', () => ({ id: this.idOf(number) }))
  }

  /**
   * Tells those who wait for a change what became of it.
   * @param {number} number
   * @param {number} fate
   */
  settled(number, fate) {
    const callers = this.awaiting.get(number) ?? []
    this.awaiting.delete(number)
    for (const { resolve, reject } of callers) {
      if (fate === FATE.ACCEPTED) resolve()
      else reject(fateError(fate))
    }
  }

  /**
   * @private
   * @param {[number: number, fate: number][]} fates
   */
  tellRejected(fates) {
    const { onRejected } = this.settings
    if (!onRejected) return
    const numbers = fates.filter(([, fate]) => fate === FATE.REJECTED).map(([number]) => number)
    const space = { session: this.session, path: this.settings.path }
    const told = runLater(verbs.rejected(space)).then(all => {
      for (const one of all) {
        if (!numbers.includes(one.number)) continue
        const change = rejectedChange(one, this.idOf(one.number))
        this.events.call(() => onRejected(change))
      }
    })
    told.catch(error => { if (!this.session.isClosed) this.session.report(error, undefined) })
  }

  /** The stash is closed: who still waits is told so. */
  end() {
    const closed = () => new StorageError('CLOSED',
      'the stash was closed; what is pending goes on in the next one')
    for (const { reject } of this.callers.splice(0)) reject(closed())
    for (const callers of this.awaiting.values()) for (const { reject } of callers) reject(closed())
    this.awaiting.clear()
    this.events.end()
  }
}

/**
 * Why a change was not accepted.
 * @param {number} fate
 */
export function fateError(fate) {
  if (fate === FATE.LOST) {
    return new StorageError('CONFLICT', 'the change lost a conflict: read what is there now')
  }
  if (fate === FATE.REJECTED) {
    return new StorageError('REJECTED',
      'the server refused the change: see rejected(), then requeue or discard it')
  }
  return new StorageError('ABORTED', 'the change was discarded')
}

/**
 * @param {import('./sync-results.js').Refused} refused
 * @param {string} id
 * @returns {import('./sync-manager.js').RejectedChange}
 */
export function rejectedChange({ key, value, base, code, message, rejectedAt, isDead }, id) {
  const type = value === undefined ? 'delete' : base === 0 ? 'create' : 'update'
  const state = isDead ? 'dead' : 'rejected'
  return Object.freeze({ id, type, key, data: valueOf(value), state, code, message, rejectedAt })
}

/** @returns {SyncSummary} */
const fresh = () => ({ pushed: 0, pulled: 0, conflicts: 0, repaired: 0 })
