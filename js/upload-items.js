// @ts-check
/**
 * The items of the queue: where each is, what the app sees of it, and who is told when it moves. Called after
 * a change was stored, except where it says otherwise.
 */

import { ItemProgress, itemProgress, QueueMeter } from './upload-progress.js'
import { Copies } from './upload-copies.js'
import { Roll } from './upload-roll.js'
import { lostBytes } from './upload-source.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./errors.js').StorageError} StorageError */
/** @typedef {import('./upload-item.js').Caller} Caller */
/** @typedef {import('./upload-item.js').Item} Item */
/** @typedef {import('./upload-item.js').UploadInfo} UploadInfo */
/** @typedef {import('./upload-item.js').UploadState} UploadState */

/** The most items that have arrived or were cancelled that are remembered. */
const ARRIVED_MAX = 200
/** And the most that failed: a person is to look at them. */
const FAILED_MAX = 1000

/** The items of one queue. */
export class UploadItems {
  /** @param {import('./upload-pump.js').UploadPump} pump */
  constructor(pump) {
    this.pump = pump
    /** Every item that is known. */
    this.all = new Roll()
    /** @type {(Item | undefined)[]} */
    this.slots = []
    /** @type {number[]} */
    this.free = []
    /** @type {Item[]} Those that arrived or were cancelled and are remembered, the oldest first. */
    this.arrived = []
    /** @type {Item[]} */
    this.failed = []
    /** @type {Map<string, Item>} Items that have not ended, by content and place. */
    this.byContent = new Map()
    this.copies = new Copies(pump)
    this.live = 0
    this.meter = new QueueMeter()
    /** @type {(() => void)[]} */
    this.onIdle = []
  }

  /** An item begins to count; nothing is stored of it yet. @param {Item} item */
  expect(item) {
    if (this.live === 0) this.meter.reset()
    this.live += 1
    this.meter.items += 1
    this.all.add(item)
  }

  /**
   * Takes up an item of an earlier process.
   * @param {Item} item
   * @param {number} now
   */
  restore(item, now) {
    item.isTaken = true
    if (item.state !== 'waiting' && item.state !== 'running') {
      item.hasEnded = true
      this.all.add(item)
      this.retire(item)
      if (item.state !== 'failed') this.unkeep(item)
      return
    }
    // An attempt that a kill has cut off is none.
    if (item.state === 'running') item.attempts -= 1
    item.state = 'waiting'
    this.expect(item)
    this.meter.total += item.total ?? 0
    if (item.source === undefined) this.pump.lose(item, lostBytes())
    else this.pump.readmit(item, now)
  }

  /** Gives an item a slot of the engine. @param {Item} item */
  place(item) {
    item.slot = this.free.pop() ?? this.slots.length
    this.slots[item.slot] = item
    if (item.digest !== undefined) this.byContent.set(contentKey(item), item)
  }

  /** Takes its slot: it has ended. @param {Item} item */
  leave(item) {
    item.hasEnded = true
    item.attempt = undefined
    if (item.slot >= 0) {
      this.slots[item.slot] = undefined
      this.free.push(item.slot)
      item.slot = -1
    }
    if (item.digest !== undefined) this.byContent.delete(contentKey(item))
  }

  /** @param {number} slot */
  at(slot) {
    return /** @type {Item} */ (this.slots[slot])
  }

  /** The item that a new one would double. @param {Item} item */
  doubled(item) {
    return item.digest === undefined ? undefined : this.byContent.get(contentKey(item))
  }

  /** @param {Item} item */
  taken(item) {
    item.isTaken = true
    if (item.kept !== undefined) this.copies.hand(item.kept)
    this.tell('added', item)
  }

  /**
   * @param {Item} item
   * @param {number} attempts
   */
  runs(item, attempts) {
    item.state = 'running'
    item.attempts = attempts
    this.tell('started', item)
  }

  /**
   * @param {Item} item
   * @param {number} attempts
   * @param {number} due
   * @param {StorageError | undefined} error
   */
  waits(item, attempts, due, error) {
    item.state = 'waiting'
    item.attempts = attempts
    item.dueAt = due
    item.error = error
    this.tell('retry', item)
  }

  /**
   * @param {Item} item
   * @param {'done' | 'failed' | 'cancelled'} state
   * @param {unknown} result
   * @param {StorageError | undefined} error
   */
  ended(item, state, result, error) {
    const { meter } = this
    item.state = state
    item.result = result
    item.error = state === 'cancelled' ? undefined : error
    if (state === 'done') item.resume = undefined
    meter[state] += 1
    const rest = restOf(item)
    if (state === 'done') {
      item.sent += rest
      if (rest > 0) meter.add(rest, this.pump.clock.now())
    } else {
      meter.total -= rest
    }
    const callers = item.takeCallers()
    if (state === 'done') {
      this.tellPercent(callers, 100, item)
      for (const caller of callers) settled(caller).resolve(result)
    } else {
      for (const caller of callers) settled(caller).reject(error)
    }
    this.tell(state, item)
    if (state !== 'failed') this.unkeep(item)
    this.retire(item)
    this.less()
  }

  /**
   * Gives back an item that was not taken.
   * @param {Item} item
   * @param {unknown} error
   */
  reject(item, error) {
    const { meter } = this
    meter.items -= 1
    meter.total -= restOf(item)
    this.all.remove(item)
    for (const caller of item.takeCallers()) settled(caller).reject(error)
    this.unkeep(item)
    this.less()
  }

