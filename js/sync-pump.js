// @ts-check
/**
 * Synchronisation at work: what the core claims is sent by the transport, and what comes back is told to the
 * core. What is next, and what becomes of it, is decided there.
 */

import { makeController } from './abort.js'
import { TIMER_MS_MAX } from './checks.js'
import { StorageError } from './errors.js'
import { reportSafely } from './listeners.js'
import { runLater } from './run.js'
import { decide } from './sync-conflict.js'
import { failureOf } from './sync-failure.js'
import { checkedDigest, checkedPage, mutationsOf, resultsOf, rowsOf, timeOf } from './sync-messages.js'
import { SyncSeal } from './sync-seal.js'
import * as verbs from './sync-verbs.js'
import { during } from './uploads/task.js'
import * as storage from './verbs.js'

/** @typedef {import('./sync-options.js').SyncSettings} SyncSettings */
/** @typedef {import('./sync-results.js').Settled} Settled */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

const { CLAIM, HOLD, POLICY } = verbs
/** How long after the store refused it is asked again. */
const AGAIN_MS = 5000
/** How often the decision of a conflict is made anew, because the value changed meanwhile. */
const DECISIONS_MAX = 100
const POLICIES = Object.freeze(/** @type {Record<string, number>} */ ({
  'last-write': POLICY.LAST_WRITE, server: POLICY.SERVER, client: POLICY.CLIENT,
}))

/** One synchronisation at work. */
export class SyncPump {
  /**
   * @param {import('./session.js').Session} session
   * @param {SyncSettings} settings
   * @param {import('./sync-ledger.js').SyncLedger} ledger Hears what becomes of changes.
   */
  constructor(session, settings, ledger) {
    this.session = session
    this.settings = settings
    this.ledger = ledger
    this.space = { session, path: settings.path }
    /** @type {SyncSeal | undefined} What seals, if values travel sealed. */
    this.seal = settings.encrypt && new SyncSeal(this.space, settings.encrypt)
    this.isStarted = false
    this.hasEnded = false
    /** @type {Promise<void> | undefined} The cycle under way. */
    this.running = undefined
    /** Whether something happened while it was. */
    this.isWoken = false
    /** @type {any} */
    this.timer = undefined
    /** @type {(() => void) | undefined} */
    this.unwatch = undefined
    /** @type {import('./abort.js').Controller | undefined} Of the request under way. */
    this.controller = undefined
  }

  /** @returns {Flow<void>} */
  *open() {
    const { conflict, batch, base, cap, attempts, interval, digest } = this.settings
    const policy = typeof conflict === 'string' ? POLICIES[conflict] ?? POLICY.ASK : POLICY.ASK
    const standing = yield* verbs.open(this.space, [policy, batch, base, cap, attempts, interval, digest])
    this.ledger.stands(standing)
    this.unwatch = this.session.watchers.add(verbs.ownPath(this.space.path), { key: verbs.HEAD },
      ({ isElsewhere = false }) => isElsewhere ? this.hear() : undefined)
  }

  /** @returns {Flow<void>} */
  *close() {
    this.hasEnded = true
    if (this.unwatch) this.unwatch()
    clearTimeout(this.timer)
    if (this.controller) this.controller.abort()
    if (this.running) yield this.running
    this.ledger.end()
  }

  /**
   * Holds for a reason, or no longer.
   * @param {number} reason
   * @param {boolean} isHeld
   */
  hold(reason, isHeld) {
    const { ledger } = this
    const holds = isHeld ? ledger.holds | reason : ledger.holds & ~reason
    if (holds === ledger.holds || this.hasEnded) return
    ledger.holds = holds
    ledger.tellStatus()
    this.quietly(verbs.hold(this.space, holds))
    if (holds === 0) this.wake()
  }

  /** @param {boolean} isStarted */
  start(isStarted) {
    if (this.isStarted === isStarted) return
    this.isStarted = isStarted
    this.quietly(verbs.start(this.space, isStarted))
    if (isStarted) this.wake()
    else clearTimeout(this.timer)
  }

  /**
   * Synchronises once, from end to end.
   * @param {boolean} withDigest
   */
  async once(withDigest) {
    const { ledger } = this
    if ((ledger.holds & HOLD.OFFLINE) !== 0) {
      throw new StorageError('NETWORK_FAILED',
        'there is no network: it is synchronised when there is one again')
    }
    await runLater(verbs.want(this.space, withDigest))
    ledger.holds &= ~(HOLD.SIGNED_OUT | HOLD.LOCKED)
    if (this.seal) await runLater(verbs.hold(this.space, ledger.holds))
    const ended = ledger.nextEnd()
    this.wake()
    return ended
  }

