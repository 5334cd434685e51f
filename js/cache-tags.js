// @ts-check
/**
 * Which keys carry which tags. A tag that no key carries takes no memory, and finding the keys of a tag
 * takes as long as there are such keys.
 */

/** Keys by tag, and tags by key. */
export class Tags {
  constructor() {
    /** @type {Map<string, readonly string[]>} */
    this.byKey = new Map()
    /** @type {Map<string, Set<string>>} */
    this.byTag = new Map()
  }

  /**
   * Gives a key these tags instead of those it had.
   * @param {string} key
   * @param {readonly string[] | undefined} tags
   */
  set(key, tags) {
    this.delete(key)
    if (tags === undefined || tags.length === 0) return
    this.byKey.set(key, tags)
    for (const tag of tags) {
      const keys = this.byTag.get(tag)
      if (keys) keys.add(key)
      else this.byTag.set(tag, new Set([key]))
    }
  }

  /** @param {string} key */
  delete(key) {
    const tags = this.byKey.size === 0 ? undefined : this.byKey.get(key)
    if (!tags) return
    this.byKey.delete(key)
    for (const tag of tags) {
      const keys = this.byTag.get(tag)
      keys?.delete(key)
      if (keys?.size === 0) this.byTag.delete(tag)
    }
  }

  /** @param {string} key @returns {readonly string[]} */
  of(key) {
    return this.byKey.get(key) ?? []
  }

  /** @param {string} tag @returns {string[]} */
  keysOf(tag) {
    return Array.from(this.byTag.get(tag) ?? [])
  }

  clear() {
    this.byKey.clear()
    this.byTag.clear()
  }
}
