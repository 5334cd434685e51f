// @ts-check
/** A tus server as the transport sees it: one function for each request, and what its answers mean. */

import { StorageError } from '../errors.js'
import { bytesOf } from '../http-range.js'
import { headerOf, headerText } from '../http-headers.js'
import { statusError } from '../http-later.js'
import { resolveUrl } from '../http-url.js'
import { toBase64 } from '../value-base64.js'
import { texts } from './form.js'
import { during } from './task.js'

/** @import { HttpAnswer, HttpNetwork } from '../hosts/http.js' */
/** @import { UploadConditions, UploadSource } from './transport.js' */

/**
 * What a server can do besides, as far as it matters here.
 * @typedef {{ algorithm: 'sha1' | 'sha256' | undefined, maxBytes: number }} Extensions
 */

const VERSION = '1.0.0'
/** The server has forgotten the upload. */
const GONE = Object.freeze([403, 404, 410])
/** The offset is another one. */
const CONFLICT = 409
/** Somebody holds the upload, perhaps this app before it was killed. */
const LOCKED = 423
/** The chunk was spoilt on its way. */
const CHECKSUM_MISMATCH = 460
/** What a key of the metadata may be made of. */
const METADATA_KEY = /^[!-+\--~]+$/

export class TusServer {
  /**
   * @param {{ network: HttpNetwork, how: UploadConditions, header: Record<string, string>, isOverridden:
   *   boolean, extensions: Map<string, Extensions> }} parts `extensions` is what is known of endpoints.
   */
  constructor(parts) {
    this.parts = parts
    /** @type {Extensions} */
    this.can = { algorithm: undefined, maxBytes: Infinity }
  }

  /**
   * Creates an upload, and gives its URL.
   * @param {string} endpoint
   * @param {number} size
   * @param {Record<string, unknown>} metadata
   */
  async create(endpoint, size, metadata) {
    if (size > this.can.maxBytes) {
      throw new StorageError('VALUE_TOO_LARGE', `the server takes files of at most ${this.can.maxBytes} bytes`)
    }
    const answer = await this.request('POST', endpoint,
      { 'Upload-Length': String(size), 'Upload-Metadata': metadataText(metadata) })
    const place = headerOf(answer.headers, 'location')
    if (answer.status === 413) throw tooLarge(answer.status)
    if (answer.status !== 201 || place === undefined) throw this.refusal(answer)
    return resolveUrl(endpoint, place)
  }

  /**
   * How much of an upload is there; undefined if the server has forgotten it.
   * @param {string} url
   * @returns {Promise<number | undefined>}
   */
  async offsetOf(url) {
    const answer = await this.request('HEAD', url, {})
    if (GONE.includes(answer.status)) return undefined
    const offset = offsetIn(answer)
    if (answer.status < 200 || answer.status > 299 || offset === undefined) throw this.refusal(answer)
    return offset
  }

