// @ts-check
/**
 * What carries a file to where it is to lie: the interface between the upload queue, which decides when,
 * and the transports, which know how. Only types live here.
 */

/** @import { SignalLike } from '../cache-options.js' */

/**
 * A Blob of browsers and Node, by what is used of it: consumers without those types have none.
 * @typedef {object} AnyBlob
 * @property {number} size
 * @property {string} type
 * @property {(start?: number, end?: number) => AnyBlob} slice
 * @property {() => Promise<ArrayBuffer>} arrayBuffer
 */

/**
 * A file that was opened for reading. What `read` and `digest` reject with says INVALID_VALUE, not
 * retryable, if the file is gone or has changed its size.
 * @typedef {object} UploadSource
 * @property {number | undefined} size In bytes, if the host can tell.
 * @property {(position: number, length: number) => Promise<Uint8Array>} read Reads a part; fewer bytes only
 *   at the end of the file.
 * @property {any} [blob] The file as a Blob, in browsers; a consumer's types may know none.
 * @property {string} [path] Where the host has it.
 * @property {() => Promise<void>} [check] Rejects so if the file is no longer what was opened.
 * @property {import('../hosts/http.js').HttpNetwork} [network] How the host sends, if it does.
 * @property {(bytes: Uint8Array) => string} [sha256] The SHA-256 of bytes, in hexadecimal digits.
 * @property {() => Promise<string>} digest The SHA-256 of the whole file, in hexadecimal digits.
 */

/**
 * What is given as a file: a path of the host, or the bytes themselves.
 * @typedef {string | AnyBlob | Uint8Array | ArrayBuffer} UploadFile
 */

/**
 * One attempt to send one file.
 * @typedef {object} UploadJob
 * @property {string} id The id of the item in the queue.
 * @property {UploadSource} file
 * @property {UploadFile} filePath What the caller gave, or the kept copy of it.
 * @property {string} target Where it is to lie: the `cloudPath`.
 * @property {Record<string, unknown> | undefined} metadata What the caller gave along.
 * @property {string} idempotencyKey The same for every attempt of an item, and for no other item: a server
 *   may drop the double by it.
 * @property {number} attempt From 1.
 * @property {unknown} resume What an earlier attempt kept, if one did.
 */

/**
 * How it is to be sent.
 * @typedef {object} UploadConditions
 * @property {SignalLike} signal Fires when nobody wants it any more; then `send` rejects with ABORTED.
 * @property {number} timeoutMs After so long the queue gives this attempt up by the signal; a transport may
 *   tell its host of it.
 * @property {(sentBytes: number, totalBytes: number | undefined) => void} onProgress Hears how far it is.
 * @property {(resume: unknown) => Promise<void>} keep Keeps a plain value for the next attempt, in this
 *   process or a later one; durable when it resolves, if the queue is. `undefined` forgets it.
 * @property {() => number} now The time in milliseconds.
 */

/**
 * Sends files. What it rejects with decides the fate of the attempt: `retryable` says that another attempt
 * may succeed; `status` and `retryAfterMs` are what the server said; `interrupted` that the host cut it off
 * because the app was hidden, which costs no attempt.
 * @typedef {object} Transport
 * @property {string} name A short name for messages.
 * @property {(target: string) => void} [check] Throws INVALID_VALUE for a place that cannot be.
 * @property {number} [limit] The most that it sends at once.
 * @property {(job: UploadJob, how: UploadConditions) => Promise<unknown>} send Resolves with what the server
 *   answered, as the transport tells it; rejects with a StorageError.
 */

/**
 * How a host gives files: its member `files`.
 * @typedef {object} HostFiles
 * @property {(filePath: UploadFile) => Promise<UploadSource>} open Opens a file for reading; rejects with
 *   INVALID_VALUE, not retryable, if there is none.
 * @property {(filePath: string) => string} [place] Where a copy of a file may lie.
 * @property {(filePath: string, place?: string) => Promise<string>} [keep] Copies a file to where the host
 *   does not delete it, and gives the path of the copy.
 * @property {(keptPath: string) => Promise<void>} [drop] Deletes such a copy; one that is gone is no error.
 */
export {}
