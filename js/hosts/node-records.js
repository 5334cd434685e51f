// @ts-check
/**
 * The folder of records as steps: what is read, written and removed, in which order, and what is
 * counted on the way. Who runs the steps, and how, is not known here.
 *
 *     .ministash/         made for its owner only (0700), as every file in it (0600)
 *       lock              who may write; see node-lock.js
 *       witness           the text that tells a wipe from a first start
 *       records/          one file per record; see node-names.js
 *       .<hex>.tmp        a file being written, here and in records; cleared at the next open
 */

import { makeLedger, recordBytes } from './ledger.js'
import { makeFolder, readBeginning, readIfThere, removeFile, removeLeftovers, replaceFiles,
  syncFolder } from './node-files.js'
import { takeLock } from './node-lock.js'
import { dataOf, headerOfKey, isHashedName, keyOfBeginning, keyOfName, nameOfKey } from './node-names.js'
import { builtin } from './node-steps.js'

/** @import { Limits, Room } from './host.js' */
/** @import { NewRecord } from './node-names.js' */
/** @import { Steps } from './node-steps.js' */

/** The steps of one folder. Changes must be run one after another; all else may overlap. */
export class Records {
  /** @param {{ dir: string, durable: boolean, limits: Limits }} options */
  constructor({ dir, durable, limits }) {
    const { join } = builtin('node:path')
    this.dir = dir
    this.folder = join(dir, 'records')
    this.durable = durable
    this.limitBytes = limits.totalBytes
    this.ledger = makeLedger(limits)
    /** @type {(name: string) => string} */
    this.pathOf = name => join(this.folder, name)
    this.witnessPath = join(dir, 'witness')
    this.keysOfHashed = /** @type {Map<string, string>} */ (new Map()) // One key for ever.
    this.unlock = /** @type {(() => void) | undefined} */ (undefined)
  }

  /** @returns {Steps} */
  * open() {
    yield* makeFolder(this.dir)
    const unlock = takeLock(this.dir)
    try {
      yield* makeFolder(this.folder)
      for (const folder of [this.dir, this.folder]) yield* removeLeftovers(folder)
      this.ledger.clear()
      const found = yield* this.files()
      yield found.map(file => this.count(file))
    } catch (error) {
      unlock()
      throw error
    }
    this.unlock = unlock
  }

  close() {
    const { unlock } = this
    this.unlock = undefined
    unlock?.()
  }

  get isOpen() {
    return this.unlock !== undefined
  }

  /** @type {(key: string) => Steps<Uint8Array | undefined>} */
  * read(key) {
    const content = yield* readIfThere(this.pathOf(nameOfKey(key)))
    return content && dataOf(content)
  }

  /** @type {(keys: string[]) => Steps<(Uint8Array | undefined)[]>} */
  * readMany(keys) {
    return yield keys.map(key => this.read(key))
  }

  /** @type {(records: NewRecord[]) => Steps} */
  * write(records) {
    // Of two records of one key the later one counts.
    const last = [...new Map(records.map(record => [record.key, record])).values()]
    this.ledger.admit(last.map(({ key, bytes }) => [key, bytes]))
    yield* replaceFiles(this.folder, last, this.durable, ({ key, bytes }) => this.ledger.note(key, bytes))
  }

  /** @type {(keys: string[]) => Steps} */
  * remove(keys) {
    const wereThere = yield [...new Set(keys)].map(key => this.removeOne(key))
    if (this.durable && wereThere.includes(true)) yield* syncFolder(this.folder)
  }

  /** @type {(prefix: string) => Steps<string[]>} */
  * list(prefix) {
    const found = yield* this.files()
    return found.map(({ key }) => key).filter(key => key.startsWith(prefix))
  }

  /** @returns {Room} */
  room() {
    return { usedBytes: this.ledger.usedBytes(), limitBytes: this.limitBytes }
  }

  /** @returns {Steps<string | undefined>} */
  * readWitness() {
    const content = yield* readIfThere(this.witnessPath)
    return content && content.toString('utf8')
  }

  /** @type {(text: string) => Steps} */
  * writeWitness(text) {
    yield* replaceFiles(this.dir, [{ name: 'witness', content: Buffer.from(text) }], this.durable)
  }

  /** @type {(key: string) => Steps<boolean>} */
  * removeOne(key) {
    const wasThere = yield* removeFile(this.pathOf(nameOfKey(key)))
    this.ledger.note(key, 0)
    return wasThere
  }

  /** @returns {Steps<{ name: string, key: string }[]>} */
  * files() {
    /** @type {import('node:fs').Dirent[]} */
    const entries = yield ['readdir', this.folder, { withFileTypes: true }]
    const names = entries.filter(entry => entry.isFile()).map(entry => entry.name)
    const present = new Set(names)
    for (const name of this.keysOfHashed.keys()) if (!present.has(name)) this.keysOfHashed.delete(name)
    const unknown = names.filter(name => isHashedName(name) && !this.keysOfHashed.has(name))
    yield unknown.map(name => this.learn(name))
    return names.flatMap(name => {
      const key = this.keysOfHashed.get(name) ?? keyOfName(name)
      return key === undefined ? [] : [{ name, key }]
    })
  }

  /** @type {(name: string) => Steps} */
  * learn(name) {
    const beginning = yield* readBeginning(this.pathOf(name))
    const key = keyOfBeginning(name, beginning)
    if (key !== undefined) this.keysOfHashed.set(name, key)
  }

  /** @type {(file: { name: string, key: string }) => Steps} */
  * count({ name, key }) {
    const { size } = yield ['lstat', this.pathOf(name)]
    const dataBytes = Math.max(0, size - Buffer.byteLength(headerOfKey(key)))
    this.ledger.note(key, dataBytes + recordBytes(key, ''))
  }
}
