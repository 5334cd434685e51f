// @ts-check
/**
 * Every verb of the storage, written once: a flow that checks what it is given, runs operations of
 * the core, and makes the result that users see. Whether it runs at once or later is not known
 * here.
 */

import { beginListing, beginWithKeys, pushPut, pushRemove } from './begin.js'
import { KIND, VERB } from './door.js'
import { StorageError } from './errors.js'
import { operateInTurn } from './run.js'
import { plainPath, sealedPath } from './space.js'
import { namespaceOf } from './watch.js'
import {
  checkEntries, checkFunction, checkKey, checkKeys, checkPutOptions, checkRange, checkSetOptions,
  checkTouchOptions, checkValue,
} from './checks.js'
import {
  firstNumber, heldAll, heldFirst, heldPairs, infoOf, isYes, keysOf, metaOf, nothing, valueOf,
} from './results.js'

export { increment, update } from './update.js'

/** @typedef {import('./results.js').Held} Held */
/** @typedef {import('./results.js').Info} Info */
/** @typedef {import('./results.js').Meta} Meta */
/** @typedef {import('./session.js').Space} Space */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * @param {Space} space
 * @param {string} key
 * @param {unknown} defaultValue
 * @returns {Flow<any>}
 */
export function* get(space, key, defaultValue) {
  checkKey(key)
  const { session, path } = space
  const held = yield* operateInTurn(session, 'read',
    (core, now) => beginWithKeys(core, VERB.GET, path, now, [key]), heldFirst)
  return held ? valueOf(space, key, held) : defaultValue
}

/**
 * @param {Space} space
 * @param {Iterable<string>} wanted
 * @returns {Flow<any[]>}
 */
export function* getMany(space, wanted) {
  const asked = checkKeys(wanted)
  const { session, path } = space
  const all = yield* operateInTurn(session, 'read',
    (core, now) => beginWithKeys(core, VERB.GET, path, now, asked), heldAll)
  return all.map((held, index) => held && valueOf(space, asked[index] ?? '', held))
}

/**
 * @param {Space} space
 * @param {string} key
 * @returns {Flow<boolean>}
 */
