// @ts-check
/**
 * The items that a queue knows, in the order in which they came. Most queues are never asked for one of them
 * by its id, and ten thousand ids in a map cost more than all that is decided of their items: the map is made
 * when somebody asks.
 */

/** @typedef {import('./upload-item.js').Item} Item */

/** So many rows may be empty beside as many that are not. */
const EMPTY_MIN = 64

/** The items of one queue. */
export class Roll {
  constructor() {
    // Invariant: an item is here once, and passed over when it is not listed any more.
    /** @private @type {Item[]} */
    this.rows = []
    this.size = 0
    /** @private @type {Map<string, Item> | undefined} */
    this.byId = undefined
  }

  /** Adds an item, which stays where it is if it is there. @param {Item} item */
  add(item) {
    if (item.isListed) return
    item.isListed = true
    this.rows.push(item)
    this.size += 1
    if (this.byId) this.byId.set(item.id, item)
  }

  /** Takes an item off, for good. @param {Item} item */
  remove(item) {
    if (!item.isListed) return
    item.isListed = false
    this.size -= 1
    if (this.byId) this.byId.delete(item.id)
    if (this.rows.length > 2 * this.size + EMPTY_MIN) this.rows = this.values()
  }

  /** @param {string} id */
  get(id) {
    this.byId ??= new Map(this.values().map(item => [item.id, item]))
    return this.byId.get(id)
  }

  /** All of them, in an array of their own. */
  values() {
    return this.rows.filter(item => item.isListed)
  }
}
