// @ts-check
/**
 * The store of the demo: a folder, the stash on it, and the rooms in it.
 */

import { join } from 'node:path'
import { node, open } from 'ministash'

/** @typedef {import('./countries.js').Country} Country */
/** @typedef {import('./tally.js').Storage} Storage */

/** The folder in which the demo keeps its world, opened and closed as often as a section likes. */
export class World {
  /** @type {import('./tally.js').Stash | undefined} */
  #stash

  /**
   * @param {string} dataDir
   * @param {import('./tally.js').Tally} tally
   */
  constructor(dataDir, tally) {
    this.dataDir = dataDir
    this.dir = join(dataDir, 'world')
    this.records = join(this.dir, 'records')
    this.tally = tally
  }

  /**
   * Opens the store. Without `durable` nothing is synced to the disk: what was answered survives the death
   * of the process, but not a power cut.
   * @param {{ durable?: boolean }} [options]
   */
  async open({ durable = true } = {}) {
    const start = performance.now()
    const stash = await open({ host: node({ dir: this.dir, durable }) })
    this.tally.note('open', { records: 0, hostCalls: stash.hostCalls, ms: performance.now() - start })
    this.#stash = stash
    return stash
  }

  /** Closes the store; nothing happens if it is not open. */
  async close() {
    const stash = this.#stash
    this.#stash = undefined
    await stash?.close()
  }

  /** The stash, which must be open. */
  get stash() {
    if (this.#stash === undefined) throw new Error('the world is closed')
    return this.#stash
  }

  /** What the demo remembers of itself, in the default namespace. @returns {Storage} */
  get notes() {
    return this.tally.metered(this.stash, this.stash.storage)
  }

  /** The countries, in a namespace of their own. @returns {Storage} */
  get countries() {
    return this.tally.metered(this.stash, this.stash.storage.namespace('countries'))
  }

  /** Every country with its key. @returns {[key: string, country: Country][]} */
  all() {
    return this.countries.entriesSync()
  }
}
