// @ts-check
/** Synchronisation as users see it, and how it becomes part of a stash. What it does is in sync-pump.js. */

import { StorageError } from './errors.js'
import { checkKey, checkNames, checkValue, expect } from './checks.js'
import { runLater, runNow } from './run.js'
import { callersSpace, spaceAt } from './space.js'
import { SyncLedger, rejectedChange } from './sync-ledger.js'
import { hasFields, setField } from './sync-merge.js'
import { checkSyncOptions, syncSettings } from './sync-options.js'
import { SyncPump } from './sync-pump.js'
import * as verbs from './sync-verbs.js'
import { valueOf } from './sync-wire.js'

/** @typedef {import('./sync-ledger.js').SyncEvent} SyncEvent */
/** @typedef {import('./sync-ledger.js').SyncStatus} SyncStatus */
/** @typedef {import('./sync-ledger.js').SyncSummary} SyncSummary */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * A change. `update` sets the fields of `data` in the object that is there, if both are plain objects;
 * anything else is replaced whole, as `create` does.
 * @typedef {{ type: 'create' | 'update', key: string, data: any } | { type: 'delete', key: string, data?:
 *   undefined }} Change
 */

/**
 * A change that the server has not decided.
 * @typedef {object} PendingChange
 * @property {string} id
 * @property {'create' | 'update' | 'delete'} type
 * @property {string} key
 * @property {any} data The whole value that is sent.
 * @property {'pending' | 'in-flight'} state `in-flight`: it may have reached the server.
 * @property {number} addedAt When, in milliseconds.
 */

/**
 * A change that the server has refused, or that was given up.
 * @typedef {object} RejectedChange
 * @property {string} id
 * @property {'create' | 'update' | 'delete'} type
 * @property {string} key
 * @property {any} data
 * @property {'rejected' | 'dead'} state `dead`: the server fails at it, or cannot take it: it was given up.
 * @property {string} code The server's code.
 * @property {string} message The server's words.
 * @property {number} rejectedAt When, in milliseconds.
 */

const TYPES = Object.freeze(['create', 'update', 'delete'])
const ID = /^[0-9a-f]{32}:([1-9]\d{0,15})$/
const { HOLD } = verbs

/** Changes that go to a server one day, and those of others that come back. */
export class SyncManager {
  /**
   * Made by `open`.
   * @param {SyncPump | undefined} pump
   */
  constructor(pump) {
    /** @protected @readonly */
    this.pump = pump
  }

  /**
   * Makes a change: readers see it at once, and the server hears of it when it is synchronised. The value
   * and the note that it is to be sent are one commit.
   * @param {Change} change
   * @returns {Promise<string>} The id of the mutation; that of an earlier one that was not sent yet, if this
   *   change went into it. Rejects with INVALID_KEY, INVALID_VALUE, BUSY if 10,000 are pending, and what the
   *   storage does.
   * @example
   * await stash.sync.addPendingChange({ type: 'update', key: 'user_123', data: { name: 'Updated Name' } })
   * await stash.sync.syncData()
   */
  async addPendingChange(change) {
    return runLater(this.add(change))
  }

  /**
   * As `addPendingChange`, on hosts that answer at once.
   * @param {Change} change
   * @returns {string}
   */
  addPendingChangeSync(change) {
    const { session } = this.own
    if (session.host.immediate) return runNow(this.add(change))
    throw new StorageError('NOT_IMMEDIATE',
      'addPendingChangeSync cannot be had, the host answers later: use addPendingChange')
  }

  /**
   * Synchronises: pushes what is pending, and pulls what others changed. It also goes on after a server
   * wanted a sign-in, and ends the pauses after failures. Calls while one is under way share its end.
   * @param {{ verify?: boolean }} [options] `verify`: compares what is held with the digest of the server,
   *   too.
   * @returns {Promise<SyncSummary>} Rejects with what the last request failed with; nothing is dropped then.
   */
  async syncData(options = {}) {
    const { verify = false } = checkNames(options, ['verify'])
    expect(typeof verify === 'boolean', 'verify', 'a boolean', verify)
    return this.own.once(verify)
  }

  /**
   * Synchronises by itself from now on: at its interval, after changes, and when network or app come back.
   */
  start() {
    this.own.start(true)
  }

  /** Ends what `start` began; what is under way comes to its end. */
  stop() {
    this.own.start(false)
  }

  /** How it stands. @returns {SyncStatus} */
  get status() {
    return this.own.ledger.status
  }

  /** The changes that the server has not decided, in their order. @returns {Promise<PendingChange[]>} */
  async pendingChanges() {
    const { space, ledger } = this.own
    const all = await runLater(verbs.pending(space))
    return all.map(({ number, isSent, base, addedAt, key, value }) => ({
      id: ledger.idOf(number),
      type: value === undefined ? 'delete' : base === 0 ? 'create' : 'update',
      key,
      data: valueOf(value),
      state: isSent ? 'in-flight' : 'pending',
      addedAt,
    }))
  }

