// @ts-check
/**
 * The transport by tus 1.0 (https://tus.io/protocols/resumable-upload): the server says how much it has, and
 * the rest is sent in chunks, so that an upload goes on where it broke off, also in a later process.
 */

import { StorageError } from '../errors.js'
import { checkNames, expect } from '../checks.js'
import { statusError } from '../http-later.js'
import { filled } from './form.js'
import { checkTarget } from './target.js'
import { networkOf } from './task.js'
import { TusServer, lostError } from './tus-server.js'

/** @import { PerJob } from './form.js' */
/** @import { Transport, UploadConditions, UploadJob, UploadSource } from './transport.js' */

/**
 * @typedef {object} TusOptions
 * @property {string} endpoint Where uploads are created.
 * @property {PerJob} [header] Header fields of every request.
 * @property {number} [chunkBytes] The most that one request carries; 4 MB if not given. The first chunk is
 *   smaller, and the following ones grow while they go quickly.
 * @property {boolean} [override] True: PATCH goes as a POST with `X-HTTP-Method-Override`. Default: where the
 *   host has no PATCH, as mini-programs have none.
 * @property {number} [limit] The most at once.
 */

/**
 * What is kept of an upload: where the server has it, and of which file it is.
 * @typedef {{ url: string, size: number, fingerprint: string, endpoint: string }} Resume
 */

const CHUNK_BYTES = 4 * 1024 * 1024
const FIRST_CHUNK_BYTES = 256 * 1024
/**
 * Where an upload broke off it may break off again, and what is on its way then is sent twice: an attempt
 * that resumes begins small, and has never more on its way than a part of what it has brought over.
 */
const RESUMED_CHUNK_BYTES = 16 * 1024
const RESUMED_SHARE = 1 / 4
/** A chunk that took longer than this is followed by a smaller one, one that took less by a larger one. */
const SLOW_MS = 4000
const QUICK_MS = 1000
/** Up to here a file is known by all of its bytes; above, reading them would take a phone too long. */
const WHOLE_BYTES_MAX = 64 * 1024 * 1024
const SAMPLE_BYTES = 1024 * 1024
/** After so many answers that bring nothing forward, the attempt has failed. */
const STANDSTILLS_MAX = 4

/**
 * Sends files in chunks to a tus server, and resumes them. The file must stay as it is: one that has changed
 * since its upload was created is refused with INVALID_VALUE, for good.
 * @param {TusOptions} options
 * @returns {Transport}
 * @example const stash = await open({ uploads: { transport: tus({ endpoint: 'https://example.com/files/' }) } })
 */
export function tus(options) {
  const { endpoint, header = {}, chunkBytes = CHUNK_BYTES, override, limit } = checked(options)
  const extensions = new Map()
  return {
    name: 'tus',
    check: checkTarget,
    ...(limit === undefined ? {} : { limit }),
    async send(job, how) {
      const network = networkOf(job.file)
      const isOverridden = override ?? network.lacksPatch === true
      const { size } = job.file
      if (size === undefined) throw new StorageError('INVALID_VALUE', 'expected a file of known size')
      const fields = await filled(header, job)
      const server = new TusServer({ network, how, header: fields, isOverridden, extensions })
      await server.learn(endpoint)
      const upload = await resumed(server, endpoint, job, how) ?? await created(server, endpoint, job, how)
      await sendRest(server, upload, job.file, { how, size, chunkBytes })
      return { url: upload.url }
    },
  }
}

/**
 * An upload at the server, and how much of it is there.
 * @typedef {{ url: string, offset: number, isResumed: boolean }} Upload
 */

/**
 * What an earlier attempt began, if the server still has it.
 * @param {TusServer} server
 * @param {string} endpoint
 * @param {UploadJob} job
 * @param {UploadConditions} how
 * @returns {Promise<Upload | undefined>}
 */
async function resumed(server, endpoint, { file, resume }, { keep }) {
  const kept = /** @type {Resume | undefined} */ (Object(resume).url ? resume : undefined)
  if (!kept || kept.endpoint !== endpoint) return undefined
  if (kept.size !== file.size || kept.fingerprint !== await fingerprintOf(file)) {
    // Whoever asks for another attempt means the file as it is now.
    await keep(undefined)
    throw new StorageError('INVALID_VALUE', 'the file has changed since its upload began: upload it anew')
  }
  const offset = await server.offsetOf(kept.url)
  return offset === undefined ? undefined : { url: kept.url, offset, isResumed: true }
}

