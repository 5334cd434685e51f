// @ts-check
/**
 * What really happened in a simulation of synchronisation, as somebody knows who sees all devices and the
 * server. Every change sets the device's own field of an object to a tag that it never used.
 */

import assert from 'node:assert/strict'
import { StorageError } from '../../../js/index.js'

/** @import { MemoryServer } from './sync-memory-server.js' */
/** @import { SyncManager } from '../../../js/sync-manager.js' */

/** @typedef {'accepted' | 'lost' | 'rejected' | 'discarded'} Fate */
/**
 * Ids begin with the name of their device, which takes another one when the server knows another device by
 * it; the number after it stays.
 * @param {string} id
 */
export const numberOf = id => Number(id.slice(id.indexOf(':') + 1))

/** @typedef {{ key: string, tag: number | undefined, isUnheard: boolean }} Known */

const CODES = Object.freeze({ lost: 'CONFLICT', rejected: 'REJECTED' })

/** @param {number} device */
export const fieldOf = device => `d${device}`

/**
 * A value in words that are the same for the same fields.
 * @param {unknown} value
 */
export function wordsOf(value) {
  return value === undefined ? undefined : JSON.stringify(Object.entries(Object(value)).sort())
}

/** The truth. */
export class Truth {
  /**
   * @param {MemoryServer} server
   * @param {number} devices
   * @param {{ isMerging: boolean, isStrict: boolean }} kind Whether values are made of several changes, and
   *   whether nothing is deleted or refused: then no field may be lost.
   */
  constructor(server, devices, { isMerging, isStrict }) {
    this.server = server
    this.isMerging = isMerging
    this.isStrict = isStrict
    this.tags = Array.from({ length: devices }, () => 0)
    /** @type {Map<number, Known & { id: string }>[]} What each device knows of its changes, by number. */
    this.known = Array.from({ length: devices }, () => new Map())
    /** @type {Map<number, Fate>[]} What each device was told of them. */
    this.fates = Array.from({ length: devices }, () => new Map())
    /** @type {{ device: number, id: string }[]} What is said to be accepted, and was not looked at. */
    this.claims = []
    /** @type {Set<string>[]} The keys of changes that were made perhaps. */
    this.perhaps = Array.from({ length: devices }, () => new Set())
    /** @type {Map<string, number>[]} The last tag that each device has set, by key. */
    this.last = Array.from({ length: devices }, () => new Map())
  }

  /** @param {number} device */
  nextTag(device) {
    this.tags[device] = (this.tags[device] ?? 0) + 1
    return this.of(this.tags, device) * 10 + device
  }

  /**
   * A device knows that it has made a change.
   * @param {number} device
   * @param {string} id
   * @param {string} key
   * @param {number | undefined} tag What it has set; nothing deletes.
   * @param {Set<number>} endedBefore What had ended when it was made.
   */
  added(device, id, key, tag, endedBefore) {
    if (tag !== undefined) this.of(this.last, device).set(key, tag)
    assert.ok(!endedBefore.has(numberOf(id)), `${id} has ended, and takes another change`)
    this.of(this.perhaps, device).delete(key)
    this.of(this.known, device).set(numberOf(id), { id, key, tag, isUnheard: false })
  }

  /**
   * Nobody knows whether a change of this key was made.
   * @param {number} device
   * @param {string} key
   */
  maybe(device, key) {
    this.of(this.perhaps, device).add(key)
    this.of(this.last, device).delete(key)
    const [known, fates] = [this.of(this.known, device), this.of(this.fates, device)]
    for (const [number, one] of known) if (one.key === key && !fates.has(number)) known.delete(number)
  }

  /** A device died: what it was being told, nobody heard. @param {number} device */
  died(device) {
    const fates = this.of(this.fates, device)
    for (const [number, one] of this.of(this.known, device)) {
      if (!fates.has(number)) one.isUnheard = true
    }
  }

  /**
   * A refused change of this key is dealt with: what becomes of it, and of those that went into it, is
   * another story.
   * @param {number} device
   * @param {string} key
   */
  revised(device, key) {
    this.maybe(device, key)
    const [known, fates] = [this.of(this.known, device), this.of(this.fates, device)]
    for (const [number, one] of known) {
      if (one.key === key && fates.get(number) === 'rejected') known.delete(number)
    }
  }

  /**
   * A device is told what became of a change.
   * @param {number} device
   * @param {string} id
   * @param {Fate} fate
   */
  ended(device, id, fate) {
    const fates = this.of(this.fates, device)
    const before = fates.get(numberOf(id))
    const isFirst = before === undefined || before === 'rejected'
    assert.ok(isFirst, `device ${device}: ${id} is ${before}, and then ${fate}`)
    fates.set(numberOf(id), fate)
    if (fate === 'accepted') this.claims.push({ device, id })
  }

  /**
   * What was accepted is with the server. Looked at when whoever makes a change knows its id: it may be told
   * that it came to nothing before.
   */
  checkClaims() {
    for (const { device, id } of this.claims.splice(0)) this.checkClaim(device, id)
  }

  /**
   * @private
   * @param {number} device
   * @param {string} id
   */
  checkClaim(device, id) {
    const known = this.of(this.known, device)
    const one = known.get(numberOf(id))
    if (this.isMerging || !one || one.tag === undefined) return
    const { key, tag } = one
    const number = numberOf(id)
    const isLast = !this.of(this.perhaps, device).has(key)
      && ![...known].some(([other, later]) => later.key === key && other > number)
    const isThere = this.server.log.some(({ mutation }) =>
      mutation.key === key && Object(mutation.value)[fieldOf(device)] === tag)
    assert.ok(isThere || !isLast, `device ${device}: ${id} is accepted, and the server never had ${tag}`)
  }

  /**
   * What a device remembers is what it was told, and every change has ended.
   * @param {number} device
   * @param {SyncManager} sync
   */
  async check(device, sync) {
    const fates = this.of(this.fates, device)
    for (const [number, { id, isUnheard }] of this.of(this.known, device)) {
      const told = fates.get(number)
      const code = await sync.awaitAccepted(id).then(() => undefined, error =>
        StorageError.is(error) ? error.code : String(error))
      assert.ok(told !== undefined || isUnheard, `device ${device}: nobody was told what became of ${id}`)
      if (told === undefined || told === 'discarded') continue
      const expected = told === 'accepted' ? undefined : CODES[told]
      assert.equal(code, expected, `device ${device}: ${id} was ${told}`)
    }
  }

  /** Nothing was applied twice, and where fields are merged no last one is missing. */
  checkServer() {
    const applied = new Set()
    for (const { mutation: { key, value } } of this.isMerging ? [] : this.server.log) {
      if (value === undefined) continue
      const name = `${key} = ${wordsOf(value)}`
      assert.ok(!applied.has(name), `${name} was applied twice`)
      applied.add(name)
    }
    if (!this.isStrict) return
    this.last.forEach((tags, device) => {
      for (const [key, tag] of tags) {
        const held = Object(this.server.rows.get(key)?.value)[fieldOf(device)]
        assert.equal(held, tag, `what device ${device} has set in ${key} is lost`)
      }
    })
  }

  /**
   * @private
   * @template T
   * @param {T[]} all
   * @param {number} device
   */
  of(all, device) {
    return /** @type {T} */ (all[device])
  }
}