  /** The changes that the server has refused, the last 1,000. @returns {Promise<RejectedChange[]>} */
  async rejected() {
    const { space, ledger } = this.own
    return (await runLater(verbs.rejected(space))).map(one => rejectedChange(one, ledger.idOf(one.number)))
  }

  /**
   * Waits until the server has accepted a change, one of an earlier process too.
   * @param {string} id
   * @returns {Promise<void>} Rejects with CONFLICT if it lost a conflict, REJECTED if the server refused it,
   *   ABORTED if it was discarded, CLOSED.
   */
  async awaitAccepted(id) {
    const number = numberOf(id)
    const { space, ledger } = this.own
    const waiting = ledger.nextFate(number)
    const fate = await runLater(verbs.fate(space, number))
    if (fate !== undefined) ledger.settled(number, fate)
    return waiting
  }

  /**
   * Sends a change anew that the server has refused.
   * @param {string} id
   * @returns {Promise<string>} Its new id. INVALID_OPTION if no such change was refused.
   */
  async requeue(id) {
    const { ledger } = this.own
    const done = await this.revise('requeue', id)
    return ledger.idOf(done.number)
  }

  /**
   * Drops a change that the server has refused, or one that was not sent yet: then readers see again what it
   * was made upon.
   * @param {string} id
   * @returns {Promise<void>} BUSY if it may have reached the server; INVALID_OPTION if there is no such
   *   change.
   */
  async discard(id) {
    await this.revise('discard', id)
  }

  /**
   * Hears of what happens, after it was stored.
   * @param {SyncEvent} event
   * @param {(detail: any) => void} listener
   * @returns {() => void} Ends it.
   */
  on(event, listener) {
    return this.own.ledger.events.on(event, listener)
  }

  /** @private */
  get own() {
    if (!this.pump) {
      throw new StorageError('INVALID_OPTION',
        'expected a transport for synchronisation, got none: open({ sync: { transport } })')
    }
    this.pump.session.refuseIfFinished()
    return this.pump
  }

  /**
   * @private
   * @param {Change} change
   * @returns {Flow<string>}
   */
  *add(change) {
    const { session, settings, ledger } = this.own
    const { type, key, data } = checkNames(change, ['type', 'key', 'data'])
    expect(TYPES.includes(type), 'type', `one of ${TYPES.join(', ')}`, type)
    checkKey(key)
    const space = spaceAt(callersSpace(session), settings.path)
    const isPatch = type === 'update' && hasFields(data)
    const { number, report } = yield* verbs.add(space, key, isPatch, held => {
      if (type === 'delete') return undefined
      const before = isPatch ? valueOf(held) : undefined
      return checkValue(space, key, hasFields(before) ? patched(before, data) : data)
    })
    ledger.note(report)
    if (this.pump && this.pump.isStarted) this.pump.wake()
    return ledger.idOf(number)
  }

  /**
   * @private
   * @param {'requeue' | 'discard'} what
   * @param {string} id
   */
  async revise(what, id) {
    const number = numberOf(id)
    const { space, ledger } = this.own
    const done = await runLater(verbs.revise(space, what, number))
    if (!done) {
      throw new StorageError('INVALID_OPTION',
        'expected the id of a change that is rejected or pending, got another')
    }
    ledger.note(done.report)
    if (this.pump && this.pump.isStarted) this.pump.wake()
    return done
  }
}

/**
 * @param {Record<string, unknown>} before
 * @param {Record<string, unknown>} patch
 */
function patched(before, patch) {
  const value = Object.assign({}, before)
  for (const name of Object.keys(patch)) setField(value, name, patch[name])
  return value
}

/** @param {unknown} id */
function numberOf(id) {
  const [, digits] = ID.exec(typeof id === 'string' ? id : '') ?? []
  expect(digits !== undefined, 'id', 'the id of a change', id)
  return Number(digits)
}

/** @type {import('./features.js').Feature} */
export const syncFeature = {
  option: 'sync',
  check: checkSyncOptions,
  attach(session, options) {
    if (options === undefined) return { members: { sync: new SyncManager(undefined) } }
    const settings = syncSettings(options)
    const pump = new SyncPump(session, settings, new SyncLedger(session, settings))
    if (settings.encrypt) {
      session.keepsCredential = true
      session.onSecret.push(() => pump.noteSecret())
    }
    session.listen('network', ({ isConnected = true } = {}) => pump.hold(HOLD.OFFLINE, !isConnected))
    session.listen('show', () => { if (pump.isStarted) pump.wake() })
    return {
      members: { sync: new SyncManager(pump) },
      open: () => pump.open(),
      close: () => pump.close(),
    }
  },
}
