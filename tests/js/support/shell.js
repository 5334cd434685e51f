// @ts-check
/**
 * What the tests of the shell share: the hosts they run on, and hosts that note, delay and refuse.
 */

import assert from 'node:assert/strict'
import { memory } from '../../../js/hosts/memory.js'
import { open } from '../../../js/open.js'

/** @typedef {import('../../../js/hosts/host.js').Host<true>} ImmediateHost */
/** @typedef {import('../../../js/deferred-storage.js').DeferredStorage} DeferredStorage */

/** Every kind of host: what it holds, when it answers, and whether it has batch calls and `commit`. */
export const KINDS = [true, false].flatMap(immediate =>
  /** @type {const} */ (['text', 'bytes', 'native']).flatMap(holds =>
    [[true, false], [false, false], [true, true]].map(([batch, atomic]) =>
      ({ immediate, holds, batch, atomic }))))

/** @param {(typeof KINDS)[number]} kind */
export function nameOf({ immediate, holds, batch, atomic }) {
  const words = [immediate ? 'immediate' : 'deferred', holds, batch ? 'batch' : 'single']
  return [...words, atomic ? 'atomic' : 'journal'].join(' ')
}

/**
 * Opens a stash whose clock stands still until it is set.
 * @param {any} [options]
 * @param {any} [host]
 */
export async function openAt(host = memory(), options = {}) {
  const time = { now: 1_700_000_000_000 }
  const stash = /** @type {import('../../../js/stash.js').Stash<true>} */ (
    await open({ host, clock: () => time.now, ...options }))
  return { stash, storage: stash.storage, time }
}

/**
 * A memory host whose calls are noted in order, and may be changed on the way.
 * @param {any} kind Options of `memory`.
 * @param {(name: string, args: any[], call: () => any) => any} [around]
 */
export function watched(kind, around = (_name, _args, call) => call()) {
  const host = /** @type {Record<string, any>} */ (memory(kind))
  /** @type {[string, ...any[]][]} */
  const calls = []
  const wrap = (/** @type {string} */ name, /** @type {(...args: any[]) => any} */ verb) =>
    (/** @type {any[]} */ ...args) => {
      calls.push([name, ...args])
      return around(name, args, () => verb(...args))
    }
  // Every question is to be seen, also for what was read before.
  const copy = /** @type {Record<string, any>} */ ({ ...host, exclusive: false })
  const verbs = ['read', 'write', 'remove', 'list', 'readMany', 'writeMany', 'removeMany', 'commit', 'info']
  for (const name of verbs) {
    if (host[name]) copy[name] = wrap(name, host[name])
  }
  if (host.witness) {
    copy.witness = {
      read: wrap('witness.read', host.witness.read),
      write: wrap('witness.write', host.witness.write),
    }
  }
  return { host: /** @type {any} */ (copy), calls }
}

/**
 * Says that something is refused with a code, now or later.
 * @param {string} code
 * @param {() => unknown} act
 * @param {RegExp} [message] Of the error or its cause.
 * @returns {Promise<any>} The error.
 */
export async function refused(code, act, message) {
  try {
    await act()
  } catch (/** @type {any} */ error) {
    assert.equal(error.code, code, error.stack)
    assert.equal(error.name, 'StorageError')
    // What a host said stays with its own error, the cause.
    if (message) assert.match(`${error.message} (${error.cause?.message})`, message)
    return error
  }
  throw new assert.AssertionError({ message: `expected ${code}, but nothing was refused` })
}

/** Lets everything that is settled go on. */
export async function settle() {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}
