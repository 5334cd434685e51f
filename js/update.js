// @ts-check
/**
 * The verbs that replace a value by what a function makes of it: compare-and-set, tried again when
 * somebody else was quicker. Invariant: a commit says what it expects to find, so that no change of
 * anybody is lost.
 */

import { StorageError } from './errors.js'
import { isThenable } from './ask.js'
import { endTurn, operate, operateWithRoom } from './run.js'
import { checkFunction, checkKey, checkPutOptions, checkValue, expect, kindOf } from './checks.js'
import { beginWithKeys, pushPut } from './begin.js'
import { ANY_VERSION, COMPRESSION, KEPT_TTL, VERB } from './door.js'
import { heldFirst, nothing, valueOf } from './results.js'
import { sealedPath } from './space.js'
import { namespaceOf } from './watch.js'

/** @typedef {import('./results.js').Held} Held */
/** @typedef {import('./session.js').Space} Space */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** What an update does not say stays as it is. */
const KEPT = Object.freeze({ ttl: KEPT_TTL, compression: COMPRESSION.KEPT })

/** How often `update` tries again when others change the same key in between. */
export const UPDATE_ATTEMPTS_MAX = 100

/**
 * Replaces a value by what a function makes of it. On a deferred host the turn is kept while the
 * function answers at once, so nobody of this process comes in between; a function that returns a
 * Promise runs outside of the turn, or it could not use the storage itself. Either way the commit
 * says what it expects to find.
 * @param {Space} space
 * @param {string} key
 * @param {(current: any) => any} fn
 * @param {import('./checks.js').PutOptions} [options]
 * @returns {Flow<any>}
 */
export function* update(space, key, fn, options) {
  checkKey(key)
  checkFunction(fn, 'fn')
  checkPutOptions(options)
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt += 1) {
    const outcome = yield* attemptUpdate(space, key, fn, options)
    if (outcome) return outcome.value
  }
  throw new StorageError('CONFLICT', `others changed the key in each of ${UPDATE_ATTEMPTS_MAX} attempts: try again later`,
    { key, namespace: namespaceOf(space.path) })
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {number} by
 * @param {import('./checks.js').PutOptions} [options]
 * @returns {Flow<number>}
 */
export function* increment(space, key, by, options) {
  expect(typeof by === 'number' && Number.isFinite(by), 'by', 'a finite number', by)
  const invalid = (/** @type {string} */ message) =>
    new StorageError('INVALID_VALUE', message, { key, namespace: namespaceOf(space.path) })
  return yield* update(space, key, (current = 0) => {
    if (typeof current !== 'number') throw invalid(`expected a number under the key to increment, got ${kindOf(current)}`)
    if (!Number.isFinite(current + by)) throw invalid('the number would leave the finite ones: set it anew')
    // Beyond 2^53 whole numbers have gaps, and a count would stand still.
    const isWhole = Number.isInteger(current) && Number.isInteger(by)
    const isExact = !isWhole || Number.isSafeInteger(current + by)
    if (!isExact) throw invalid('the number would no longer be exact: set it anew')
    return current + by
  }, options)
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {(current: any) => any} fn
 * @param {import('./checks.js').PutOptions} [options]
 * @returns {Flow<{ value: any } | undefined>} Nothing if somebody else was quicker.
 */
function* attemptUpdate(space, key, fn, options) {
  const { session, path } = space
  let isInside = false
  const enter = function* () {
    session.refuseIfClosing()
    const waiting = session.turnstile?.enter('write')
    if (waiting) yield waiting
    isInside = true
  }
  const leave = () => {
    if (isInside) endTurn(session, 'write')
    isInside = false
  }
  try {
    yield* enter()
    const held = yield* operate(session,
      (core, now) => beginWithKeys(core, VERB.GET, path, now, [key]), heldFirst)
    let value = fn(held && valueOf(space, key, held))
    if (isThenable(value)) {
      leave()
      value = yield value
      yield* enter()
    }
    return (yield* commitUpdate(space, key, value, held, options)) ? { value } : undefined
  } finally {
    leave()
  }
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {unknown} value
 * @param {Held | undefined} held What must still be there.
 * @param {import('./checks.js').PutOptions} [options]
 * @returns {Flow<boolean>} Whether it was.
 */
function* commitUpdate(space, key, value, held, options) {
  const { session, path } = space
  const checked = checkValue(space, key, value)
  const putOptions = checkPutOptions(options, KEPT)
  const spelled = sealedPath(path, putOptions, true)
  try {
    yield* operateWithRoom(session, (core, now) => {
      const operation = core.begin(VERB.COMMIT, spelled, now)
      // A native value has no version: it is known by what it is.
      if (held && held.version === 0) pushPut(operation, key, checked, putOptions, ANY_VERSION, held)
      else pushPut(operation, key, checked, putOptions, held ? held.version : 0)
      return operation
    }, nothing)
  } catch (error) {
    if (StorageError.is(error) && error.code === 'CONFLICT') return false
    throw error
  }
  session.watchers.note('set', path, key)
  return true
}
