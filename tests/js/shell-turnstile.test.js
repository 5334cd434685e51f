// @ts-check
/** The turnstile alone: who passes when. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Locks, Turnstile, WAITING_MAX } from '../../js/turnstile.js'
import { refused, settle } from './support/shell.js'

test('readers pass together, writers alone, and nobody overtakes', async () => {
  const turnstile = new Turnstile()
  /** @type {string[]} */
  const inside = []
  const enter = (/** @type {'read' | 'write'} */ mode, /** @type {string} */ name) => {
    const waiting = turnstile.enter(mode)
    if (!waiting) inside.push(name)
    else void waiting.then(() => inside.push(name))
  }
  enter('read', 'r1')
  enter('read', 'r2')
  enter('write', 'w1')
  enter('read', 'r3')
  enter('read', 'r4')
  enter('write', 'w2')
  await settle()
  assert.deepEqual(inside, ['r1', 'r2'])
  turnstile.leave('read')
  await settle()
  assert.deepEqual(inside, ['r1', 'r2'])
  turnstile.leave('read')
  await settle()
  assert.deepEqual(inside, ['r1', 'r2', 'w1'])
  turnstile.leave('write')
  await settle()
  assert.deepEqual(inside, ['r1', 'r2', 'w1', 'r3', 'r4'])
  enter('read', 'r5')
  turnstile.leave('read')
  turnstile.leave('read')
  await settle()
  assert.deepEqual(inside.slice(5), ['w2'])
  turnstile.leave('write')
  await settle()
  assert.deepEqual(inside.slice(5), ['w2', 'r5'])
  assert.equal(turnstile.isFree, false)
  turnstile.leave('read')
  assert.equal(turnstile.isFree, true)
})

test('any order of calls is served in its order', async () => {
  let seed = 7
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
  const turnstile = new Turnstile()
  /** @type {number[]} */
  const passed = []
  let readers = 0
  let writers = 0
  await Promise.all(Array.from({ length: 500 }, async (_, index) => {
    const mode = random() < 0.5 ? 'read' : 'write'
    const waiting = turnstile.enter(mode)
    if (waiting) await waiting
    passed.push(index)
    if (mode === 'read') readers += 1
    else writers += 1
    assert.ok(writers === 0 || (writers === 1 && readers === 0))
    for (let turn = Math.floor(random() * 4); turn > 0; turn -= 1) await Promise.resolve()
    if (mode === 'read') readers -= 1
    else writers -= 1
    turnstile.leave(mode)
  }))
  assert.deepEqual(passed, Array.from({ length: 500 }, (_, index) => index))
})

test('a queue has an end', async () => {
  const turnstile = new Turnstile()
  void turnstile.enter('write')
  for (let waiting = 0; waiting < WAITING_MAX; waiting += 1) void turnstile.enter('write')
  await refused('BUSY', () => turnstile.enter('write'))
})

test('a queue that never runs empty lets go of those who passed', async () => {
  const turnstile = new Turnstile()
  void turnstile.enter('write')
  let passed = 0
  for (let waiting = 0; waiting < 10; waiting += 1) void turnstile.enter('write')?.then(() => { passed += 1 })
  for (let round = 0; round < 5000; round += 1) {
    void turnstile.enter('write')?.then(() => { passed += 1 })
    turnstile.leave('write')
  }
  await settle()
  assert.equal(passed, 5000)
  for (let left = 0; left < 10; left += 1) turnstile.leave('write')
  assert.equal(turnstile.isFree, false)
  turnstile.leave('write')
  assert.equal(turnstile.isFree, true)
})

test('a lock that nobody uses takes no memory', () => {
  const locks = new Locks()
  assert.equal(locks.enter('a'), undefined)
  assert.ok(locks.enter('a') instanceof Promise)
  assert.equal(locks.enter('b'), undefined)
  assert.equal(locks.isHeld('a'), true)
  locks.leave('a')
  assert.equal(locks.isHeld('a'), true)
  locks.leave('a')
  locks.leave('b')
  assert.equal(locks.isHeld('a'), false)
  assert.equal(locks.isHeld('b'), false)
})