  /**
   * Appends bytes to an upload. The offset of the answer is undefined if one has to ask for it.
   * @param {string} url
   * @param {number} offset
   * @param {Uint8Array} bytes
   * @param {UploadSource} file Whose bytes they are.
   * @returns {Promise<{ status: number, headers: string, offset: number | undefined }>}
   */
  async append(url, offset, bytes, file) {
    const checksum = await checksumOf(this.can.algorithm, bytes, file)
    const fields = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream',
      ...(checksum === undefined ? {} : { 'Upload-Checksum': checksum }) }
    const { isOverridden } = this.parts
    const answer = isOverridden
      ? await this.request('POST', url, { ...fields, 'X-HTTP-Method-Override': 'PATCH' }, bytes)
      : await this.request('PATCH', url, fields, bytes)
    const { status, headers } = answer
    if (status === CONFLICT || status === CHECKSUM_MISMATCH) return { status, headers, offset: undefined }
    if (status === 413) throw tooLarge(status)
    if (status === 404 || status === 410) throw lostError(status)
    if (status < 200 || status > 299) throw this.refusal(answer)
    return { status, headers, offset: offsetIn(answer) }
  }

  /**
   * Asks once for each endpoint what the server can do. One that does not say can do nothing besides.
   * @param {string} endpoint
   */
  async learn(endpoint) {
    const { extensions } = this.parts
    const known = extensions.get(endpoint)
    if (known) {
      this.can = known
      return
    }
    const { status, headers } = await this.request('OPTIONS', endpoint, {})
    const list = (/** @type {string} */ name) => (headerOf(headers, name) ?? '').split(/\s*,\s*/)
    const offered = list('tus-extension').includes('checksum') ? list('tus-checksum-algorithm') : []
    const most = Number(headerOf(headers, 'tus-max-size') ?? Infinity)
    this.can = { maxBytes: most > 0 ? most : Infinity,
      algorithm: offered.includes('sha256') ? 'sha256' : offered.includes('sha1') ? 'sha1' : undefined }
    if (status >= 200 && status <= 299) extensions.set(endpoint, this.can)
  }

  /**
   * @private
   * @param {string} method
   * @param {string} url
   * @param {Record<string, string>} fields
   * @param {Uint8Array} [body]
   * @returns {Promise<HttpAnswer>}
   */
  request(method, url, fields, body) {
    const { network, how, header } = this.parts
    const headers = headerText({ 'Tus-Resumable': VERSION, ...header, ...fields })
    const { timeoutMs: timeout, signal } = how
    return during(signal, () => network.send({ method, url, headers, body, kind: 'text', timeout }))
  }

  /**
   * @private
   * @param {HttpAnswer} answer
   */
  refusal(answer) {
    const { status } = answer
    const isOdd = status >= 200 && status <= 299
    const error = isOdd
      ? new StorageError('HTTP_STATUS', `the server does not speak tus 1.0 (status ${status})`, { status })
      : statusError(answer, this.parts.how.now())
    if (status === LOCKED) error.retryable = true
    return error
  }
}

/** @param {HttpAnswer} answer */
function offsetIn({ headers }) {
  const told = headerOf(headers, 'upload-offset')
  return told !== undefined && /^\d+$/.test(told) ? Number(told) : undefined
}

/** @param {number} status */
function tooLarge(status) {
  return new StorageError('VALUE_TOO_LARGE', 'the server takes no file as large as this', { status })
}

/** The next attempt finds that there is nothing to resume, and begins anew. @param {number} status */
export function lostError(status) {
  return new StorageError('HTTP_STATUS', 'the server has lost the upload: it begins anew', { status,
    retryable: true })
}

/**
 * Pairs of a key and its value as base64, as `Upload-Metadata` wants them.
 * @param {Record<string, unknown>} metadata
 */
function metadataText(metadata) {
  return Object.entries(texts(metadata)).map(([key, value]) => {
    if (!METADATA_KEY.test(key)) {
      throw new StorageError('INVALID_VALUE',
        'expected names of metadata in ASCII, without space and comma, for tus')
    }
    return `${key} ${toBase64(bytesOf(value))}`
  }).join(',')
}

/**
 * The digest of a chunk as `Upload-Checksum` wants it.
 * @param {Extensions['algorithm']} algorithm
 * @param {Uint8Array} bytes
 * @param {UploadSource} file
 */
async function checksumOf(algorithm, bytes, { sha256 }) {
  if (algorithm === 'sha256' && sha256) return `sha256 ${toBase64(bytesOfHex(sha256(bytes)))}`
  const native = algorithm === 'sha1' ? subtle() : undefined
  if (!native) return undefined
  const digest = await native.digest('SHA-1', /** @type {Uint8Array<ArrayBuffer>} */ (bytes))
  return `sha1 ${toBase64(new Uint8Array(digest))}`
}

/** @param {string} digits */
function bytesOfHex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16))
}

/** SHA-1, which every server with checksums knows, is had only where there is this: not in mini-programs. */
function subtle() {
  /* global crypto -- asked for, not assumed; without `subtle` in pages that are not secure */
  // eslint-disable-next-line no-restricted-globals
  return typeof crypto === 'object' ? crypto.subtle : undefined
}
