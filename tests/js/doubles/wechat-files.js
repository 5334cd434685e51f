// @ts-check
/**
 * A double of WeChat's file system, as far as uploads need it: paths and bytes in memory, callbacks only and
 * in a later task, the errors by their texts and numbers. See what is known in src/docs/hosts.md.
 */

import { isAtLeast } from './wechat-version.js'

const USER_DATA_PATH = 'wxfile://usr'
const TOTAL_BYTES = 200 * 1024 * 1024

/** @typedef {ReturnType<typeof wechatFiles>} FilesDouble */

/**
 * Makes the parts of a `wx`, and the files beneath, which outlive it: give them to the next one.
 * @param {{ baseLibrary?: string, files?: Map<string, Uint8Array> }} [options]
 */
export function wechatFiles({ baseLibrary = '3.5.0', files = new Map() } = {}) {
  const folders = new Set([USER_DATA_PATH])
  /** @type {string[]} */
  const calls = []
  let temporary = 0
  /** @type {(path: string) => Uint8Array} */
  const found = path => {
    const bytes = files.get(path)
    if (!bytes) throw refusal(1300002, `no such file or directory "${path}"`)
    return bytes
  }
  /** @type {(path: string, bytes: Uint8Array) => void} */
  const put = (path, bytes) => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    if (!path.startsWith(USER_DATA_PATH)) throw refusal(1300013, `permission denied, open "${path}"`)
    if (!folders.has(folder)) throw refusal(1300002, `no such file or directory "${path}"`)
    const others = [...files].filter(([name]) => name.startsWith(USER_DATA_PATH) && name !== path)
    const used = others.reduce((sum, [, { length }]) => sum + length, 0)
    if (used + bytes.length > TOTAL_BYTES) {
      throw refusal(1300202, 'the maximum size of the file storage limit is exceeded')
    }
    files.set(path, bytes.slice())
  }
  /** @type {Record<string, (args: any) => any>} */
  const methods = {
    stat({ path }) {
      const isFolder = folders.has(path)
      const size = isFolder ? 0 : found(path).length
      return { stats: { size, mode: 33206, isFile: () => !isFolder, isDirectory: () => isFolder } }
    },
    readFile({ filePath, position, length, encoding }) {
      const bytes = found(filePath)
      const isWhole = position === undefined || !isAtLeast(baseLibrary, '2.10.0')
      const end = length === undefined ? bytes.length : position + length
      if (!isWhole && (position < 0 || position >= bytes.length)) {
        throw refusal(1301006, 'the value of "position" is out of range')
      }
      if (!isWhole && (length < 1 || end > bytes.length)) {
        throw refusal(1301007, 'the value of "length" is out of range')
      }
      const part = isWhole ? bytes.slice() : bytes.slice(position, end)
      return { data: encoding === undefined ? part.buffer : new TextDecoder().decode(part) }
    },
    writeFile({ filePath, data }) {
      if (typeof data !== 'string' && !(data instanceof ArrayBuffer)) throw refusal(undefined, 'invalid data')
      put(filePath, typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data))
    },
    copyFile({ srcPath, destPath }) { put(destPath, found(srcPath)) },
    unlink({ filePath }) {
      found(filePath)
      files.delete(filePath)
    },
    mkdir({ dirPath }) {
      if (folders.has(dirPath)) throw refusal(1301005, `file already exists ${dirPath}`)
      folders.add(dirPath)
    },
  }
  const manager = Object.fromEntries(Object.keys(methods).map(name => [name, (/** @type {any} */ args) => {
    calls.push(name)
    setImmediate(() => {
      let told
      let isDone = true
      try {
        told = { ...methods[name](args), errMsg: `${name}:ok` }
      } catch (error) {
        const { errno, reason } = /** @type {any} */ (error)
        isDone = false
        told = { errMsg: `${name}:fail ${reason}`, ...(errno === undefined ? {} : { errno }) }
      }
      args[isDone ? 'success' : 'fail']?.(told)
      args.complete?.(told)
    })
  }]))
  return {
    wx: { env: { USER_DATA_PATH }, getFileSystemManager: () => manager },
    files,
    calls,
    /** A file as `wx.chooseMedia` gives it. @param {Uint8Array} bytes @param {string} [ending] */
    choose(bytes, ending = 'jpg') {
      temporary += 1
      const path = `http://tmp/chosen-${temporary}.${ending}`
      files.set(path, bytes)
      return path
    },
    /** WeChat deletes the temporary files, as at the end of a session. */
    forget() {
      for (const path of [...files.keys()]) if (!path.startsWith(USER_DATA_PATH)) files.delete(path)
    },
  }
}

/** @param {number | undefined} errno @param {string} reason */
function refusal(errno, reason) {
  return Object.assign(new Error(reason), { errno, reason })
}
