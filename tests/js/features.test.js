// @ts-check
/**
 * What the stash promises a feature: its members, its option, its turn at opening and closing, and a
 * flush when the app is hidden.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { loadCore } from '../../js/load/load.js'
import { openWith } from '../../js/open-with.js'
import { StorageManager } from '../../js/storage-manager.js'
import { refused } from './support/shell.js'

/**
 * A feature that notes what happens to it.
 * @param {string} name
 * @param {string[]} notes
 * @param {Partial<import('../../js/features.js').Attached>} [changes]
 * @returns {import('../../js/features.js').Feature}
 */
function noting(name, notes, changes = {}) {
  return {
    option: name === 'one' ? 'cache' : 'http',
    check: () => { notes.push(`${name} check`) },
    attach(session, options) {
      const storage = new StorageManager({ session, path: '' })
      notes.push(`${name} attach ${JSON.stringify(options)}`)
      return {
        members: { [name]: { options } },
        *open() { notes.push(`${name} open, ${(yield storage.has('x'))}`) },
        flush() { notes.push(`${name} flush`) },
        *close() { notes.push(`${name} close, ${(yield storage.has('x'))}`) },
        ...changes,
      }
    },
  }
}

/** @returns {import('../../js/run.js').Flow<void>} */
function* failingFlow() {
  yield Promise.reject(new RangeError('no'))
}

/** A memory host that tells of the life of an app. */
function living() {
  /** @type {Map<string, Set<(detail?: any) => void>>} */
  const listeners = new Map()
  const host = {
    ...memory(),
    listen(/** @type {string} */ event, /** @type {(detail?: any) => void} */ listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener))
      return () => { set.delete(listener) }
    },
  }
  return { host, listeners, hide: () => listeners.get('hide')?.forEach(listener => listener()) }
}

test('features open in order, close in the opposite one, and use the storage at both ends', async () => {
  /** @type {string[]} */
  const notes = []
  const stash = await openWith(loadCore, /** @type {any} */ ({ host: memory(), cache: { a: 1 } }),
    [noting('one', notes), noting('two', notes)])
  assert.deepEqual(/** @type {any} */ (stash).one, { options: { a: 1 } })
  await stash.close()
  assert.deepEqual(notes, ['one check', 'one attach {"a":1}', 'two attach undefined', 'one open, false',
    'two open, false', 'two close, false', 'one close, false'])
})

test('features flush when the app is hidden and from flushSync, until the stash is closed', async () => {
  /** @type {string[]} */
  const notes = []
  const { host, listeners, hide } = living()
  const stash = await openWith(loadCore, { host }, [noting('one', notes), noting('two', notes)])
  notes.length = 0
  hide()
  stash.flushSync()
  assert.deepEqual(notes, ['one flush', 'two flush', 'one flush', 'two flush'])
  await stash.close()
  assert.equal(listeners.get('hide')?.size, 0)
})

test('a feature that cannot open gives everything back', async () => {
  /** @type {string[]} */
  const notes = []
  const { host, listeners } = living()
  const failing = noting('two', notes, { open: failingFlow })
  await assert.rejects(openWith(loadCore, { host }, [noting('one', notes), failing]), RangeError)
  assert.equal(notes.at(-1), 'one close, false')
  assert.equal(listeners.get('hide')?.size, 0)
  await (await openWith(loadCore, { host })).close()
})

test('a feature that cannot close says so, after the rest is closed', async () => {
  /** @type {string[]} */
  const notes = []
  let isGivenBack = false
  const host = { ...memory(), close() { isGivenBack = true } }
  const failing = noting('two', notes, { close: failingFlow })
  const stash = await openWith(loadCore, { host }, [noting('one', notes), failing])
  await assert.rejects(stash.close(), RangeError)
  assert.equal(notes.at(-1), 'one close, false')
  assert.ok(isGivenBack)
})

test('an option without its feature is refused', async () => {
  await refused('UNSUPPORTED', () => openWith(loadCore, /** @type {any} */ ({ host: memory(), cache: {} })))
})