export function* has({ session, path }, key) {
  checkKey(key)
  return yield* operateInTurn(session, 'read',
    (core, now) => beginWithKeys(core, VERB.HAS, path, now, [key]), isYes)
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {unknown} value
 * @param {import('./checks.js').SetOptions} [options]
 * @returns {Flow<void>}
 */
export function* set(space, key, value, options) {
  const { session, path } = space
  checkKey(key)
  const encoded = checkValue(space, key, value)
  const checked = checkSetOptions(options)
  const spelled = sealedPath(path, checked)
  yield* operateInTurn(session, 'write', (core, now) => {
    const operation = core.begin(VERB.COMMIT, spelled, now)
    pushPut(operation, key, encoded, checked, checked.ifVersion)
    return operation
  }, nothing, () => session.watchers.note('set', path, key))
}

/**
 * @param {Space} space
 * @param {import('./deferred-storage.js').Entries} given
 * @param {import('./checks.js').PutOptions} [options]
 * @returns {Flow<void>}
 */
export function* setMany(space, given, options) {
  const { session, path } = space
  const puts = Array.from(checkEntries(given),
    ([key, value]) => ({ key, encoded: checkValue(space, key, value) }))
  const checked = checkPutOptions(options)
  const spelled = sealedPath(path, checked)
  yield* operateInTurn(session, 'write', (core, now) => {
    const operation = core.begin(VERB.COMMIT, spelled, now)
    for (const { key, encoded } of puts) pushPut(operation, key, encoded, checked)
    return operation
  }, nothing, () => {
    for (const { key } of puts) session.watchers.note('set', path, key)
  })
}

/**
 * @param {Space} space
 * @param {string} key
 * @returns {Flow<boolean>}
 */
export function* remove(space, key) {
  return (yield* removeMany(space, [key])) === 1
}

/**
 * @param {Space} space
 * @param {Iterable<string>} unwanted
 * @returns {Flow<number>}
 */
export function* removeMany({ session, path }, unwanted) {
  const asked = Array.from(new Set(checkKeys(unwanted)))
  const removed = yield* operateInTurn(session, 'write', (core, now) => {
    const operation = core.begin(VERB.COMMIT, path, now)
    for (const key of asked) pushRemove(operation, key)
    return operation
  }, operation => asked.filter((_, index) => operation.number(index) === 1), gone => {
    for (const key of gone) session.watchers.note('remove', path, key)
  })
  return removed.length
}

/**
 * @param {Space} space
 * @returns {Flow<number>}
 */
export function* clear({ session, path }) {
  return yield* operateInTurn(session, 'write', (core, now) => core.begin(VERB.CLEAR, path, now), firstNumber,
    count => {
      if (count > 0) session.watchers.note('clear', path)
    })
}

/**
 * @param {Space} space
 * @param {import('./door.js').Range} [range]
 * @returns {Flow<string[]>}
 */
export function* keys({ session, path }, range) {
  const checked = checkRange(range)
  return yield* operateInTurn(session, 'read',
    (core, now) => beginListing(core, VERB.KEYS, path, now, checked), keysOf)
}

/**
 * @param {Space} space
 * @param {import('./door.js').Range} [range]
 * @returns {Flow<[string, any][]>}
 */
export function* entries(space, range) {
  const checked = checkRange(range)
  const { session, path } = space
  const listed = yield* operateInTurn(session, 'read',
    (core, now) => beginListing(core, VERB.ENTRIES, path, now, checked), heldPairs)
  return listed.map(({ key, held }) => [key, held && valueOf(space, key, held)])
}

/**
 * @param {Space} space
 * @param {string} key
 * @returns {Flow<Meta | undefined>}
 */
export function* getMeta({ session, path }, key) {
  checkKey(key)
  return yield* operateInTurn(session, 'read',
    (core, now) => beginWithKeys(core, VERB.META, path, now, [key]), metaOf)
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {{ ttl: import('./ttl.js').Ttl | null }} options
 * @returns {Flow<boolean>}
 */
export function* touch({ session, path }, key, options) {
  checkKey(key)
  const ttl = checkTouchOptions(options)
  return yield* operateInTurn(session, 'write', (core, now) => {
    const operation = beginWithKeys(core, VERB.TOUCH, path, now, [key])
    operation.pushNumber(ttl)
    return operation
  }, isYes)
}

/**
 * @param {Space} space
 * @returns {Flow<Info>}
 */
export function* getInfo({ session, path }) {
  const info = yield* operateInTurn(session, 'read', (core, now) => core.begin(VERB.INFO, path, now), infoOf)
  return session.isPersisted === undefined ? info : { ...info, isPersisted: session.isPersisted }
}

/**
 * @param {Space} space
 * @param {string} key
 * @param {unknown} value
 * @returns {Flow<boolean>}
 */
export function* willFit(space, key, value) {
  const { session, path } = space
  checkKey(key)
  const { form, text } = checkValue(space, key, value)
  // A write, because expired records are removed where that decides it.
  return yield* operateInTurn(session, 'write', (core, now) => {
    const operation = beginWithKeys(core, VERB.WILL_FIT, path, now, [key])
    operation.push(form, text)
    for (const yielding of session.onFull) {
      if (yielding.stored.size > 0) operation.push(KIND.TEXT, yielding.path)
    }
    return operation
  }, isYes)
}

/**
 * @param {Space} space
 * @returns {Flow<number>}
 */
export function* cleanup({ session }) {
  return yield* operateInTurn(session, 'write', (core, now) => core.begin(VERB.CLEANUP, '', now), firstNumber)
}

/**
 * Runs a function while nobody else of this process, and of others where the host can tell, holds
 * the lock.
 * @template T
 * @param {Space} space
 * @param {string} key
 * @param {() => T | PromiseLike<T>} fn
 * @param {'wait' | 'refuse'} patience What to do when the lock is held.
 * @returns {Flow<T>}
 */
export function* lock({ session, path }, key, fn, patience) {
  checkKey(key)
  checkFunction(fn, 'fn')
  session.refuseIfFinished()
  const name = JSON.stringify([plainPath(path), key])
  if (patience === 'refuse' && session.locks.isHeld(name)) {
    throw new StorageError('BUSY', 'somebody holds this lock: use lock() instead of lockSync() to wait',
      { key, namespace: namespaceOf(path) })
  }
  if (patience === 'refuse' && session.host.lock) {
    throw new StorageError('NOT_IMMEDIATE', 'lockSync cannot be had, the host locks later: use lock()')
  }
  const waiting = session.locks.enter(name)
  if (waiting) yield waiting
  let release
  try {
    session.refuseIfFinished()
    if (session.host.lock) release = yield session.host.lock(name)
    return yield fn()
  } finally {
    session.locks.leave(name)
    if (release) yield release()
  }
}
