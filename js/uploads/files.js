// @ts-check
/**
 * The files of an app on any host: what a path names, and bytes that the app holds itself. How a path is
 * read is the host's business; here each file gets its digest and the way to the network.
 */

import { StorageError } from '../errors.js'
import { kindOf } from '../checks.js'
import { isBytes } from '../ask.js'

/** @import { Session } from '../session.js' */
/** @import { AppFile } from '../hosts/host.js' */
/** @import { HostFiles, UploadFile, UploadSource } from './transport.js' */

/** How much is read at once for a digest: little beside the memory of a phone, much beside a call. */
const PART_BYTES = 1024 * 1024

/**
 * How the app of a session has its files.
 * @param {Session} session
 * @returns {HostFiles}
 */
export function filesOf(session) {
  const { host } = session
  const { files } = host
  const { place, keep, drop } = files ?? {}
  return {
    async open(given) {
      if (typeof given !== 'string') return sourceOf(session, heldBytes(given))
      if (given === '') throw new StorageError('INVALID_VALUE', 'expected the path of a file, got none')
      if (!files) {
        throw new StorageError('UNSUPPORTED',
          `the host "${host.name}" opens no files: give a Blob or bytes, not a path`)
      }
      return sourceOf(session, await files.open(given))
    },
    ...(place && { place: path => place(path) }),
    ...(keep && { keep: (path, to) => keep(path, to) }),
    ...(drop && { drop: path => drop(path) }),
  }
}

/**
 * @param {Session} session
 * @param {AppFile} file
 * @returns {UploadSource}
 */
function sourceOf(session, file) {
  /** @type {Promise<string> | undefined} */
  let digest
  return {
    ...file,
    network: session.host.network,
    sha256: bytes => digestOfBytes(session, bytes),
    digest: () => digest ??= digestOf(session, file).catch(error => {
      // Whoever asks again may have more luck.
      digest = undefined
      throw error
    }),
  }
}

/**
 * A Blob, or bytes, as a file.
 * @param {Exclude<UploadFile, string>} given
 * @returns {AppFile}
 */
function heldBytes(given) {
  if (isBlob(given)) {
    return {
      size: given.size,
      blob: given,
      async read(position, length) {
        try {
          return new Uint8Array(await given.slice(position, position + length).arrayBuffer())
        } catch (cause) {
          throw new StorageError('INVALID_VALUE',
            'the file cannot be read any more: it was changed or deleted', { cause })
        }
      },
    }
  }
  const isBuffer = Object.prototype.toString.call(given) === '[object ArrayBuffer]'
  const bytes = isBytes(given) ? given
    : isBuffer ? new Uint8Array(/** @type {ArrayBuffer} */ (given)) : undefined
  if (!bytes) {
    throw new StorageError('INVALID_VALUE', `expected a path, a Blob, a Uint8Array or an ArrayBuffer, got ${
      kindOf(given)}`)
  }
  return {
    size: bytes.length,
    read: async (position, length) => bytes.slice(position, position + length),
  }
}

/**
 * Whether something is a Blob or a File, of whatever realm.
 * @param {unknown} given
 * @returns {given is Blob}
 */
function isBlob(given) {
  const { size, slice, arrayBuffer } = Object(given)
  return typeof size === 'number' && typeof slice === 'function' && typeof arrayBuffer === 'function'
}

/**
 * The SHA-256 of a file, read part by part; the core counts it, on every host the same.
 * @param {Session} session
 * @param {AppFile} file
 */
async function digestOf(session, { size = Infinity, read }) {
  const { digest, guarded, free } = beginDigest(session)
  try {
    for (let at = 0; at < size;) {
      const bytes = await read(at, Math.min(PART_BYTES, size - at))
      if (bytes.length === 0) break
      guarded(() => digest.update(bytes))
      at += bytes.length
    }
    return guarded(() => digest.finish())
  } finally {
    free()
  }
}

/**
 * The SHA-256 of bytes.
 * @param {Session} session
 * @param {Uint8Array} bytes
 */
function digestOfBytes(session, bytes) {
  const { digest, guarded, free } = beginDigest(session)
  try {
    return guarded(() => {
      digest.update(bytes)
      return digest.finish()
    })
  } finally {
    free()
  }
}

/** @param {Session} session */
function beginDigest(session) {
  /** @type {<T>(run: () => T) => T} */
  const guarded = run => {
    session.refuseIfFinished()
    try {
      return run()
    } catch (panic) {
      session.instance.break(panic)
      throw session.instance.brokenError()
    }
  }
  const { FileDigest } = session.instance.glue
  if (!FileDigest) throw new StorageError('UNSUPPORTED', 'this build of the core has no uploads')
  const digest = guarded(() => new FileDigest())
  return { digest, guarded, free: () => { if (!session.instance.isBroken) digest.free() } }
}
