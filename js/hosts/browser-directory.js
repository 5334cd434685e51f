// @ts-check
/** A directory in the private files of an origin (OPFS): making it, and clearing what writes left there. */

import { StorageError } from '../errors.js'
import { storageManager } from './browser-room.js'
import { escapeKey } from './file-names.js'

/** What Chromium leaves of a write that was cut off. */
const LEFTOVER = /\.crswap$/

/**
 * Opens the directory of a store, makes it if it is missing, and removes what is left of writes that were cut
 * off.
 * @param {string} name
 * @returns {Promise<FileSystemDirectoryHandle>}
 */
export async function openDirectory(name) {
  /* global FileSystemFileHandle -- of browsers */
  const manager = storageManager()
  // Safari before 26 has files that only workers can write, by other calls.
  const canWrite = typeof FileSystemFileHandle === 'function'
    && 'createWritable' in FileSystemFileHandle.prototype
  if (typeof manager?.getDirectory !== 'function' || !canWrite) {
    throw new StorageError('UNSUPPORTED',
      'this browser has no private files that pages can write: use browserIndexedDb()')
  }
  const root = await manager.getDirectory()
  const directory = await root.getDirectoryHandle(`${escapeKey(name, '%')}.records`, { create: true })
  const found = []
  for await (const one of directory.keys()) if (LEFTOVER.test(one)) found.push(one)
  await Promise.all(found.map(one => directory.removeEntry(one).catch(() => {})))
  return directory
}
