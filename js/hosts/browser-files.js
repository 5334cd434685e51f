// @ts-check
/**
 * The host on the private files of an origin (OPFS): deferred, in pages and workers, for large values. A
 * record is a file; what is written to it is swapped in when it is closed, all or nothing. The names and the
 * first line are those of the folder host of Node.
 */

import { StorageError } from '../errors.js'
import { browserEntropy } from './browser.js'
import { FileFolder } from './browser-folder.js'
import { listenToPage } from './browser-life.js'
import { askToPersist, roomOfOrigin, witnessOf } from './browser-room.js'
import { defineHost } from './define-host.js'
import { networkByFetch } from './http-fetch.js'
import { checkHostOptions } from './options.js'

/** @import { Host } from './host.js' */

/**
 * @typedef {object} BrowserFilesOptions
 * @property {string} [name] The name of the store. Default 'ministash'.
 * @property {boolean} [persist] True: asks at `open` that the browser does not delete the data when room
 *   runs short; Firefox asks the person. What came of it, `getInfo` tells. Default false.
 */

const OPTIONS = Object.freeze(/** @type {const} */ ({ name: 'string', persist: 'boolean' }))

/**
 * Makes a host on the private files of the origin. Nothing is touched before it is opened; then one page at a
 * time owns the store, and another is refused as BUSY. What was answered survives the page and the browser; a
 * power cut may lose what was written last.
 * @param {BrowserFilesOptions} [options]
 * @returns {Readonly<Host<false>>}
 */
export function browserFiles(options = {}) {
  checkHostOptions(options, OPTIONS)
  const { name = 'ministash', persist = false } = options
  if (name === '') throw new StorageError('INVALID_OPTION', "expected a name, got ''")
  const folder = new FileFolder(name)
  let last = /** @type {Promise<unknown>} */ (Promise.resolve())
  // One change after another: of two of one key the later one stays.
  /** @type {(act: () => Promise<void>) => Promise<void>} */
  const change = act => {
    const done = last.then(act)
    last = done.catch(() => {})
    return done
  }
  /** @type {Host<false>} */
  const host = {
    name: 'browserFiles',
    immediate: false,
    holds: 'bytes',
    exclusive: true,
    read: key => folder.read(key),
    readMany: keys => all(keys.map(key => folder.read(key))),
    list: prefix => folder.list(prefix),
    write(key, data) {
      const copy = /** @type {Uint8Array} */ (data).slice()
      return change(() => folder.write(key, copy))
    },
    writeMany(entries) {
      const copies = new Map(entries.map(([key, data]) => [key, /** @type {Uint8Array} */ (data).slice()]))
      return change(async () => { await all([...copies].map(([key, data]) => folder.write(key, data))) })
    },
    remove: key => change(() => folder.remove(key)),
    removeMany(keys) {
      const each = new Set(keys)
      return change(async () => { await all([...each].map(key => folder.remove(key))) })
    },
    info: roomOfOrigin(),
    witness: witnessOf(`files:${name}`),
    listen: listenToPage,
    entropy: browserEntropy,
    network: networkByFetch(),
    async open() {
      await folder.open()
      // Without it the data stay as long as there is room.
      if (persist) askToPersist()
    },
    async close() {
      await last
      await folder.close()
    }
  }
  return defineHost(host)
}

/**
 * Waits for all of them before the first refusal is told: nothing is still running behind it.
 * @template T
 * @param {Promise<T>[]} acts
 * @returns {Promise<T[]>}
 */
async function all(acts) {
  await Promise.allSettled(acts)
  return Promise.all(acts)
}
