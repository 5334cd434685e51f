// @ts-check
/**
 * The steps that any careful file needs on a disk: replaced wholly or not at all, read, removed,
 * synced. What the files hold is not known here.
 */

import { fault } from './host.js'
import { builtin, codeOf } from './node-steps.js'

/** @import { Steps } from './node-steps.js' */

// The first line of any key worth keeping lies within this.
const BEGINNING_BYTES = 65536
const LEFTOVER = /^\.[0-9a-f]{16}\.tmp$/

/**
 * Replaces files, each wholly or not at all: all are written beside their places and synced, all are
 * renamed, and the folder is synced. If writing fails, nothing has changed. Without `durable`
 * nothing is synced.
 * @template {{ name: string, content: Uint8Array }} File
 * @param {string} folder
 * @param {File[]} files
 * @param {boolean} durable
 * @param {(file: File) => void} [onReplaced]
 * @returns {Steps}
 */
export function* replaceFiles(folder, files, durable, onReplaced = () => {}) {
  const { join } = builtin('node:path')
  const plan = files.map(file => ({ file, temp: join(folder, leftoverName()) }))
  try {
    yield plan.map(({ file, temp }) => withFile(temp, 'wx', function* (handle) {
      yield ['writeFile', handle, file.content]
      if (durable) yield ['fsync', handle]
    }))
    for (const { file, temp } of plan) {
      yield ['rename', temp, join(folder, file.name)]
      onReplaced(file)
    }
  } catch (error) {
    // What counts is the first error, not that of a leftover that resists.
    try { for (const { temp } of plan) yield* removeFile(temp) } catch { /* cleared at the next open */ }
    throw error
  }
  if (durable) yield* syncFolder(folder)
}

/**
 * Reads a file; `undefined` if there is none.
 * @type {(path: string) => Steps<Buffer | undefined>}
 */
export function* readIfThere(path) {
  try {
    return yield ['readFile', path]
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return undefined
  }
}

/**
 * Reads the first bytes of a file, followed by zeros if it has no more.
 * @type {(path: string) => Steps<Buffer>}
 */
export function* readBeginning(path) {
  const beginning = Buffer.alloc(BEGINNING_BYTES)
  yield* withFile(path, 'r', function* (file) { yield ['read', file, beginning, 0, BEGINNING_BYTES, 0] })
  return beginning
}

/**
 * Removes a file, and tells whether there was one.
 * @type {(path: string) => Steps<boolean>}
 */
export function* removeFile(path) {
  try {
    yield ['unlink', path]
    return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return false
  }
}

/**
 * Makes what happened to the names in a folder survive a power cut.
 * @type {(folder: string) => Steps}
 */
export function* syncFolder(folder) {
  // Windows cannot sync a folder, and keeps a journal of names itself.
  if (process.platform === 'win32') return
  try {
    yield* withFile(folder, 'r', function* (file) { yield ['fsync', file] })
  } catch (error) {
    // Some network file systems know no sync of folders.
    if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error
  }
}

/** @type {(path: string, flag: 'r' | 'wx', use: (file: number) => Steps) => Steps} */
function* withFile(path, flag, use) {
  const file = yield ['open', path, flag, 0o600]
  try {
    yield* use(file)
  } finally {
    yield ['close', file]
  }
}

/**
 * Makes a folder with those above it, for its owner only, unless it is there; refuses anything else
 * in its place. A link is refused because whoever made it could turn our files elsewhere.
 * @type {(path: string) => Steps}
 */
export function* makeFolder(path) {
  const { dirname } = builtin('node:path')
  let first
  try {
    first = yield ['mkdir', path, { recursive: true, mode: 0o700 }]
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  const found = yield ['lstat', path]
  if (!found.isDirectory()) {
    const what = found.isSymbolicLink() ? 'a link; pass what it points to' : 'not a folder; pass another'
    throw fault('HOST_FAILED', `${path} is ${what}`)
  }
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) yield* syncFolder(dirname(made))
}

/**
 * Clears what a killed process left half-written. Only the holder of the lock may do so.
 * @type {(folder: string) => Steps}
 */
export function* removeLeftovers(folder) {
  const { join } = builtin('node:path')
  const names = /** @type {string[]} */ (yield ['readdir', folder])
  for (const name of names) if (LEFTOVER.test(name)) yield* removeFile(join(folder, name))
}

/**
 * A new name for a file that is being written; no name of a record looks like it.
 * @returns {string}
 */
export function leftoverName() {
  return `.${builtin('node:crypto').randomBytes(8).toString('hex')}.tmp`
}
