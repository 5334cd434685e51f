// @ts-check
/**
 * How the queue comes by a file: from the host, where it has files.
 */

import { StorageError } from './errors.js'
import { filesOf } from './uploads/files.js'

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./uploads/transport.js').UploadFile} UploadFile */
/** @typedef {import('./uploads/transport.js').UploadSource} UploadSource */

/**
 * Opens a file. On a host without files a path is what a transport of the app makes of it, and is not
 * looked at here.
 * @param {Session} session
 * @param {UploadFile | undefined} given
 * @returns {UploadSource | Promise<UploadSource>}
 */
export function openFile(session, given) {
  if (given === undefined) return Promise.reject(lostBytes())
  if (typeof given === 'string' && !session.host.files) return new PathOnly(given, session.host)
  return filesOf(session).open(given)
}

/** Why bytes that an earlier process held cannot be sent. */
export function lostBytes() {
  return new StorageError('INVALID_VALUE',
    'the process that held these bytes has ended, and bytes are not stored: upload them again')
}

/** @implements {UploadSource} */
class PathOnly {
  /**
   * @param {string} path
   * @param {import('./hosts/host.js').Host<boolean>} host
   */
  constructor(path, host) {
    this.path = path
    /** @type {number | undefined} */
    this.size = undefined
    this.network = host.network
  }

  /** @returns {Promise<never>} */
  read() {
    return Promise.reject(
      new StorageError('UNSUPPORTED', 'this host opens no files: a transport gets their paths only'))
  }

  /** @returns {Promise<never>} */
  digest() {
    return this.read()
  }
}
