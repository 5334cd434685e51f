// @ts-check
/**
 * A double of the file storage of `wx.cloud`: an UploadTask where callbacks are given, a Promise otherwise;
 * lists of at most 50, with a status for each file; its errors by their numbers.
 */

import { uploadTask } from './wechat-upload.js'

const LIST_MAX = 50
const PARTS = 4

/** @typedef {{ errCode?: number, errMsg: string } | 'hang'} CloudRefusal */

/**
 * @param {Map<string, Uint8Array>} files What lies under which path of the phone.
 * @param {(name: string, args: any, count: number) => CloudRefusal | undefined} [plan] What refuses a call.
 */
export function wechatCloud(files, plan = () => undefined) {
  /** @type {Map<string, Uint8Array>} */
  const held = new Map()
  /** @type {{ name: string, args: any }[]} */
  const calls = []
  /** @type {Set<(why: string) => void>} */
  const running = new Set()

  /** @type {(name: string, act: (args: any) => any) => any} */
  const verb = (name, act) => (/** @type {any} */ args) => {
    calls.push({ name, args })
    const count = calls.filter(call => call.name === name).length
    const { success, fail, complete } = args
    const task = uploadTask()
    /** @type {Promise<any>} */
    const promise = new Promise((resolve, reject) => {
      let isOver = false
      const end = (/** @type {string} */ why) => {
        if (isOver) return
        isOver = true
        running.delete(end)
        setImmediate(() => reject(refusal(-1, `cloud.${name}:fail ${why}`)))
      }
      running.add(end)
      task.onAbort = () => end('abort')
      const refused = plan(name, args, count)
      if (refused === 'hang') return
      const isBig = Array.isArray(args.fileList) && args.fileList.length > LIST_MAX
      const wrong = isBig ? refusal(-501007, `cloud.${name}:fail at most ${LIST_MAX}`) : undefined
      steps(PARTS, part => {
        if (isOver) return
        if (part < PARTS) {
          const size = files.get(args.filePath)?.length ?? 0
          task.tell('ProgressUpdate', { progress: Math.floor(100 * part / PARTS),
            totalBytesSent: Math.floor(size * part / PARTS) + 200, totalBytesExpectedToSend: size + 200 })
          return
        }
        isOver = true
        running.delete(end)
        try {
          if (refused) throw Object.assign(new Error('refused'), refused)
          if (wrong) throw wrong
          resolve({ ...act(args), errMsg: `cloud.${name}:ok` })
        } catch (error) {
          reject(error)
        }
      })
    })
    if (!success && !fail && !complete) return promise
    promise.then(told => { success?.(told); complete?.(told) }, told => { fail?.(told); complete?.(told) })
    return task.face
  }

  const urlOf = (/** @type {any} */ file) => {
    const { fileID, maxAge = 86_400 } = typeof file === 'string' ? { fileID: file } : file
    const tempFileURL = `https://656e.tcb.qcloud.la/${fileID.slice(17)}`
    return held.has(fileID) ? { fileID, status: 0, errMsg: 'ok', maxAge, tempFileURL }
      : { fileID, status: -503003, errMsg: 'STORAGE_FILE_NONEXIST', tempFileURL: '', maxAge }
  }
  const gone = (/** @type {string} */ fileID) => held.delete(fileID) ? { fileID, status: 0, errMsg: 'ok' }
    : { fileID, status: -503003, errMsg: 'STORAGE_FILE_NONEXIST' }
  const cloud = {
    uploadFile: verb('uploadFile', ({ cloudPath, filePath }) => {
      const bytes = files.get(filePath)
      if (!bytes) throw refusal(-1, `cloud.uploadFile:fail file not exists ${filePath}`)
      if (typeof cloudPath !== 'string') throw refusal(-401003, 'cloud.uploadFile:fail parameter')
      const fileID = `cloud://env.656e/${cloudPath}`
      held.set(fileID, bytes.slice())
      return { fileID, statusCode: 204 }
    }),
    downloadFile: verb('downloadFile', ({ fileID }) => {
      const bytes = held.get(fileID)
      if (!bytes) throw refusal(-503003, 'cloud.downloadFile:fail file not exist')
      const tempFilePath = `http://tmp/downloaded-${calls.length}`
      files.set(tempFilePath, bytes)
      return { tempFilePath, statusCode: 200 }
    }),
    deleteFile: verb('deleteFile', ({ fileList }) => ({ fileList: fileList.map(gone) })),
    getTempFileURL: verb('getTempFileURL', ({ fileList }) => ({ fileList: fileList.map(urlOf) })),
  }
  return {
    cloud,
    held,
    calls,
    /** The app was hidden, and its time is over. */
    interrupt() { for (const end of [...running]) end('interrupted') },
  }
}

/** @param {number} errCode @param {string} errMsg */
function refusal(errCode, errMsg) {
  return Object.assign(new Error(errMsg), { errCode, errMsg })
}

/** @param {number} count @param {(step: number) => void} act */
function steps(count, act, step = 1) {
  setImmediate(() => {
    act(step)
    if (step < count) steps(count, act, step + 1)
  })
}
