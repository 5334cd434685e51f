// @ts-check
/**
 * The copies of files that the host keeps for the queue. Where one is to lie is stored before it is made, and
 * until it is gone: whoever opens the store after a kill deletes what belongs to no item. Other processes
 * have logs of their own, and nothing is deleted that the own log does not name.
 */

import { StorageError } from './errors.js'
import { CHANGE } from './upload-notes.js'
import { filesOf } from './uploads/files.js'
import * as wire from './upload-wire.js'

/** @typedef {import('./upload-item.js').Item} Item */

/** The copies of one queue. */
export class Copies {
  /** @param {import('./upload-pump.js').UploadPump} pump */
  constructor(pump) {
    this.pump = pump
    /** @type {Set<string>} Those that belong to no item: not yet, or not any more. */
    this.loose = new Set()
  }

  /**
   * Copies a file; gives the path of the copy.
   * @param {Item} item
   * @param {string} path
   */
  async make(item, path) {
    const { session } = this.pump
    const { place, keep } = filesOf(session)
    if (!keep) {
      throw new StorageError('UNSUPPORTED', `the host "${session.host.name}" keeps no copies of files`)
    }
    // A host of the app's own may not be able to say before where it will be.
    if (!place) return keep(path)
    const copy = place(path)
    this.loose.add(copy)
    try {
      await this.note(item, copy)
      return await keep(path, copy)
    } catch (error) {
      // A part of it may be there.
      this.drop(copy)
      throw error
    }
  }

  /** An item has it now. @param {string} copy */
  hand(copy) {
    this.loose.delete(copy)
  }

  /**
   * Deletes a copy that belongs to no item any more. What the host refuses is tried again by the next
   * process.
   * @param {string} copy
   */
  drop(copy) {
    this.loose.add(copy)
    const { session } = this.pump
    const { drop } = filesOf(session)
    if (!drop) return
    drop(copy).then(() => { this.loose.delete(copy) }, error => {
      // A path that is not the host's own will never be.
      if (StorageError.is(error) && error.code === 'INVALID_VALUE') this.loose.delete(copy)
      session.report(error, undefined)
    })
  }

  /** What is stored of them, as lines. */
  lines() {
    return Array.from(this.loose, wire.copyLine).join('')
  }

  /**
   * @private
   * @param {Item} item
   * @param {string} copy
   * @returns {Promise<void>} When it is stored that a copy is to lie there.
   */
  note(item, copy) {
    const { notes } = this.pump
    return new Promise((resolve, reject) => {
      notes.add(CHANGE.COPIED, item, wire.copyLine(copy), { resolve, reject })
      this.pump.schedule()
    })
  }
}
