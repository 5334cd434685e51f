// @ts-check
/**
 * The file system of a mini-program as a few calls that answer at once or by a Promise. What they throw, or
 * reject with, is what the place said. Alipay returns its refusals, wants one object as argument, and keeps
 * bytes only as base64.
 */

import { StorageError } from '../errors.js'
import { fromBase64, toBase64 } from '../value-base64.js'
import { fault } from './host.js'

/** @import { Mini } from './mini-facts.js' */

/**
 * @typedef {object} FileCalls
 * @property {(dirPath: string) => any} readdir
 * @property {(dirPath: string) => any} mkdir
 * @property {(path: string, recursive?: boolean) => any} stat
 * @property {(filePath: string) => any} readFile
 * @property {(filePath: string, bytes: Uint8Array<ArrayBuffer>) => any} writeFile
 * @property {(oldPath: string, newPath: string) => any} rename
 * @property {(filePath: string) => any} unlink
 */

/** What the arguments of each call are called, and where its answer lies. */
const SHAPES = Object.freeze(/** @type {Record<string, [names: string[], answer?: string]>} */ ({
  readdir: [['dirPath'], 'files'],
  mkdir: [['dirPath', 'recursive']],
  stat: [['path', 'recursive'], 'stats'],
  readFile: [['filePath', 'encoding'], 'data'],
  writeFile: [['filePath', 'data', 'encoding']],
  rename: [['oldPath', 'newPath']],
  unlink: [['filePath']]
}))

/**
 * @param {Mini} mini
 * @param {boolean} isDeferred
 * @param {boolean} isAlipay
 * @returns {FileCalls}
 */
export function fileCalls(mini, isDeferred, isAlipay) {
  const manager = mini.getFileSystemManager()
  if (!isDeferred && typeof manager.writeFileSync !== 'function') {
    throw new StorageError('UNSUPPORTED',
      'this client has no file calls that answer at once: pass { deferred: true }')
  }
  /** @type {(name: string, ...given: any[]) => any} */
  const ask = isDeferred ? (name, ...given) => later(manager, name, given)
    : isAlipay ? (name, ...given) => returned(manager, name, given)
      : (name, ...given) => manager[`${name}Sync`](...given)
  /** @type {(answer: any, read: (told: any) => any) => any} */
  const then = (answer, read) => isDeferred ? answer.then(read) : read(answer)
  return {
    readdir: dirPath => ask('readdir', dirPath),
    mkdir: dirPath => ask('mkdir', dirPath, true),
    stat: (...given) => ask('stat', ...given),
    readFile: filePath => isAlipay ? then(ask('readFile', filePath, 'base64'), bytesOf)
      : then(ask('readFile', filePath), data => new Uint8Array(data)),
    writeFile: (filePath, bytes) => isAlipay ? ask('writeFile', filePath, toBase64(bytes), 'base64')
      : ask('writeFile', filePath, bytes.buffer),
    rename: (oldPath, newPath) => ask('rename', oldPath, newPath),
    unlink: filePath => ask('unlink', filePath)
  }
}

/** @typedef {(manager: any, name: string, given: any[]) => any} Caller */

/** No method of the manager ever returns a Promise. @type {Caller} */
function later(manager, name, given) {
  const [, answer] = shapeOf(name)
  return new Promise((resolve, reject) => {
    const args = { success: (/** @type {any} */ told) => resolve(answer && told[answer]), fail: reject }
    manager[name](Object.assign(args, named(name, given)))
  })
}

/** @type {Caller} */
function returned(manager, name, given) {
  const told = Object(manager[`${name}Sync`](named(name, given)))
  if (told.error !== undefined || told.success === false) throw told
  const [, answer] = shapeOf(name)
  return answer && told[answer]
}

/** @type {(name: string, given: any[]) => object} */
function named(name, given) {
  const args = /** @type {Record<string, any>} */ ({})
  shapeOf(name)[0].forEach((argument, at) => { if (at < given.length) args[argument] = given[at] })
  return args
}

/** @param {string} name */
const shapeOf = name => /** @type {[names: string[], answer?: string]} */ (SHAPES[name])

/** @param {string} text */
function bytesOf(text) {
  // Some clients break the lines of base64.
  const bytes = fromBase64(text.replace(/\s/g, ''))
  if (bytes === undefined) throw fault('HOST_FAILED', 'a file was not given as base64; try again')
  return bytes
}
