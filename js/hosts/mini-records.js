// @ts-check
/**
 * Records in a folder of a mini-program, as flows. Nothing is synced there, a failed write may leave a part
 * of a file, a refused call may have been done, and some places refuse to rename over a file.
 *
 *     ministash-records/
 *       user_2f42.record    one record; see mini-names.js and mini-record.js
 *       next                what is being written; renamed when it is whole
 *
 * Invariant: `next` counts only if it is whole, was to replace a record, and that one is gone or torn. So a
 * record that is being replaced is the old one or the new one, and a new one is there or missing.
 */

import { contentOf, dataOf, lineOf } from './mini-record.js'

/** @import { Flow, MiniFolder } from './mini-folder.js' */

const NEXT = 'next'

export class MiniRecords {
  /** @param {MiniFolder} folder */
  constructor(folder) {
    this.folder = folder
    /** Whose only copy `next` may be. @type {{ key: string, name: string } | undefined} */
    this.pending = undefined
    /** Whether this place was seen to refuse to rename over a file. */
    this.removesFirst = false
  }

  /** @returns {Flow} */
  * open() {
    const found = yield* this.folder.open()
    if (found.includes(NEXT)) yield* this.recover()
  }

  /** @param {string} key @returns {Flow<Uint8Array | undefined>} */
  * read(key) {
    const name = this.folder.nameOf(key)
    if (name === undefined) return undefined
    let content = yield* this.folder.read(name)
    if (content === undefined && this.pending !== undefined) content = yield* this.nextOf(key)
    return content && dataOf(content)
  }

  /** @param {string} key @param {Uint8Array} data @returns {Flow} */
  * write(key, data) {
    const { folder } = this
    yield* this.settle()
    const old = folder.nameOf(key)
    const name = old ?? folder.newName(key)
    if (old !== undefined) this.pending = { key, name }
    try {
      yield* folder.write(NEXT, contentOf(key, data, old !== undefined))
      yield* this.bring(key, name)
    } catch (refusal) {
      yield* this.clearUp()
      throw refusal
    }
  }

  /** @param {string} key @returns {Flow} */
  * remove(key) {
    yield* this.settle()
    const name = this.folder.nameOf(key)
    if (name === undefined) return
    yield* this.folder.unlink(name)
    this.folder.forget(key, name)
  }

  /** Makes `next` the record of a key. @param {string} key @param {string} name @returns {Flow} */
  * bring(key, name) {
    const isOver = this.pending !== undefined
    if (!isOver || !this.removesFirst) {
      const refusal = yield* this.move(key, name)
      if (refusal === undefined) return
      if (!isOver) {
        this.folder.forget(key, name)
        throw refusal
      }
    }
    // The old file has to go first. Until `next` is renamed, it is the record, for the next process too.
    yield* this.folder.unlink(name)
    if ((yield* this.move(key, name)) === undefined) this.removesFirst = true
  }

  /** Renames `next`, or returns why not. @param {string} key @param {string} name @returns {Flow<unknown>} */
  * move(key, name) {
    const { calls, names } = this.folder
    // Known from now on, because a refused call may have been done.
    names.set(key, name)
    try {
      yield calls.rename(this.folder.pathOf(NEXT), this.folder.pathOf(name))
    } catch (refusal) {
      if (yield* this.folder.isThere(NEXT)) return refusal
    }
    this.pending = undefined
    return undefined
  }

  /** Ends what a refusal left open, before anything else changes. @returns {Flow} */
  * settle() {
    if (this.pending === undefined) return
    const { key, name } = this.pending
    if (!(yield* this.folder.isThere(name)) && (yield* this.nextOf(key)) !== undefined) {
      const refusal = yield* this.move(key, name)
      if (refusal !== undefined) throw refusal
      return
    }
    yield* this.folder.unlink(NEXT)
    this.pending = undefined
  }

  /** Reads `next`, if it is of this key. @param {string} key @returns {Flow<Uint8Array | undefined>} */
  * nextOf(key) {
    const content = yield* this.folder.read(NEXT)
    const line = lineOf(content)
    return line !== undefined && line.key === key ? content : undefined
  }

  /** Gives up what was being written, now or before the next change. @returns {Flow} */
  * clearUp() {
    try {
      if (this.pending === undefined) yield* this.folder.unlink(NEXT)
      else yield* this.settle()
    } catch {
      // The folder is as it was before, but for a file that counts for nothing.
    }
  }

  /** Decides about what a killed process was writing. @returns {Flow} */
  * recover() {
    const next = lineOf(yield* this.folder.read(NEXT))
    if (next !== undefined && next.replaces) {
      const old = this.folder.nameOf(next.key)
      const name = old ?? this.folder.newName(next.key)
      this.pending = { key: next.key, name }
      if (old === undefined || lineOf(yield* this.folder.read(old)) === undefined) {
        yield* this.bring(next.key, name)
        return
      }
    }
    yield* this.clearUp()
  }
}
