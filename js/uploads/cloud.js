// @ts-check
/** The transport by WeChat's cloud storage, and what else can be done with the files there. */

import { StorageError } from '../errors.js'
import { checkNames, expect } from '../checks.js'
import { statusError } from '../http-later.js'
import { cloudError } from './cloud-errors.js'
import { checkTarget } from './target.js'
import { during } from './task.js'

/** @import { SignalLike } from '../cache-options.js' */
/** @import { Transport } from './transport.js' */

/**
 * What is used of `wx.cloud`. Anything typed by `miniprogram-api-typings` fits.
 * @typedef {Record<string, any>} WxCloud
 */

/**
 * How one file of a list fared: 0 if well. `error` says more where the call itself was refused.
 * @typedef {{ fileID: string, status: number, errMsg: string, tempFileURL?: string, maxAge?: number, error?:
 *   StorageError }} CloudItem
 */

/**
 * A file by its id, and how many seconds its URL is to hold.
 * @typedef {string | { fileID: string, maxAge?: number }} CloudFile
 */

/**
 * @typedef {object} CloudVerbs
 * @property {(file: string | { fileID: string }, options?: { signal?: SignalLike, onProgress?: (sentBytes:
 *   number, totalBytes: number) => void }) => Promise<{ tempFilePath: string, statusCode?: number }>}
 *   downloadFile Brings a file into a temporary one.
 * @property {(files: string[] | { fileList: string[] }) => Promise<{ fileList: CloudItem[] }>} deleteFile
 *   Deletes files, any number; tells of each, in order. Rejects only if every call was refused.
 * @property {(files: CloudFile[] | { fileList: CloudFile[] }) => Promise<{ fileList: CloudItem[] }>}
 *   getTempFileURL The URLs of files, in the same way.
 */

/** The most that WeChat takes in one call. */
const LIST_MAX = 50
/** The most uploads at once that WeChat runs. */
const UPLOADS_MAX = 10

/**
 * Sends files to WeChat's cloud storage; `uploadFile` resolves with `{ fileID, statusCode }`. The app calls
 * `wx.cloud.init()` before.
 * @param {WxCloud} wxCloud
 * @returns {Transport & CloudVerbs}
 * @example
 * const files = cloud(wx.cloud)
 * const stash = await open({ uploads: { transport: files } })
 * const { fileID } = await stash.uploads.uploadFile(path, 'images/1.jpg')
 * const { fileList } = await files.getTempFileURL([fileID])
 */
export function cloud(wxCloud) {
  const isCloud = typeof Object(wxCloud).uploadFile === 'function'
  expect(isCloud, 'cloud', '`wx.cloud` of a mini-program', wxCloud)
  /** @type {(name: string, args: object) => { answer: Promise<any>, abort: () => void, task: any }} */
  const call = (name, args) => {
    let isAborted = false
    /** @type {any} */
    let task
    const answer = new Promise((resolve, reject) => {
      // Only with callbacks is there a task.
      task = wxCloud[name](Object.assign({}, args, {
        success: resolve,
        fail: (/** @type {any} */ refusal) => reject(cloudError(refusal, isAborted)),
      }))
    })
    return { answer, task, abort: () => { isAborted = true; task?.abort?.() } }
  }
  return {
    name: 'cloud',
    limit: UPLOADS_MAX,
    check: checkTarget,
    async send({ file, target }, { signal, onProgress, now }) {
      const { path: filePath, size } = file
      if (filePath === undefined) {
        throw new StorageError('UNSUPPORTED', 'cloud storage takes files by a path only: write them first')
      }
      if (file.check) await file.check()
      const answer = await during(signal, () => {
        const sending = call('uploadFile', { cloudPath: target, filePath })
        hear(sending.task, (sent, total) => onProgress(size === undefined || !(total > 0) ? sent
          : Math.floor(size * Math.min(1, sent / total)), size))
        return sending
      })
      const { statusCode: status = 200 } = answer
      if (status < 200 || status > 299) throw statusError({ status, headers: '' }, now())
      return { fileID: answer.fileID, statusCode: status }
    },

    async downloadFile(file, { signal, onProgress } = {}) {
      const fileID = typeof file === 'string' ? file : Object(file).fileID
      checkId(fileID)
      const start = () => {
        const loading = call('downloadFile', { fileID })
        if (onProgress) hear(loading.task, onProgress)
        return loading
      }
      return signal ? during(signal, start) : start().answer
    },

    deleteFile: files => byList(listOf(files), fileList => call('deleteFile', { fileList }).answer),

    getTempFileURL: files => byList(listOf(files), fileList => call('getTempFileURL', { fileList }).answer),
  }
}

/**
 * @param {any} task
 * @param {(done: number, total: number) => void} onProgress
 */
function hear(task, onProgress) {
  task?.onProgressUpdate?.((/** @type {any} */ told) => onProgress(
    told.totalBytesSent ?? told.totalBytesWritten ?? 0,
    told.totalBytesExpectedToSend ?? told.totalBytesExpectedToWrite ?? 0))
}

/**
 * @param {CloudFile[] | { fileList: CloudFile[] }} files
 * @returns {CloudFile[]}
 */
function listOf(files) {
  const list = Array.isArray(files) ? files : checkNames(files, ['fileList']).fileList
  expect(Array.isArray(list), 'fileList', 'an array of file ids', list)
  for (const file of list) checkId(idOf(file))
  return list
}

/** @param {CloudFile} file */
const idOf = file => typeof file === 'string' ? file : Object(file).fileID

/** @param {unknown} fileID */
function checkId(fileID) {
  expect(typeof fileID === 'string' && fileID !== '', 'fileID', 'the id of a file', fileID)
}

/**
 * Asks for all of a list, so many at once as WeChat takes, and tells of each in order.
 * @param {CloudFile[]} files
 * @param {(part: CloudFile[]) => Promise<{ fileList: any[] }>} ask
 * @returns {Promise<{ fileList: CloudItem[] }>}
 */
async function byList(files, ask) {
  /** @type {CloudItem[]} */
  const fileList = []
  let refusals = 0
  for (let at = 0; at < files.length; at += LIST_MAX) {
    const part = files.slice(at, at + LIST_MAX)
    const told = await ask(part).catch(error => {
      refusals += 1
      if (refusals * LIST_MAX >= files.length) throw error
      return error
    })
    for (const [index, file] of part.entries()) {
      const fileID = idOf(file)
      // In order as a rule; by the id where one is missing.
      const item = StorageError.is(told) ? { status: -1, errMsg: told.message, error: told }
        : told.fileList.find((/** @type {any} */ one) => one.fileID === fileID) ?? told.fileList[index]
          ?? { status: -1, errMsg: 'the server said nothing of it' }
      fileList.push({ ...item, fileID })
    }
  }
  return { fileList }
}
