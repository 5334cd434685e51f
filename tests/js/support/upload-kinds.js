// @ts-check
/**
 * The hosts on which transports are tested, each with files of its own, and one attempt as the queue makes
 * it.
 */

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeController } from '../../../js/abort.js'
import { browserLocal } from '../../../js/hosts/browser-local.js'
import { node } from '../../../js/hosts/node.js'
import { wechat } from '../../../js/hosts/wechat.js'
import { Session } from '../../../js/session.js'
import { filesOf } from '../../../js/uploads/files.js'
import { wechatFiles } from '../doubles/wechat-files.js'
import { wechatRequest } from '../doubles/wechat-request.js'
import { wechatUpload } from '../doubles/wechat-upload.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { loadCore } from '../../../js/load/load.js'

/** @import { TestContext } from 'node:test' */
/** @import { Transport, UploadConditions, UploadFile, UploadJob } from '../../../js/uploads/transport.js' */

/**
 * A place with a host and files.
 * @typedef {object} Place
 * @property {Session} session
 * @property {import('../../../js/uploads/transport.js').HostFiles} files
 * @property {(bytes: Uint8Array) => string} put Makes a file; gives its path.
 * @property {(file: string, bytes: Uint8Array | undefined) => void} change Changes a file, or deletes it.
 * @property {any} [wx]
 * @property {() => number} mostAtOnce How many uploads ran at once on a host that bounds them.
 * @property {() => void} [interrupt] The app was hidden, and its time is over.
 */

/** @typedef {{ name: string, make: (context: TestContext) => Promise<Place> }} Kind */

/** @type {Kind[]} */
export const KINDS = [
  { name: 'Node', make: nodePlace },
  { name: 'WeChat', make: wechatPlace },
]

/** @param {import('../../../js/session.js').Host} host */
async function sessionOf(host) {
  return new Session(host, await loadCore(), Date.now, error => { throw error })
}

/** @param {TestContext} context */
async function nodePlace(context) {
  const dir = mkdtempSync(path.join(tmpdir(), 'ministash-uploads-'))
  context.after(() => rmSync(dir, { recursive: true, force: true }))
  const session = await sessionOf(/** @type {any} */ (node({ dir: path.join(dir, 'store'), durable: false })))
  let count = 0
  /** @type {Place} */
  const place = {
    session,
    files: filesOf(session),
    put(bytes) {
      const file = path.join(dir, `file ${count += 1}.jpg`)
      writeFileSync(file, bytes)
      return file
    },
    change(file, bytes) {
      if (bytes) writeFileSync(file, bytes)
      else rmSync(file)
    },
    mostAtOnce: () => 0,
  }
  return place
}

/** @param {TestContext} _context @param {{ baseLibrary?: string }} [options] */
export async function wechatPlace(_context, options = {}) {
  const double = wechatDouble()
  const disk = wechatFiles(options)
  const upload = wechatUpload(disk.files)
  Object.assign(double.wx, disk.wx, upload.wx, wechatRequest())
  const session = await sessionOf(/** @type {any} */ (wechat(double.wx)))
  /** @type {Place & { disk: typeof disk, upload: typeof upload }} */
  const place = {
    session,
    disk,
    upload,
    files: filesOf(session),
    put: bytes => disk.choose(bytes),
    change(file, bytes) {
      if (bytes) disk.files.set(file, bytes)
      else disk.files.delete(file)
    },
    wx: double.wx,
    mostAtOnce: () => upload.most(),
    interrupt: () => upload.interrupt(),
  }
  return place
}

/** A host without paths, which sends as browsers do where there is no XMLHttpRequest. */
export async function bytesPlace() {
  const session = await sessionOf(/** @type {any} */ (browserLocal()))
  return { session, files: filesOf(session) }
}

/**
 * Makes one attempt.
 * @param {Place | { files: Place['files'] }} place
 * @param {Transport} transport
 * @param {UploadFile} filePath
 * @param {Partial<UploadJob> & Partial<UploadConditions>} [given]
 */
export async function attempt({ files }, transport, filePath, given = {}) {
  /** @type {[number, number | undefined][]} */
  const progress = []
  /** @type {UploadJob} */
  const job = { id: '1', filePath, target: 'photos/1.jpg', metadata: undefined, idempotencyKey: 'key-1',
    attempt: 1, resume: undefined, ...given, file: given.file ?? await files.open(filePath) }
  /** @type {UploadConditions} */
  const how = { signal: makeController().signal, timeoutMs: 10_000, keep: async () => {}, now: Date.now,
    onProgress: (sent, total) => { progress.push([sent, total]) }, ...given }
  const result = await transport.send(job, how)
  return { result: /** @type {any} */ (result), progress }
}

/** Bytes that a seed decides. @param {number} length @param {number} [seed] */
export function randomBytes(length, seed = 1) {
  const bytes = new Uint8Array(length)
  const random = randomOf(seed)
  for (let at = 0; at < length; at += 1) bytes[at] = random() * 256
  return bytes
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). @param {number} seed */
export function randomOf(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** @param {Uint8Array} bytes */
export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