/**
 * @param {TusServer} server
 * @param {string} endpoint
 * @param {UploadJob} job
 * @param {UploadConditions} how
 * @returns {Promise<Upload>}
 */
async function created(server, endpoint, job, { keep }) {
  const { file, target, metadata = {}, idempotencyKey } = job
  const size = Number(file.size)
  const fingerprint = await fingerprintOf(file)
  const name = target.slice(target.lastIndexOf('/') + 1)
  const url = await server.create(endpoint, size,
    { filename: name, path: target, fingerprint, idempotencyKey, ...metadata })
  /** @type {Resume} */
  const resume = { url, size, fingerprint, endpoint }
  await keep(resume)
  return { url, offset: 0, isResumed: false }
}

/**
 * What tells a file from another one of the same size: its SHA-256, or that of its head, middle and tail.
 * @param {UploadSource} file
 */
async function fingerprintOf(file) {
  const { size, sha256 } = file
  if (size === undefined || size <= WHOLE_BYTES_MAX || !sha256) return `sha256:${await file.digest()}`
  const samples = new Uint8Array(3 * SAMPLE_BYTES)
  for (const [at, position] of [0, Math.floor(size / 2), size - SAMPLE_BYTES].entries()) {
    samples.set(await file.read(position, SAMPLE_BYTES), at * SAMPLE_BYTES)
  }
  return `sampled:${sha256(samples)}`
}

/**
 * @param {TusServer} server
 * @param {Upload} upload
 * @param {UploadSource} file
 * @param {{ how: UploadConditions, size: number, chunkBytes: number }} settings
 */
async function sendRest(server, { url, offset: start, isResumed }, file, { how, size, chunkBytes }) {
  let offset = start
  const first = Math.min(chunkBytes, isResumed ? RESUMED_CHUNK_BYTES : FIRST_CHUNK_BYTES)
  let chunk = first
  let standstills = 0
  how.onProgress(offset, size)
  while (offset < size) {
    const bytes = await file.read(offset, Math.min(chunk, size - offset))
    // What was appended meanwhile would be missing.
    if (offset + bytes.length >= size && file.check) await file.check()
    const before = how.now()
    const answer = await server.append(url, offset, bytes, file)
    const next = answer.offset ?? await server.offsetOf(url)
    if (next === undefined || next > size) throw lostError(answer.status)
    standstills = next > offset ? 0 : standstills + 1
    if (standstills > STANDSTILLS_MAX) throw statusError(answer, how.now(), 'the server takes nothing more')
    const took = how.now() - before
    const larger = isResumed ? Math.max(chunk, Math.floor((next - start) * RESUMED_SHARE)) : chunk * 2
    if (took < QUICK_MS && next > offset) chunk = Math.min(chunkBytes, larger)
    if (took > SLOW_MS) chunk = Math.max(first, Math.floor(chunk / 2))
    offset = next
    how.onProgress(offset, size)
  }
}

/**
 * @param {TusOptions} options
 * @returns {TusOptions}
 */
function checked(options) {
  const given = checkNames(options, ['endpoint', 'header', 'chunkBytes', 'override', 'limit'])
  const { endpoint, header, chunkBytes, override, limit } = given
  const isUrl = typeof endpoint === 'string' && /^https?:\/\//i.test(endpoint)
  expect(isUrl, 'endpoint', 'a URL that begins with http', endpoint)
  const isPerJob = header === undefined || typeof header === 'function' || Object(header) === header
  expect(isPerJob, 'header', 'an object of strings, or a function that gives one,', header)
  for (const [name, value] of Object.entries({ chunkBytes, limit })) {
    const isCount = value === undefined || (Number.isSafeInteger(value) && value > 0)
    expect(isCount, name, 'a whole number from 1', value)
  }
  expect(override === undefined || typeof override === 'boolean', 'override', 'a boolean', override)
  return /** @type {TusOptions} */ (given)
}