  /** The secret has come, gone or changed: what waits for it goes on. */
  noteSecret() {
    if (!this.seal || this.hasEnded) return
    this.seal.isDue = true
    if ((this.ledger.holds & HOLD.LOCKED) === 0) return
    if (this.isStarted) this.quietly(verbs.want(this.space, false))
    this.hold(HOLD.LOCKED, false)
  }

  /** Has a look at what is to be done. */
  wake() {
    if (this.hasEnded) return
    clearTimeout(this.timer)
    this.isWoken = true
    this.running ??= this.run().catch(error => this.report(error)).finally(() => {
      this.running = undefined
      if (this.isWoken) this.wake()
    })
  }

  /** @private */
  async run() {
    /** @type {(() => void | Promise<void>) | undefined} */
    let release
    try {
      release = await this.alone()
      this.ledger.begins()
      while (!this.hasEnded) {
        this.isWoken = false
        const claim = await runLater(verbs.claim(this.space))
        if (claim.kind === CLAIM.WAIT) {
          if (claim.until > 0) this.restFor(claim.until - this.session.now())
          break
        }
        await this.work(claim)
      }
    } catch (error) {
      // The store or the lock refuses: what was under way is taken up again from what is stored.
      this.isWoken = false
      if (!this.hasEnded) this.ledger.failed(error)
      this.restFor(AGAIN_MS)
    } finally {
      if (!this.hasEnded) this.ledger.rests()
      if (release) await release()
    }
  }

  /** Somebody else who shares the store has gone on: takes note of what became of changes. */
  async hear() {
    if (this.hasEnded) return
    const { space, ledger } = this
    const standing = await runLater(verbs.status(space))
    for (const number of ledger.awaited()) {
      const fate = await runLater(verbs.fate(space, number))
      if (fate !== undefined) ledger.settled(number, fate)
    }
    ledger.stands(standing)
    ledger.tellStatus()
  }

  /** Only one of those who share the store synchronises at a time. */
  async alone() {
    const { lock } = this.session.host
    return lock ? lock(`ministash.sync ${this.space.path}`) : undefined
  }

  /**
   * @private
   * @param {number} ms
   */
  restFor(ms) {
    if (this.hasEnded || !this.isStarted) return
    this.timer = setTimeout(() => this.wake(), Math.min(TIMER_MS_MAX, Math.max(0, ms)))
    // In Node a timer would keep the process alive.
    Object(this.timer).unref?.()
  }

  /**
   * @private
   * @param {import('./sync-results.js').Claim} claim
   */
  async work(claim) {
    const numbers = claim.items.map(({ number }) => number)
    try {
      if (this.seal) {
        const { transport } = this.settings
        await this.seal.prepare(request => this.ask(how => transport.push(request, how)))
      }
      if (claim.kind === CLAIM.PUSH) await this.push(claim)
      else if (claim.kind === CLAIM.PULL) await this.pull(claim.cursor)
      else await this.compare()
      this.ledger.succeeds()
    } catch (error) {
      if (this.hasEnded) return
      const now = this.session.now()
      const failure = failureOf(error, now)
      const { ledger } = this
      ledger.holds |= failure.failure === verbs.FAILURE.SIGNED_OUT ? HOLD.SIGNED_OUT : this.lockedBy(failure)
      ledger.failed(error)
      if (this.seal) await runLater(verbs.hold(this.space, ledger.holds))
      const settled = await runLater(verbs.failed(this.space, { ...failure, numbers }))
      if (!settled.disputes) ledger.note(settled.report)
    }
  }

  /**
   * @private
   * @param {import('./sync-results.js').Claim} claim
   */
  async push({ client, items }) {
    const { transport, conflict } = this.settings
    const { seal } = this
    const merges = !seal && conflict === 'merge' && transport.merges === true
    const request = { client, mutations: mutationsOf(items, merges, seal && await seal.sealed(items)) }
    const told = Object(await this.ask(how => transport.push(request, how)))
    const answer = seal ? await seal.openedAnswer(told, items) : told
    const results = resultsOf(answer, items)
    await this.settle(decisions => verbs.pushed(this.space, timeOf(answer), results, decisions))
    this.ledger.pushed(items.length)
  }

