// @ts-check
/** A file of the app as every host gives it, however it reads: see `AppFile` in host.js. */

import { StorageError } from '../errors.js'

/** @import { AppFile } from './host.js' */

/**
 * Opens a file by its path.
 * @param {string} path
 * @param {(path: string) => Promise<number>} sizeOf Rejects if there is no such file.
 * @param {(position: number, length: number, size: number) => Promise<Uint8Array>} read
 * @returns {Promise<AppFile>}
 */
export async function openAppFile(path, sizeOf, read) {
  const size = await sizeOf(path)
  return {
    path,
    size,
    read: (position, length) => read(position, length, size),
    async check() { if (await sizeOf(path) !== size) throw changed(path) }
  }
}

/**
 * The error of a file that is another one by now.
 * @param {string} path
 * @param {unknown} [cause]
 */
export function changed(path, cause) {
  const message = `the file ${path} has changed its size since it was opened`
  return new StorageError('INVALID_VALUE', message, cause === undefined ? undefined : { cause })
}
