// @ts-check
/**
 * The files of a program in Node, opened for reading, and copies of them in a folder beside the store.
 * Records are not kept here.
 */

import { StorageError } from '../errors.js'
import { changed, openAppFile } from './app-file.js'
import { builtin, codeOf, refusalOf } from './node-steps.js'

/** @import { AppFiles } from './host.js' */

/** What the system says of a path that leads to nothing; the last one, Node itself of a NUL in it. */
const MISSING = Object.freeze(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP',
  'ERR_INVALID_ARG_VALUE'])

/**
 * Makes the host's `files`.
 * @param {string} dir The folder of the store; the copies lie in one of this name with `.kept` behind it.
 * @returns {AppFiles}
 */
export function filesOfNode(dir) {
  const folder = `${dir}.kept`
  const fs = () => builtin('node:fs').promises
  /** @type {(path: string) => Promise<number>} */
  const sizeOf = async path => {
    const stats = await fs().stat(path).catch(error => { throw unreadable(path, error) })
    if (stats.isFile()) return stats.size
    throw new StorageError('INVALID_VALUE', `no such file: ${path} is not a file`)
  }
  /** @param {string} path */
  const place = path => {
    const { join, extname } = builtin('node:path')
    return join(folder, builtin('node:crypto').randomUUID() + extname(path))
  }
  return {
    open: path => openAppFile(path, sizeOf, async (position, length, size) => {
      const handle = await fs().open(path, 'r').catch(error => { throw unreadable(path, error) })
      try {
        if ((await handle.stat()).size !== size) throw changed(path)
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - position)))
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, position + at)
          if (bytesRead === 0) throw changed(path)
          at += bytesRead
        }
        return bytes
      } catch (error) {
        throw unreadable(path, error)
      } finally {
        await handle.close()
      }
    }),
    place,
    async keep(path, kept = place(path)) {
      await sizeOf(path)
      try {
        await fs().mkdir(folder, { recursive: true })
        // A file system that can shares the bytes of both.
        await fs().copyFile(path, kept, builtin('node:fs').constants.COPYFILE_FICLONE)
      } catch (error) {
        throw refusalOf(error, folder)
      }
      return kept
    },
    async drop(kept) {
      const { dirname, resolve } = builtin('node:path')
      if (dirname(resolve(kept)) !== folder) {
        throw new StorageError('INVALID_VALUE', 'expected a path that keep() gave, got another one')
      }
      await fs().unlink(kept).catch(error => {
        if (codeOf(error) !== 'ENOENT') throw refusalOf(error, folder)
      })
    },
  }
}

/** @type {(path: string, error: unknown) => Error} */
function unreadable(path, error) {
  if (StorageError.is(error)) return error
  const code = codeOf(error)
  if (!MISSING.includes(code)) return refusalOf(error, path)
  return new StorageError('INVALID_VALUE', `no such file: ${path} cannot be opened (${code})`, { cause: error })
}
