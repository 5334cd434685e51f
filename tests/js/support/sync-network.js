// @ts-check
/**
 * A network in virtual time between devices and a server in memory: it loses, doubles, delays and reorders,
 * and the server fails, refuses, postpones, signs out, answers nonsense, and forgets its history.
 */

import { StorageError } from '../../../js/index.js'
import { MemoryServer } from './sync-memory-server.js'

/** @import { SyncTransport, WireMutation } from '../../../js/sync-transports/transport.js' */

/** A time that no clock of this machine is near. */
export const START = 1_728_000_000_000

/** Dice, and what happens when. */
export class World {
  /**
   * @param {() => number} random From 0 to 1.
   * @param {{ merges: boolean, isRough: boolean }} kind Whether the server merges by field, and whether it
   *   refuses and fails at changes.
   */
  constructor(random, { merges, isRough }) {
    this.random = random
    this.isRough = isRough
    this.isQuiet = false
    this.now = START
    this.signedOutUntil = 0
    this.server = new MemoryServer()
    this.server.merges = merges
    this.server.clock = () => this.now
    this.server.refuse = mutation => isRough && (tagOf(mutation) + mutation.id) % 11 === 5
      ? { code: 'FORBIDDEN', message: 'not allowed' } : undefined
    /** @type {{ due: number, act: () => void, isTimer?: boolean }[]} */
    this.travelling = []
  }

  /** @param {number} sides */
  roll(sides) {
    return Math.floor(this.random() * sides)
  }

  /** Does what is due, in the order of time. */
  deliver() {
    for (;;) {
      const due = this.travelling.filter(one => one.due <= this.now).sort((a, b) => a.due - b.due)
      const [first] = due
      if (!first) return
      this.travelling.splice(this.travelling.indexOf(first), 1)
      first.act()
    }
  }

  /** From now on the world goes well. */
  becomeQuiet() {
    this.isQuiet = true
    const timers = this.travelling.filter(({ isTimer }) => isTimer)
    this.travelling.splice(0, Infinity, ...timers)
  }

  /** Something happens to the server. */
  disturbServer() {
    switch (this.roll(40)) {
      case 0:
        this.signedOutUntil = this.now + this.roll(10_000)
        break
      case 1:
        this.server.epoch += 1
        for (const [key, { deleted }] of this.server.rows) if (deleted) this.server.rows.delete(key)
        break
      default:
    }
  }

  /** The transport of one device. @returns {SyncTransport} */
  transport() {
    return {
      name: 'simulated',
      merges: this.server.merges,
      push: request => this.carry('push', request),
      pull: request => this.carry('pull', request),
      digest: () => this.carry('digest', {}),
      rows: request => this.carry('rows', request),
    }
  }

  /**
   * @private
   * @param {string} call
   * @param {any} request
   * @returns {Promise<any>}
   */
  carry(call, request) {
    const sent = JSON.stringify(request)
    return new Promise((resolve, reject) => {
      const copies = this.isQuiet ? 1 : [0, 1, 1, 1, 1, 2][this.roll(6)] ?? 1
      for (let copy = 0; copy < copies; copy += 1) {
        this.later(() => {
          const answer = this.serve(call, JSON.parse(sent))
          if (!this.isQuiet && this.roll(8) === 0) return
          this.later(() => answer instanceof StorageError ? reject(answer) : resolve(answer))
        })
      }
      // Where nothing arrives it is noticed soon, or when the device has had enough.
      if (copies === 0 && this.roll(2) === 0) {
        this.later(() => reject(new StorageError('NETWORK_FAILED', 'the network failed')))
      }
    })
  }

  /** Has `setTimeout` and `clearTimeout` of this process go by this world's time from now on. */
  takeTimers() {
    const { travelling } = this
    const set = (/** @type {() => void} */ act, ms = 0) => {
      const timer = { due: this.now + ms, act, isTimer: true }
      travelling.push(timer)
      return timer
    }
    const clear = (/** @type {any} */ timer) => {
      const at = travelling.indexOf(timer)
      if (at >= 0) travelling.splice(at, 1)
    }
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
  }

  /** @private @param {() => void} act */
  later(act) {
    const isSlow = this.roll(10) === 0
    const delay = this.isQuiet ? 1 : this.roll(isSlow ? 20_000 : 800)
    this.travelling.push({ due: this.now + delay, act })
  }

  /**
   * @private
   * @param {string} call
   * @param {any} request
   * @returns {any}
   */
  serve(call, request) {
    const { server } = this
    if (this.isQuiet) return copyOf(this.answer(call, request))
    if (this.now < this.signedOutUntil) return failure(401)
    if (this.roll(40) === 0) return failure(503)
    if (this.roll(40) === 0) return this.nonsense(copyOf(this.answer(call, request)))
    if (call === 'push' && this.isRough) {
      const { mutations } = request
      if (mutations.some((/** @type {any} */ one) => tagOf(one) % 23 === 7)) return failure(500)
      if (mutations.length > 2 && this.roll(10) === 0) return failure(413)
      return copyOf({ now: server.now, results: mutations.map((/** @type {any} */ one) => this.roll(12) === 0
        ? { id: one.id, status: 'retry', retryAfter: 1000 } : server.decide(request.client, one)) })
    }
    return copyOf(this.answer(call, request))
  }

  /**
   * @private
   * @param {string} call
   * @param {any} request
   */
  answer(call, { client, mutations, cursor, limit, buckets, after }) {
    const { server } = this
    if (call === 'push') {
      const decide = (/** @type {WireMutation} */ one) => server.decide(client, one)
      return { now: server.now, results: mutations.map(decide) }
    }
    if (call === 'pull') return server.pull(cursor, Math.min(limit, 1 + this.roll(4)))
    return call === 'digest' ? server.digest() : server.rowsIn(buckets, after, limit)
  }

  /** What a portal in the place of the server, or a broken one, answers. @private @param {any} answer */
  nonsense(answer) {
    const { rows, results } = answer
    const [first] = rows ?? results ?? []
    return [undefined, '<html>', {}, { ...answer, rows: undefined, results: undefined },
      { ...answer, rows: rows && [...rows.slice(1), { ...first, version: -1 }], results: results?.slice(1) },
    ][this.roll(5)]
  }
}

/** @param {number} status */
const failure = status => new StorageError('HTTP_STATUS', `status ${status}`, { status })

/** @param {any} answer */
const copyOf = answer => JSON.parse(JSON.stringify(answer))

/** The greatest tag in the value of a mutation. @param {any} mutation */
function tagOf({ value }) {
  /** @type {number[]} */
  const tags = Object.values(Object(value))
  return Math.max(0, ...tags)
}
