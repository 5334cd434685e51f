// @ts-check
/** Every limit of the server, and the buckets of tokens that bound how often somebody asks. */

/** @typedef {Readonly<Record<keyof typeof LIMITS, number>>} Limits */

const DAY_MS = 86_400_000

export const LIMITS = Object.freeze({
  bodyBytesMax: 8 * 1024 * 1024,
  mutationsMax: 500,
  keyBytesMax: 512,
  valueBytesMax: 1024 * 1024,
  pageRowsMax: 1000,
  /** A page ends before the limit of its rows when they weigh this much; a push decides no more at once. */
  pageBytesMax: 4 * 1024 * 1024,
  /** How far ahead of the server's clock the stamp of a change may be. */
  stampAheadMs: 60_000,
  /** A device that was away for longer begins anew. */
  tombstonesKeptMs: 90 * DAY_MS,
  decisionsKeptMs: 30 * DAY_MS,
  tokensKeptMs: 180 * DAY_MS,
  /** Requests of one user; of one address, those that nobody is signed in for. */
  requestsAtOnce: 100,
  requestsPerSecond: 20,
  strangersAtOnce: 20,
  strangersPerSecond: 1,
  connectionsMax: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  /** How long requests may go on after the server was told to stop. */
  stopMs: 10_000,
})

/** How many names are remembered; who is forgotten begins with a full bucket. */
const NAMES_MAX = 100_000

/** One bucket of tokens for each name: full at first, filled steadily, and each request takes one token. */
export class TokenBuckets {
  /** @type {Map<string, { tokens: number, at: number }>} In the order of last use. */
  #buckets = new Map()
  #size
  #perSecond

  /** @param {number} size @param {number} perSecond */
  constructor(size, perSecond) {
    this.#size = size
    this.#perSecond = perSecond
  }

  /**
   * Takes a token.
   * @param {string} name
   * @param {number} now
   * @returns {number} 0, or after how many milliseconds there will be one.
   */
  take(name, now) {
    const { tokens, at } = this.#buckets.get(name) ?? { tokens: this.#size, at: now }
    const filled = Math.min(this.#size, tokens + Math.max(0, now - at) / 1000 * this.#perSecond)
    this.#buckets.delete(name)
    this.#buckets.set(name, { tokens: filled >= 1 ? filled - 1 : filled, at: now })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= NAMES_MAX) break
      this.#buckets.delete(oldest)
    }
    return filled >= 1 ? 0 : Math.ceil((1 - filled) / this.#perSecond * 1000)
  }
}
