// @ts-check
/**
 * What lies beneath the file calls of mini-programs: paths and bytes in memory, room, and what is refused.
 * Nothing is synced, and what is refused or cut off may be done in part.
 */

import { isAtLeast } from '../../../js/testing/wechat-version.js'

/**
 * @typedef {'missing' | 'exists' | 'denied' | 'quota' | 'io' | 'long' | 'data' | 'empty' | 'position'
 *   | 'length'} Reason
 */

/** A refusal on its way from the disk to the caller. */
export class FileRefusal extends Error {
  /** @param {Reason} reason @param {string} [path] */
  constructor(reason, path = '') {
    super(reason)
    this.reason = reason
    this.path = path
  }
}

/**
 * What makes one kind of disk differ from another.
 * @typedef {object} DiskKind
 * @property {string} root The folder of the person.
 * @property {number} totalLimit
 * @property {number} [fileLimit]
 * @property {boolean} [chargesWhole] Whether an overwritten file counts until it is gone.
 * @property {boolean} [keepsBase64Only] Whether bytes survive as base64 only.
 * @property {'over' | 'refuses' | 'removes'} renames What a rename does where a file lies already: it
 *   replaces it, is refused, or removes it first and renames then, so that a cut can come between.
 */

/** How many states a write can be cut off in: none, an empty file, half of it, all but a byte, all. */
export const WRITE_PARTS = 4
const NAME_BYTES = 255

export class FileDisk {
  /** @param {DiskKind} kind @param {Map<string, Uint8Array>} files @param {string} baseLibrary */
  constructor(kind, files, baseLibrary) {
    this.kind = kind
    this.files = files
    this.baseLibrary = baseLibrary
    this.folders = new Set([kind.root])
    for (const path of files.keys()) this.folders.add(path.slice(0, path.lastIndexOf('/')))
  }

  /** What all files of the person take. */
  used() {
    let used = 0
    for (const [path, { length }] of this.files) if (path.startsWith(this.kind.root)) used += length
    return used
  }

  /** @param {string} path */
  isFolder(path) {
    return this.folders.has(path)
  }

  /** @param {string} path @returns {Uint8Array} */
  found(path) {
    const bytes = this.files.get(path)
    if (!bytes) throw new FileRefusal('missing', path)
    return bytes
  }

  /** @param {string} path */
  checkPlace(path) {
    if (!path.startsWith(`${this.kind.root}/`)) throw new FileRefusal('denied', path)
    if (path.split('/').some(part => part.length > NAME_BYTES)) throw new FileRefusal('long', path)
    if (!this.isFolder(path.slice(0, path.lastIndexOf('/')))) throw new FileRefusal('missing', path)
  }

  /** @param {string} path @param {Uint8Array} bytes @param {number} [part] How much of it is done. */
  put(path, bytes, part = WRITE_PARTS) {
    this.checkPlace(path)
    const { totalLimit, fileLimit = Infinity, chargesWhole } = this.kind
    const credit = chargesWhole || !this.files.has(path) ? 0 : this.found(path).length
    if (bytes.length > fileLimit || this.used() - credit + bytes.length > totalLimit) {
      // The file was opened, and so it is there, and empty.
      this.files.set(path, new Uint8Array(0))
      throw new FileRefusal('quota', path)
    }
    const end = [0, 0, bytes.length >> 1, bytes.length - 1, bytes.length][part] ?? bytes.length
    this.files.set(path, bytes.slice(0, end))
  }

  /** @param {any} args */
  stat({ path, recursive }) {
    const all = [...this.files].filter(([name]) => name.startsWith(`${path}/`))
    if (!this.isFolder(path)) return statsOf(this.found(path).length, false)
    if (!recursive || !isAtLeast(this.baseLibrary, '2.3.0')) return statsOf(0, true)
    return [{ path: '/', stats: statsOf(0, true) }, ...all.map(([name, { length }]) =>
      ({ path: name.slice(path.length), stats: statsOf(length, false) }))]
  }

  /** @param {any} args */
  readFile({ filePath, position, length, encoding }) {
    const bytes = this.found(filePath)
    const isWhole = position === undefined || !isAtLeast(this.baseLibrary, '2.10.0')
    const end = length === undefined ? bytes.length : position + length
    if (!isWhole && (position < 0 || position >= bytes.length)) throw new FileRefusal('position')
    if (!isWhole && (length < 1 || end > bytes.length)) throw new FileRefusal('length')
    const part = isWhole ? bytes.slice() : bytes.slice(position, end)
    if (encoding === 'base64') return Buffer.from(part).toString('base64')
    // Whoever keeps base64 only gives a text for bytes.
    return encoding === undefined && !this.kind.keepsBase64Only ? part.buffer : new TextDecoder().decode(part)
  }

  /** @param {any} args @param {number} [part] */
  writeFile({ filePath, data, encoding }, part) {
    const isText = typeof data === 'string'
    // By its tag, for it may come from another realm; a view is none.
    const isBuffer = Object.prototype.toString.call(data) === '[object ArrayBuffer]'
    if (!isText && (!isBuffer || this.kind.keepsBase64Only)) {
      // Such a client says that it is done, and the file is empty.
      if (this.kind.keepsBase64Only) this.put(filePath, new Uint8Array(0), part)
      else throw new FileRefusal('data')
      return
    }
    const bytes = isText ? Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8') : new Uint8Array(data)
    if (bytes.length === 0) throw new FileRefusal('empty')
    this.put(filePath, new Uint8Array(bytes), part)
  }

  /** @param {any} args @param {number} [part] */
  copyFile({ srcPath, destPath }, part) {
    this.put(destPath, this.found(srcPath), part)
  }

  /** @param {any} args @param {number} [part] */
  rename({ oldPath, newPath }, part = 2) {
    const bytes = this.found(oldPath)
    this.checkPlace(newPath)
    const { renames } = this.kind
    if (renames === 'refuses' && this.files.has(newPath)) throw new FileRefusal('exists', newPath)
    if (renames === 'removes') this.files.delete(newPath)
    if (renames === 'removes' && part < 2) return
    this.files.delete(oldPath)
    this.files.set(newPath, bytes)
  }

  /** @param {any} args */
  unlink({ filePath }) {
    this.found(filePath)
    this.files.delete(filePath)
  }

  /** @param {any} args */
  mkdir({ dirPath, recursive }) {
    if (this.isFolder(dirPath)) throw new FileRefusal('exists', dirPath)
    if (!recursive) this.checkPlace(dirPath)
    this.folders.add(dirPath)
  }

  /** @param {any} args */
  readdir({ dirPath }) {
    if (dirPath === this.kind.root) throw new FileRefusal('denied', dirPath)
    if (!this.isFolder(dirPath)) throw new FileRefusal('missing', dirPath)
    const inside = [...this.files.keys()].filter(name => name.startsWith(`${dirPath}/`))
    return [...new Set(inside.map(name => name.slice(dirPath.length + 1).split('/')[0]))]
  }

  /** How many states a call can be cut off in. @param {string} name */
  partsOf(name) {
    if (name === 'writeFile' || name === 'copyFile') return WRITE_PARTS
    return name === 'rename' && this.kind.renames === 'removes' ? 2 : 1
  }
}

/** @param {number} size @param {boolean} isFolder */
function statsOf(size, isFolder) {
  return { size, mode: isFolder ? 16877 : 33206, isFile: () => !isFolder, isDirectory: () => isFolder }
}
