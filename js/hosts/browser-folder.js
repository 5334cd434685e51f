// @ts-check
/**
 * A folder of records in the private files of an origin. A new file is there, empty, before what is written
 * to it is swapped in, so that an empty one is none: its write never ended.
 */

import { refusalOf, takeLock } from './browser.js'
import { openDirectory } from './browser-directory.js'
import { keyOfName, lineOf, nameOfKey } from './browser-names.js'
import { fault } from './host.js'

const NEWLINE = 10
/** The first line of the longest key lies within this. */
const LINE_BYTES_MAX = 32_768

export class FileFolder {
  #name
  #isTaken = false
  /** @type {import('./browser.js').Release | undefined} */
  #release
  /** @type {FileSystemDirectoryHandle | undefined} */
  #directory
  /** The keys of names; they never change. @type {Map<string, string>} */
  #keys = new Map()

  /** @param {string} name */
  constructor(name) {
    this.#name = name
  }

  async open() {
    if (this.#isTaken) throw fault('BUSY', 'this host is open already; close it first')
    this.#isTaken = true
    try {
      this.#release = await takeLock(`ministash:files:${this.#name}`, `the files ${this.#name}`)
      this.#directory = await openDirectory(this.#name)
    } catch (error) {
      await this.close()
      throw this.#refusalOf(error)
    }
  }

  async close() {
    this.#directory = undefined
    this.#isTaken = false
    await this.#release?.()
    this.#release = undefined
  }

  /** @param {string} key @returns {Promise<Uint8Array | undefined>} */
  async read(key) {
    const name = await nameOfKey(key)
    const content = await this.#told(directory => contentOf(directory, name))
    return content && content.slice(content.indexOf(NEWLINE) + 1)
  }

  /** @param {string} key @param {Uint8Array<ArrayBuffer>} data */
  async write(key, data) {
    const name = await nameOfKey(key)
    await this.#told(async directory => {
      const handle = await directory.getFileHandle(name, { create: true })
      const writable = await handle.createWritable()
      try {
        await writable.write(new Blob([lineOf(key), data]))
        await writable.close()
      } catch (error) {
        await writable.abort().catch(() => {})
        throw error
      }
    })
  }

  /** @param {string} key */
  async remove(key) {
    const name = await nameOfKey(key)
    await this.#told(directory => directory.removeEntry(name).catch(ifMissing))
  }

  /** @param {string} prefix @returns {Promise<string[]>} */
  async list(prefix) {
    const keys = await this.#told(async directory => {
      const found = []
      for await (const [name, handle] of directory.entries()) {
        const file = /** @type {FileSystemFileHandle} */ (handle)
        if (file.kind === 'file') found.push(this.#keyOf(name, file))
      }
      return Promise.all(found)
    })
    return keys.filter(key => key !== undefined && key.startsWith(prefix)).map(String)
  }

  /**
   * @param {string} name
   * @param {FileSystemFileHandle} handle
   * @returns {Promise<string | undefined>}
   */
  async #keyOf(name, handle) {
    const file = await handle.getFile()
    if (file.size === 0) return undefined
    const beginning = () => file.slice(0, LINE_BYTES_MAX).text()
    const key = this.#keys.get(name) ?? await keyOfName(name, beginning)
    if (key !== undefined) this.#keys.set(name, key)
    return key
  }

  /**
   * @template T
   * @param {(directory: FileSystemDirectoryHandle) => Promise<T>} act
   */
  async #told(act) {
    if (this.#directory === undefined) throw fault('HOST_FAILED', 'the files are not open; open them first')
    try {
      return await act(this.#directory)
    } catch (error) {
      throw this.#refusalOf(error)
    }
  }

  /** @param {unknown} error */
  #refusalOf(error) {
    return refusalOf(error, 'files', `the files ${this.#name}`)
  }
}

/**
 * What a file holds; undefined if there is none, or an empty one.
 * @param {FileSystemDirectoryHandle} directory
 * @param {string} name
 * @returns {Promise<Uint8Array | undefined>}
 */
async function contentOf(directory, name) {
  const handle = await directory.getFileHandle(name).catch(ifMissing)
  if (handle === undefined) return undefined
  const content = new Uint8Array(await (await handle.getFile()).arrayBuffer())
  return content.length === 0 ? undefined : content
}

/** Lets pass that there is no such file. @param {unknown} error @returns {undefined} */
function ifMissing(error) {
  if (Object(error).name !== 'NotFoundError') throw error
}