  /**
   * @private
   * @param {string} after
   */
  async pull(after) {
    const { transport, page } = this.settings
    const answer = Object(await this.ask(how => transport.pull({ cursor: after, limit: page }, how)))
    const isReset = answer.reset === true
    const { rows: told, cursor, more } = isReset ? { rows: [], cursor: '', more: true } : checkedPage(answer)
    const rows = await this.rowsOf(told)
    if (this.seal && isReset) this.seal.isLost = true
    const server = timeOf(answer)
    await this.settle(decisions =>
      verbs.pulled(this.space, { server, more, isReset, after, cursor, rows }, decisions))
    this.ledger.pulled(rows.length)
  }

  /**
   * @private
   * @param {import('./sync-transports/transport.js').WireRow[]} told
   */
  async rowsOf(told) {
    const rows = this.seal && Array.isArray(told) ? await this.seal.opened(told) : told
    return rowsOf(rows, error => this.report(error))
  }

  /**
   * Whether nothing can go on before somebody unlocks: again with the same it would fail again.
   * @private
   * @param {{ code: string }} failure
   */
  lockedBy({ code }) {
    return this.seal && (code === 'LOCKED' || code === 'WRONG_SECRET') ? HOLD.LOCKED : 0
  }

  /** @private */
  async compare() {
    const { transport, page } = this.settings
    const { digest, rows: rowsIn } = transport
    const told = digest && await this.ask(how => digest.call(transport, how))
    const { cursor: at, buckets: theirs } = told === undefined ? { cursor: '', buckets: [] }
      : checkedDigest(told)
    const buckets = await runLater(verbs.compared(this.space, at, theirs))
    if (!rowsIn || buckets.length === 0) return
    this.ledger.differs(buckets.length)
    /** @type {import('./sync-results.js').Row[]} */
    const rows = []
    let cursor = at
    for (let after = '', more = true; more;) {
      const answer = checkedPage(Object(
        await this.ask(how => rowsIn.call(transport, { buckets, after, limit: page }, how))))
      // If the server has gone on, what was read does not belong together.
      cursor = answer.cursor === cursor ? cursor : ''
      rows.push(...await this.rowsOf(answer.rows))
      const last = answer.rows[answer.rows.length - 1]
      more = answer.more && last !== undefined
      after = last ? last.key : ''
    }
    await this.settle(decisions => verbs.repaired(this.space, cursor, buckets, rows, decisions))
  }

  /**
   * Tells the core, and has conflicts decided until there are none.
   * @private
   * @param {(decisions: import('./sync-results.js').Decision[]) => Flow<Settled>} tell
   */
  async settle(tell) {
    /** @type {import('./sync-results.js').Decision[]} */
    let decisions = []
    for (let round = 0; round < DECISIONS_MAX; round += 1) {
      const settled = await runLater(tell(decisions))
      if (!settled.disputes) return this.ledger.note(settled.report)
      const { conflict } = this.settings
      decisions = await Promise.all(settled.disputes.map(dispute => decide(dispute, conflict)))
    }
    throw new StorageError('BUSY',
      'the value changed each time before its conflict was decided: try again later')
  }

  /**
   * Asks the transport, no longer than it may take.
   * @private
   * @template T
   * @param {(how: import('./sync-transports/transport.js').SyncConditions) => Promise<T>} call
   * @returns {Promise<T>}
   */
  async ask(call) {
    const { session, settings: { timeout } } = this
    const controller = makeController()
    const { signal } = controller
    this.controller = controller
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      controller.abort()
    }, timeout)
    /** @type {import('./sync-transports/transport.js').SyncConditions} */
    const how = {
      signal,
      timeoutMs: timeout,
      network: session.host.network,
      read: key => runLater(storage.get(this.space, key, undefined)),
      now: () => session.now(),
    }
    try {
      return await during(signal, () => ({ answer: call(how), abort() {} }), 'the request')
    } catch (error) {
      if (!isLate) throw error
      throw new StorageError('TIMEOUT', `the server did not answer in ${timeout} ms`, { cause: error })
    } finally {
      clearTimeout(timer)
      this.controller = undefined
    }
  }

  /**
   * Runs what nobody waits for.
   * @private
   * @param {Flow<unknown>} flow
   */
  quietly(flow) {
    runLater(flow).catch(error => this.report(error))
  }

  /** @private @param {unknown} error */
  report(error) {
    if (!this.hasEnded) reportSafely(error, () => this.session.report(error, undefined))
  }
}
