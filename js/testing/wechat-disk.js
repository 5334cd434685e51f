// @ts-check
/** What lies beneath WeChat's storage calls: records, what they measure, and what is refused for its size. */

import { Refusal } from './wechat-errors.js'

/** @import { Personality } from './wechat-errors.js' */
/** @import { Stored } from './wechat-values.js' */

/** AES and base64 make an encrypted text grow. */
const ENCRYPTED_GROWTH = 1.4

/** @typedef {Map<string, Stored>} Records What a restart finds again; copy it to keep a moment. */
/** @typedef {Pick<Personality, 'measure' | 'entryLimit' | 'totalLimit' | 'kilobyte' | 'limitSize'
 *   | 'chargesWhole' | 'measuresValue' | 'hides'>} Sizes */

export class Disk {
  /** What each record measures; a record is never changed, only replaced. @type {WeakMap<Stored, number>} */
  #measured = new WeakMap()

  /** @param {Records} records @param {Sizes} sizes */
  constructor(records, sizes) {
    this.records = records
    this.sizes = sizes
  }

  /** @param {string} key @param {Stored} stored */
  set(key, stored) {
    if (key === '') throw new Refusal('key')
    const { entryLimit, totalLimit, measure, measuresValue, chargesWhole } = this.sizes
    const size = this.#sizeOf(key, stored)
    if (size - (measuresValue ? measure(key) : 0) > entryLimit) throw new Refusal('entry')
    const old = this.records.get(key)
    // Most charge an overwritten record its growth; the sum must stay below the limit, not reach it.
    const growth = size - (old === undefined || chargesWhole ? 0 : this.#sizeOf(key, old))
    if (this.used() + growth >= totalLimit) throw new Refusal('quota')
    this.records.set(key, stored)
  }

  /** @param {string} key @param {boolean} encrypted */
  get(key, encrypted) {
    const stored = this.records.get(key)
    if (stored === undefined || Boolean(stored.encrypted) !== encrypted) throw new Refusal('missing')
    return stored
  }

  used() {
    let used = 0
    for (const [key, stored] of this.records) used += this.#sizeOf(key, stored)
    return used
  }

  info() {
    const { kilobyte, limitSize, hides } = this.sizes
    const keys = [...this.records.keys()].filter(key => !hides?.test(key))
    return { keys, currentSize: Math.ceil(this.used() / kilobyte), limitSize }
  }

  /** @param {string} key @param {Stored} stored */
  #sizeOf(key, stored) {
    const { measure } = this.sizes
    const known = this.#measured.get(stored)
    if (known !== undefined) return known
    const { text, encrypted } = stored
    const size = measure(key) + Math.ceil(measure(text) * (encrypted ? ENCRYPTED_GROWTH : 1))
    this.#measured.set(stored, size)
    return size
  }
}
