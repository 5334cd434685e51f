// @ts-check
/**
 * The responses asked for lately, decoded, in memory: a hit is answered from here and asks the store
 * nothing. Invariant: only what the store holds is in here, so nothing is where somebody else may write.
 */

/** @typedef {import('./http-entries.js').Body} Body */
/** @typedef {import('./http-entries.js').Entry} Entry */

/** The most URLs that are held, and the most bytes. */
const ENTRIES_MAX = 64
const BYTES_MAX = 512 * 1024
/** What an entry takes beside its text and its bodies, about. */
const ENTRY_BYTES = 400

/** What is held of a URL: its bodies by slot, those that were asked for. */
/** @typedef {{ entry: Entry, bodies: Map<number, Body>, bytes: number }} Hot */

/** The hottest responses of one store. */
export class HttpHot {
  /**
   * @param {import('./hosts/host.js').Host} host
   * @param {boolean} isSealed Whether the store holds it sealed.
   */
  constructor(host, isSealed) {
    // Others who share the store do not tell before they write, and what is locked away is not in memory.
    this.isOn = host.exclusive === true && !host.lock && !isSealed
    /** @type {Map<string, Hot>} The one longest unused first. */
    this.held = new Map()
    /** @type {Hot | undefined} What was asked for last. */
    this.hottest = undefined
    this.bytes = 0
    /** Grows with every change, so that what was read before one is not held after it. */
    this.changes = 0
  }

  /**
   * What is held under a key.
   * @param {string} key
   */
  find(key) {
    const hot = this.held.get(key)
    if (hot === undefined || hot === this.hottest) return hot
    this.held.delete(key)
    this.held.set(key, hot)
    this.hottest = hot
    return hot
  }

  /**
   * A body that is held; nobody who gets it can change what is held.
   * @param {Hot} hot
   * @param {number} slot
   */
  bodyOf(hot, slot) {
    const body = hot.bodies.get(slot)
    return typeof body === 'object' ? body.slice() : body
  }

  /**
   * Holds what was read or written.
   * @param {string} key
   * @param {Entry} entry
   * @param {number} slot
   * @param {Body} body
   * @param {number} changes As they were before it was read.
   */
  note(key, entry, slot, body, changes) {
    if (!this.isOn || changes !== this.changes) return
    const hot = this.held.get(key) ?? { entry, bodies: new Map(), bytes: 0 }
    this.drop(key)
    if (hot.entry !== entry) hot.bodies.clear()
    hot.entry = entry
    hot.bodies.set(slot, typeof body === 'object' ? body.slice() : body)
    hot.bytes = bytesOf(hot)
    if (hot.bytes > BYTES_MAX) return
    this.held.set(key, hot)
    this.hottest = hot
    this.bytes += hot.bytes
    for (const coldest of this.held.keys()) {
      if (this.held.size <= ENTRIES_MAX && this.bytes <= BYTES_MAX) break
      this.drop(coldest)
    }
  }

  /**
   * Forgets a key that changes, or has changed.
   * @param {string} key
   */
  forget(key) {
    this.changes += 1
    this.drop(key)
  }

  /** Forgets everything. */
  clear() {
    this.changes += 1
    this.held.clear()
    this.hottest = undefined
    this.bytes = 0
  }

  /**
   * @private
   * @param {string} key
   */
  drop(key) {
    const hot = this.held.get(key)
    if (!hot) return
    this.bytes -= hot.bytes
    this.held.delete(key)
    if (hot === this.hottest) this.hottest = undefined
  }
}

/** @param {Hot} hot */
function bytesOf({ entry, bodies }) {
  let bytes = ENTRY_BYTES
  for (const { headers } of entry.variants) bytes += headers.length * 2
  for (const body of bodies.values()) bytes += typeof body === 'string' ? body.length * 2 : body.length
  return bytes
}
