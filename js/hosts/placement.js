// @ts-check
/**
 * Which of two hosts a key lies in, and which one its next value goes to: what by-size.js plans, as flows.
 */

import { recordBytes } from './ledger.js'
import { pack, textOf, unpack } from './packed.js'

/** @import { Data, Host } from './host.js' */
/** @import { Flow } from '../run.js' */

/** How keys begin that only the core writes. */
const OWN = '~ms~'

export class Placement {
  /** @param {Readonly<Host<any>>} small @param {Readonly<Host<any>>} large @param {number} from */
  constructor(small, large, from) {
    this.small = small
    this.large = large
    this.from = from
    this.isPacked = small.holds !== large.holds
    /** The keys that the large host may hold. @type {Set<string>} */
    this.placed = new Set()
    /** Those of them that the small one certainly does not hold. @type {Set<string>} */
    this.alone = new Set()
  }

  /** Looks where the keys are, and drops copies that do not count. @returns {Flow<void>} */
  * open() {
    this.placed = new Set(yield this.large.list(''))
    this.alone.clear()
    if (this.placed.size === 0 || this.small.lists === false) return
    const near = new Set(/** @type {string[]} */ (yield this.small.list('')))
    for (const key of [...this.placed]) {
      // A key may be listed and yet hold nothing, as one of WeChat with an empty text.
      if (near.has(key) && (yield this.small.read(key)) !== undefined) yield* this.dropCopy(key)
      else if (!near.has(key)) this.noteAlone(key)
    }
  }

  /** @param {string} key @returns {Flow<Data | undefined>} */
  * read(key) {
    const near = this.alone.has(key) ? undefined : yield this.small.read(key)
    if (near !== undefined || !this.placed.has(key)) return near
    this.noteAlone(key)
    const far = yield this.large.read(key)
    return this.isPacked && far !== undefined ? unpack(far) : far
  }

  /** @param {string[]} keys @returns {Flow<(Data | undefined)[]>} */
  * readMany(keys) {
    const found = /** @type {Map<string, Data | undefined>} */ (new Map())
    const near = keys.filter(key => !this.placed.has(key))
    if (this.small.readMany && near.length > 1) {
      const answers = yield this.small.readMany(near)
      near.forEach((key, at) => found.set(key, answers[at]))
    }
    const all = []
    for (const key of keys) all.push(found.has(key) ? found.get(key) : yield* this.read(key))
    return all
  }

  /** @param {string} key @param {Data} data @returns {Flow<void>} */
  * write(key, data) {
    const isLarge = this.isLarge(key, data)
    try {
      yield* this.put(key, data, isLarge)
    } catch (refusal) {
      if (!['QUOTA_EXCEEDED', 'VALUE_TOO_LARGE'].includes(Object(refusal).fault)) throw refusal
      // The other one may have room; if not, what was refused first is told.
      try { yield* this.put(key, data, !isLarge) } catch { throw refusal }
    }
  }

  /** @param {[key: string, data: Data][]} entries @returns {Flow<void>} */
  * writeMany(entries) {
    // Of two of one key the later one counts.
    const last = [...new Map(entries)]
    const near = new Set(last.filter(([key, data]) => !this.placed.has(key) && !this.isLarge(key, data)))
    const { writeMany } = this.small
    let isDone = false
    try {
      if (writeMany && near.size > 1) isDone = (yield writeMany([...near]), true)
    } catch {
      // One by one each finds its room, or is refused for itself.
    }
    for (const entry of last) if (!isDone || !near.has(entry)) yield* this.write(...entry)
  }

  /** @param {string} key @returns {Flow<void>} */
  * remove(key) {
    const isAlone = this.alone.has(key)
    if (this.placed.has(key)) {
      // First the copy that would count when the other one is gone.
      yield this.large.remove(key)
      this.placed.delete(key)
      this.alone.delete(key)
    }
    if (!isAlone) yield this.small.remove(key)
  }

  /** @param {string} prefix @returns {Flow<string[]>} */
  * list(prefix) {
    const near = /** @type {string[]} */ (yield this.small.list(prefix))
    if (this.placed.size === 0) return near
    return [...new Set(near.concat(yield this.large.list(prefix)))]
  }

  /** What is half as large stays in the large host. @param {string} key @param {Data} data */
  isLarge(key, data) {
    const bytes = recordBytes(key, data instanceof Uint8Array ? data : textOf(data))
    const from = this.placed.has(key) ? this.from / 2 : this.from
    return bytes >= Math.min(from, this.small.limits?.entryBytes ?? Infinity)
  }

  /** @param {string} key @param {Data} data @param {boolean} isLarge @returns {Flow<void>} */
  * put(key, data, isLarge) {
    if (!isLarge) {
      this.alone.delete(key)
      yield this.small.write(key, data)
      if (this.placed.has(key)) yield* this.dropCopy(key)
      return
    }
    // Known from now on, because a refused call may have been done.
    this.placed.add(key)
    yield this.large.write(key, this.isPacked ? pack(data) : data)
    if (this.alone.has(key)) return
    yield this.small.remove(key)
    this.noteAlone(key)
  }

  /** Removes a copy that does not count. @param {string} key @returns {Flow<void>} */
  * dropCopy(key) {
    try {
      yield this.large.remove(key)
      this.placed.delete(key)
    } catch {
      // It does no harm, and is tried again when the key is written or removed, and at the next opening.
    }
  }

  /** Notes that the small host does not hold a key, unless others may write there. @param {string} key */
  noteAlone(key) {
    const isOwn = this.small.exclusive === true && (this.small.holds !== 'native' || key.startsWith(OWN))
    if (isOwn) this.alone.add(key)
  }
}
