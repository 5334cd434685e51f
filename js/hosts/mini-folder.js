// @ts-check
/**
 * A folder in the file system of a mini-program: which files are there, whose they are, and what they take.
 * Nobody else writes them, so the names are kept in memory. How a file is replaced is not known here.
 */

import { isMissingFile } from './mini-faults.js'
import { isLongName, keyOfName, nameOfKey } from './mini-names.js'
import { lineOf } from './mini-record.js'

/** @import { FileCalls } from './mini-calls.js' */
/**
 * @template [T=void]
 * @typedef {import('../run.js').Flow<T>} Flow
 */

export class MiniFolder {
  /** @param {FileCalls} calls @param {string} path */
  constructor(calls, path) {
    this.calls = calls
    this.path = path
    /** The file of each key. @type {Map<string, string>} */
    this.names = new Map()
    /** Files whose keys cannot be read. @type {Set<string>} */
    this.torn = new Set()
  }

  /** Looks what is there, and tells every name. @returns {Flow<string[]>} */
  * open() {
    const found = yield* this.found()
    for (const name of found) {
      const isLong = isLongName(name)
      const key = isLong ? lineOf(yield* this.read(name))?.key : keyOfName(name)
      if (key !== undefined) this.names.set(key, name)
      else if (isLong) this.torn.add(name)
    }
    return found
  }

  /** @param {string} prefix */
  list(prefix) {
    return [...this.names.keys()].filter(key => key.startsWith(prefix))
  }

  /** The file of a key, if there is one. @param {string} key */
  nameOf(key) {
    const name = this.names.get(key)
    if (name !== undefined || this.torn.size === 0) return name
    const torn = this.newName(key)
    return this.torn.has(torn) ? torn : undefined
  }

  /** The file for a key that has none. @param {string} key */
  newName(key) {
    // Asked for long keys only.
    return nameOfKey(key, name => [...this.names.values()].includes(name))
  }

  /** Notes that a key has no file any more. @param {string} key @param {string} name */
  forget(key, name) {
    this.names.delete(key)
    this.torn.delete(name)
  }

  /** @param {string} name */
  pathOf(name) {
    return `${this.path}/${name}`
  }

  /**
   * What a file holds; undefined if it is not there.
   * @param {string} name
   * @returns {Flow<Uint8Array | undefined>}
   */
  * read(name) {
    try {
      return yield this.calls.readFile(this.pathOf(name))
    } catch (refusal) {
      if (isMissingFile(refusal)) return undefined
      throw refusal
    }
  }

  /**
   * Writes a file, also where the folder was cleared meanwhile.
   * @param {string} name
   * @param {Uint8Array<ArrayBuffer>} content
   * @returns {Flow}
   */
  * write(name, content) {
    try {
      yield this.calls.writeFile(this.pathOf(name), content)
    } catch (refusal) {
      if (!isMissingFile(refusal)) throw refusal
      yield this.calls.mkdir(this.path)
      yield this.calls.writeFile(this.pathOf(name), content)
    }
  }

  /** Removes a file; one that is not there is no error. @param {string} name @returns {Flow} */
  * unlink(name) {
    try {
      yield this.calls.unlink(this.pathOf(name))
    } catch (refusal) {
      if (!isMissingFile(refusal)) throw refusal
    }
  }

  /** @param {string} name @returns {Flow<boolean>} */
  * isThere(name) {
    try {
      yield this.calls.stat(this.pathOf(name))
      return true
    } catch (refusal) {
      if (isMissingFile(refusal)) return false
      throw refusal
    }
  }

  /** What the files take, where the place tells it of a whole folder. @returns {Flow<number | undefined>} */
  * usedBytes() {
    const told = yield this.calls.stat(this.path, true)
    // A list of paths with what is known of each, or an object by path.
    const sizes = Object.values(Object(told)).map(one => Object(one.stats || one.stat || one).size)
    const isTold = sizes.every(size => typeof size === 'number')
    return isTold ? sizes.reduce((sum, size) => sum + size, 0) : undefined
  }

  /** @returns {Flow<string[]>} @private */
  * found() {
    try {
      return yield this.calls.readdir(this.path)
    } catch {
      // It is not there yet; any other reason is told again below.
      try { yield this.calls.mkdir(this.path) } catch { /* told below */ }
      return yield this.calls.readdir(this.path)
    }
  }
}
