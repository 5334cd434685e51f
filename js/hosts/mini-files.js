// @ts-check
/**
 * The files of a mini-program: those that WeChat hands out by a path, and copies of them where WeChat does
 * not delete them. Records are not kept here.
 */

import { StorageError } from '../errors.js'
import { changed, openAppFile } from './app-file.js'
import { faultOf } from './mini-faults.js'

/** @import { AppFiles } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

const MISSING = /no such file|not exist|not found|file ?path|permission denied/i
const FOLDER = 'ministash-uploads'

/**
 * Where the files of the person lie; Douyin tells it by a call, and its `env` is deprecated.
 * @param {Mini} mini
 * @returns {string}
 */
export function userDataPath(mini) {
  return mini.env ? mini.env.USER_DATA_PATH : mini.getEnvInfoSync().common.USER_DATA_PATH
}

/**
 * Makes the host's `files`; undefined where there is no file system.
 * @param {Mini} mini
 * @returns {AppFiles | undefined}
 */
export function filesOfWx(mini) {
  if (typeof mini.getFileSystemManager !== 'function') return undefined
  let count = 0
  const folder = () => `${userDataPath(mini)}/${FOLDER}`
  // No method of the manager ever returns a Promise.
  /** @type {(name: string, args: object) => Promise<any>} */
  const call = (name, args) => new Promise((resolve, reject) => {
    mini.getFileSystemManager()[name](Object.assign({}, args, { success: resolve, fail: reject }))
  })
  /** @type {(path: string) => Promise<number>} */
  const sizeOf = async path => {
    const { stats } = await call('stat', { path }).catch(refusal => { throw unreadable(path, refusal) })
    if (stats.isFile()) return stats.size
    throw new StorageError('INVALID_VALUE', `no such file: ${path} is a folder`)
  }
  /** @param {string} path */
  const place = path => {
    count += 1
    const unique = `${Date.now().toString(36)}-${count}-${Math.random().toString(36).slice(2, 10)}`
    return `${folder()}/${unique}${/\.\w{1,8}$/.exec(path)?.[0] ?? ''}`
  }
  return {
    open: path => openAppFile(path, sizeOf, async (position, length, size) => {
      const end = Math.min(position + length, size)
      // Reading nothing is refused as out of range.
      if (position >= end) return new Uint8Array(0)
      const args = { filePath: path, position, length: end - position }
      const { data } = await call('readFile', args).catch(refusal => { throw unreadable(path, refusal) })
      // Before base library 2.10.0 the whole file comes, wherever one begins.
      const bytes = new Uint8Array(data)
      const part = bytes.length > end - position ? bytes.subarray(position, end) : bytes
      if (part.length < end - position) throw changed(path)
      return part
    }),
    place,
    async keep(path, kept = place(path)) {
      await sizeOf(path)
      // That it is there already is the usual reason to refuse; any other one the copy meets too.
      await call('mkdir', { dirPath: folder(), recursive: true }).catch(() => {})
      await call('copyFile', { srcPath: path, destPath: kept }).catch(refusal => { throw faultOf(refusal) })
      return kept
    },
    async drop(kept) {
      if (!kept.startsWith(`${folder()}/`) || kept.includes('..')) {
        throw new StorageError('INVALID_VALUE', 'expected a path that keep() gave, got another one')
      }
      await call('unlink', { filePath: kept }).catch(refusal => {
        if (!MISSING.test(String(refusal.errMsg))) throw faultOf(refusal)
      })
    },
  }
}

/** @type {(path: string, refusal: any) => Error} */
function unreadable(path, refusal) {
  const { errMsg, errno } = Object(refusal)
  const text = String(errMsg)
  if (/out of range/i.test(text)) return changed(path, refusal)
  if (!MISSING.test(text) && errno !== 1300002) return faultOf(refusal)
  return new StorageError('INVALID_VALUE',
    `no such file: ${path} is gone, as temporary files may be; keep the file before it is queued (${text})`,
    { cause: refusal })
}
