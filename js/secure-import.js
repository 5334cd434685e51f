// @ts-check
/**
 * Coming from the guide: its two schemes for "encrypted" values, read as the guide reads them.
 *
 * `base64` is `btoa(JSON.stringify(value))`. `xor` is the same with each UTF-16 unit of the JSON combined
 * with one of the secret, which is repeated. Both store a string under the caller's key.
 */

import { checkKeys, checkNames, expect } from './checks.js'
import { StorageError } from './errors.js'
import { plainPath, spaceAt } from './space.js'
import { fromBase64 } from './value-base64.js'
import { get, update } from './verbs.js'

/** @typedef {import('./session.js').Space} Space */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * What is to be brought over.
 * @typedef {object} GuideOptions
 * @property {'base64' | 'xor'} scheme `StorageManager.set(key, value, true)` wrote base64,
 *   `SecureStorage.setSecure` xor.
 * @property {string} [secretKey] What `new SecureStorage(secretKey)` was given; of xor only.
 * @property {Iterable<string>} keys
 * @property {boolean} [dryRun] Only tell what would become of each key.
 */

/**
 * What became of a key: `sealed`, or would be in a dry run; `missing`; `already` sealed before; `unreadable`,
 * because it is not of this scheme or of another secret, and left as it was.
 * @typedef {{ key: string, status: 'sealed' | 'missing' | 'already' | 'unreadable' }} GuideResult
 */

/** Stands for nothing read. */
const MISSING = Object.freeze({})

/**
 * @param {Space} space
 * @param {GuideOptions} options
 * @returns {Flow<GuideResult[]>}
 */
export function* importGuide(space, options) {
  const names = ['scheme', 'secretKey', 'keys', 'dryRun']
  const { scheme, secretKey, keys, dryRun = false } = checkNames(options, names)
  expect(scheme === 'base64' || scheme === 'xor', 'scheme', "'base64' or 'xor'", scheme)
  if (scheme === 'base64') expect(secretKey === undefined, 'secretKey', 'nothing', secretKey)
  else {
    const isSecret = typeof secretKey === 'string' && secretKey !== ''
    expect(isSecret, 'secretKey', 'a string that is not empty', secretKey)
  }
  expect(typeof dryRun === 'boolean', 'dryRun', 'a boolean', dryRun)
  /** @type {GuideResult[]} */
  const results = []
  for (const key of checkKeys(keys)) {
    results.push({ key, status: yield* importKey(space, key, text => read(text, secretKey ?? ''), dryRun) })
  }
  return results
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {(stored: unknown) => unknown} decode
 * @param {boolean} isDry
 * @returns {Flow<GuideResult['status']>}
 */
function* importKey(space, key, decode, isDry) {
  const plain = spaceAt(space, plainPath(space.path))
  try {
    yield* get(space, key, undefined)
    const isThere = (yield* get(plain, key, MISSING)) !== MISSING
    return isThere ? 'already' : 'missing'
  } catch (error) {
    // What is not sealed is what we have come for; whatever else is wrong is told.
    if (!StorageError.is(error) || error.code !== 'CORRUPT') throw error
  }
  try {
    if (isDry) {
      decode(yield* get(plain, key, undefined))
    } else {
      // Compare and set: what was written in between is not lost.
      yield* update(plain, key, decode, { encrypt: true })
    }
    return 'sealed'
  } catch (error) {
    if (error instanceof Unreadable) return 'unreadable'
    throw error
  }
}

/** What was stored is not what the scheme makes. */
class Unreadable extends Error {}

/**
 * @param {unknown} stored
 * @param {string} secret '' for the scheme without one.
 * @returns {unknown}
 */
function read(stored, secret) {
  const bytes = typeof stored === 'string' && stored !== '' ? fromBase64(stored) : undefined
  if (!bytes) throw new Unreadable('no base64')
  let json = ''
  for (let index = 0; index < bytes.length; index += 1) {
    const unit = /** @type {number} */ (bytes[index])
    json += String.fromCharCode(secret === '' ? unit : unit ^ secret.charCodeAt(index % secret.length))
  }
  try {
    return JSON.parse(json)
  } catch {
    throw new Unreadable('no JSON')
  }
}
