// @ts-check
/** Several stashes on one deferred store whose host locks: no change is lost, nobody is kept out for ever. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fault } from '../../js/hosts/host.js'
import { memory } from '../../js/hosts/memory.js'
import { Turnstile } from '../../js/turnstile.js'
import { openAt, refused, settle } from './support/shell.js'

/** Hosts on one store, with a lock that all of them ask. */
function shared() {
  const store = memory({ immediate: false, atomic: true })
  const byName = /** @type {Map<string, Turnstile>} */ (new Map())
  const state = { held: 0, isRefused: false }
  const lock = async (/** @type {string} */ name) => {
    if (state.isRefused) throw fault('HOST_FAILED', 'no lock today')
    const turn = byName.get(name) ?? new Turnstile()
    byName.set(name, turn)
    await turn.enter('write')
    state.held += 1
    return async () => {
      state.held -= 1
      turn.leave('write')
    }
  }
  return { state, lock, make: () => ({ ...store, open: undefined, close: undefined, lock }) }
}

test('of many who change at once nobody loses anything', async () => {
  const { state, make } = shared()
  const opened = await Promise.all([make(), make(), make()].map(host => openAt(host)))
  await Promise.all(opened.flatMap(({ storage }) => Array.from({ length: 30 }, (_, at) =>
    at % 2 ? storage.increment('count')
      : storage.update('count', (/** @type {number} */ count = 0) => Promise.resolve(count + 1)))))
  for (const { stash, storage } of opened) {
    assert.equal(await storage.get('count'), 90)
    assert.equal(stash.wiped, null)
  }
  await settle()
  assert.equal(state.held, 0)
})

test('closing waits for no lock and holds none', async () => {
  const { state, lock, make } = shared()
  const [one, two] = await Promise.all([openAt(make()), openAt(make())])
  const release = await lock('turn')
  const writing = two.storage.set('key', 1)
  await one.stash.close()
  await release()
  await writing
  await two.stash.close()
  await settle()
  assert.equal(state.held, 0)
})

test('a lock that is refused is the error of its verb alone', async () => {
  const { state, make } = shared()
  const { stash, storage } = await openAt(make())
  await storage.set('key', 1)
  state.isRefused = true
  const refusals = ['set', 'remove', 'increment'].map(verb =>
    refused('HOST_FAILED', () => /** @type {any} */ (storage)[verb]('key', 2), /no lock today/))
  await Promise.all(refusals)
  assert.equal(await storage.get('key'), 1)
  await refused('HOST_FAILED', () => openAt(make()), /no lock today/)
  state.isRefused = false
  await storage.set('key', 3)
  assert.equal(await storage.get('key'), 3)
  await stash.close()
})
