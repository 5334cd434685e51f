// @ts-check
/**
 * How far uploads are: each by itself, and all together. Numbers rise only; they are told now and then.
 */

/**
 * How far it is.
 * @typedef {object} Progress
 * @property {number} bytes How much has been sent.
 * @property {number | undefined} total Of how much; undefined while that is not known.
 * @property {number} speed In bytes a second, smoothed.
 * @property {number | undefined} remaining In milliseconds, at this speed; undefined while it cannot be told.
 */

/** The speed is the mean of about so long, the last moments weighing more. */
const SMOOTHED_MS = 3000
/** Speeds of shorter times are chance. */
const SAMPLE_MS = 200

/** A speed, smoothed. */
export class Speed {
  /** @param {number} now */
  constructor(now) {
    this.value = 0
    this.since = now
    this.bytes = 0
    this.hasSample = false
  }

  /**
   * @param {number} bytes
   * @param {number} now
   */
  add(bytes, now) {
    this.bytes += bytes
    this.sample(now)
  }

  /** @param {number} now */
  at(now) {
    this.sample(now)
    return this.value
  }

  /** @private @param {number} now */
  sample(now) {
    const span = now - this.since
    if (span < SAMPLE_MS) return
    const speed = this.bytes * 1000 / span
    const weight = this.hasSample ? 1 - Math.exp(-span / SMOOTHED_MS) : 1
    this.value += weight * (speed - this.value)
    this.hasSample = this.hasSample || this.bytes > 0
    this.since = now
    this.bytes = 0
  }
}

/**
 * @param {number} bytes
 * @param {number | undefined} total
 * @param {number} speed
 * @returns {Progress}
 */
export function progressOf(bytes, total, speed) {
  const left = total === undefined ? undefined : total - bytes
  const remaining = left === undefined ? undefined
    : left === 0 ? 0 : speed > 0 ? Math.ceil(left * 1000 / speed) : undefined
  return { bytes, total, speed: Math.round(speed), remaining }
}

/** @typedef {import('./upload-item.js').Item} Item */

/** How far one item is, as it is heard of. */
export class ItemProgress {
  /**
   * @param {Item} item
   * @param {number} now
   */
  constructor(item, now) {
    this.item = item
    this.percent = -1
    this.toldAt = -Infinity
    this.speed = new Speed(now)
  }

  /**
   * Takes in how far it is; a new attempt that begins anew does not take anything back.
   * @param {number} sent
   * @param {number} now
   * @returns {number} How many bytes are new.
   */
  hear(sent, now) {
    const { item } = this
    const most = Math.min(Number(sent) || 0, item.total ?? Infinity)
    const more = Math.max(0, most - item.sent)
    item.sent += more
    this.speed.add(more, now)
    return more
  }

  /**
   * The per cent to tell now; undefined if there is nothing new, or it is too early. Only what has arrived
   * is at 100.
   * @param {number} now
   * @param {number} interval
   * @returns {number | undefined}
   */
  due(now, interval) {
    const { sent, total } = this.item
    if (total === undefined || now - this.toldAt < interval) return undefined
    const percent = total === 0 ? 0 : Math.min(99, Math.floor(sent * 100 / total))
    if (percent <= this.percent) return undefined
    this.percent = percent
    this.toldAt = now
    return percent
  }
}

/**
 * How far an item is.
 * @param {Item} item
 * @param {number} now
 */
export function itemProgress({ sent, total, progress }, now) {
  return progressOf(sent, total, progress ? progress.speed.at(now) : 0)
}

/**
 * All of the queue since it was last idle.
 * @typedef {Progress & { percent: number, items: number, done: number, failed: number, cancelled: number }}
 *   QueueProgress
 */

/** How far all items are. */
export class QueueMeter {
  constructor() {
    this.items = 0
    this.done = 0
    this.failed = 0
    this.cancelled = 0
    this.bytes = 0
    this.total = 0
    /** @type {Speed | undefined} */
    this.speed = undefined
    this.toldAt = -Infinity
  }

  /** Begins anew: the queue was idle. */
  reset() {
    this.items = this.done = this.failed = this.cancelled = this.bytes = this.total = 0
    this.speed = undefined
  }

  /**
   * @param {number} bytes
   * @param {number} now
   */
  add(bytes, now) {
    this.bytes += bytes
    this.speed ??= new Speed(now)
    this.speed.add(bytes, now)
  }

  /**
   * @param {number} now
   * @returns {QueueProgress}
   */
  at(now) {
    const { items, done, failed, cancelled, bytes, total } = this
    const ended = done + failed + cancelled
    // Without sizes, how many have ended is all that can be told.
    const part = total > 0 ? bytes / total : items > 0 ? ended / items : 0
    const percent = items > 0 && ended === items ? 100 : Math.min(99, Math.floor(part * 100))
    const speed = this.speed ? this.speed.at(now) : 0
    return { ...progressOf(bytes, total, speed), percent, items, done, failed, cancelled }
  }
}
