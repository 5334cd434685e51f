// @ts-check
/** Where a file may be told to lie. The rules are those of WeChat's cloud storage, the strictest known. */

import { StorageError } from '../errors.js'
import { kindOf } from '../checks.js'
import { utf8Length } from '../utf8-length.js'

const TARGET_BYTES_MAX = 850
/** The C0 controls and DEL. */
const CONTROLS = /[\u0000-\u001f\u007f]/ // eslint-disable-line no-control-regex
const HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(^|[^\ud800-\udbff])[\udc00-\udfff]/

/**
 * Refuses a place that cannot be, or that leads out of where it begins.
 * @param {string} target
 */
export function checkTarget(target) {
  const problem = problemOf(target)
  if (problem === undefined) return
  throw new StorageError('INVALID_VALUE',
    `expected a relative path such as 'photos/1.jpg' as the place of the upload, got ${problem}`)
}

/** @param {unknown} target */
function problemOf(target) {
  if (typeof target !== 'string') return kindOf(target)
  if (target === '') return 'an empty one'
  if (target.startsWith('/')) return 'one that begins with a slash'
  if (target.includes('\\')) return 'one with a backslash'
  if (CONTROLS.test(target)) return 'one with a control character'
  if (HALVES.test(target)) return 'one with half of a surrogate pair'
  const segments = target.split('/')
  if (segments.includes('..') || segments.includes('.')) return 'one that goes up or stays, by .. or .'
  if (segments.includes('')) return 'one with an empty part between its slashes, or at its end'
  const bytes = utf8Length(target)
  return bytes > TARGET_BYTES_MAX ? `${bytes} bytes, of at most ${TARGET_BYTES_MAX}` : undefined
}