  /** Begins anew with an item that has ended; nothing is stored of that yet. @param {Item} item */
  revive(item) {
    this.unretire(item)
    item.hasEnded = false
    item.sent = 0
    item.progress = undefined
    this.expect(item)
    this.meter.total += item.total ?? 0
    this.place(item)
  }

  /** Forgets an item that has ended. @param {Item} item */
  drop(item) {
    this.unretire(item)
    this.lose(item)
  }

  /**
   * Takes in how large a file is.
   * @param {Item} item
   * @param {number} size
   */
  sized(item, size) {
    const before = item.total ?? 0
    item.total = Math.max(size, item.sent)
    this.meter.total += item.total - before
  }

  /**
   * Takes in how far an item is, and tells it now and then.
   * @param {Item} item
   * @param {number} sent
   * @param {number | undefined} total
   * @param {number} now
   */
  heard(item, sent, total, now) {
    const { interval } = this.pump.settings
    if (typeof total === 'number' && total >= 0) this.sized(item, total)
    item.progress ??= new ItemProgress(item, now)
    const more = item.progress.hear(sent, now)
    if (item.total === undefined) this.meter.total += more
    if (more > 0) this.meter.add(more, now)
    const percent = item.progress.due(now, interval)
    if (percent !== undefined) this.tellPercent(item.callers, percent, item)
    if (more === 0 || now - this.meter.toldAt < interval) return
    this.meter.toldAt = now
    this.pump.events.tell('progress', () => this.meter.at(now))
  }

  /** All that is stored, as lines. */
  lines() {
    let lines = ''
    for (const item of this.all.values()) if (item.isTaken) lines += wire.itemLines(item)
    return lines
  }

  /** Gives up every attempt. */
  abort() {
    for (const item of this.slots) if (item && item.attempt) item.attempt.abort()
  }

  /** Whoever waits hears that nothing more comes. @param {unknown} error */
  end(error) {
    this.abort()
    for (const item of this.all.values()) {
      for (const caller of item.takeCallers()) {
        // Nobody has to await a queue that was closed on purpose.
        caller.promise.catch(() => {})
        settled(caller).reject(error)
      }
    }
    for (const idle of this.onIdle.splice(0)) idle()
  }

  /**
   * An item as the app sees it.
   * @param {Item} item
   * @returns {Readonly<UploadInfo>}
   */
  info(item) {
    const { clock } = this.pump
    const { id, state, target, priority, metadata, attempts, addedAt, dueAt, result, error, file } = item
    const now = clock.now()
    const progress = itemProgress(item, now)
    return Object.freeze({ id, state, path: file, cloudPath: target, priority, metadata, attempts,
      nextAttemptAt: state === 'waiting' && dueAt > now ? clock.toWall(dueAt) : undefined,
      waitingFor: this.explain(item), addedAt, progress, result, error })
  }

  /**
   * @param {Item} item
   * @returns {import('./upload-item.js').WaitingFor | undefined}
   */
  explain(item) {
    const { clock, rules } = this.pump
    if (item.state !== 'waiting') return undefined
    if (item.slot < 0) return { reasons: ['opening'] }
    return rules.explain(item.slot, clock.now(), time => clock.toWall(time))
  }

  /**
   * @private
   * @param {import('./upload-events.js').UploadEvent} event
   * @param {Item} item
   */
  tell(event, item) {
    this.pump.events.tell(event, () => this.info(item))
  }

  /**
   * @private
   * @param {readonly Caller[]} callers
   * @param {number} percent
   * @param {Item} item
   */
  tellPercent(callers, percent, item) {
    for (const { onProgress } of callers) {
      if (!onProgress) continue
      const progress = itemProgress(item, this.pump.clock.now())
      this.pump.events.call(() => onProgress(percent, progress))
    }
  }

  /** @private */
  less() {
    this.live -= 1
    if (this.live > 0) return
    this.pump.events.tell('progress', () => this.meter.at(this.pump.clock.now()))
    this.pump.events.tell('idle', () => this.meter.at(this.pump.clock.now()))
    for (const idle of this.onIdle.splice(0)) idle()
  }

  /** @private @param {Item} item */
  endedAs(item) {
    return item.state === 'failed' ? this.failed : this.arrived
  }

  /** Remembers an item that has ended; the oldest are forgotten. @private @param {Item} item */
  retire(item) {
    const ended = this.endedAs(item)
    ended.push(item)
    if (ended.length <= (item.state === 'failed' ? FAILED_MAX : ARRIVED_MAX)) return
    const oldest = ended.shift()
    if (oldest) this.lose(oldest)
  }

  /** @private @param {Item} item */
  unretire(item) {
    const ended = this.endedAs(item)
    const at = ended.indexOf(item)
    if (at >= 0) ended.splice(at, 1)
  }

  /** @private @param {Item} item */
  lose(item) {
    this.all.remove(item)
    this.unkeep(item)
  }

  /** Deletes the copy of a file that is not needed any more. @param {Item} item */
  unkeep(item) {
    const { kept } = item
    if (kept === undefined) return
    item.kept = undefined
    this.copies.drop(kept)
  }
}

/** How much is left to be sent. @param {Item} item */
const restOf = ({ sent, total }) => total === undefined ? 0 : total - sent

/** @param {Item} item */
const contentKey = ({ digest, target }) => `${digest} ${target}`

/** @param {Caller} caller */
function settled(caller) {
  if (caller.unlisten) caller.unlisten()
  return caller
}
