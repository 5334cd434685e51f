// @ts-check
/**
 * A real panic, provoked through the test door of a core built for it (scripts/build.sh
 * --test-door). It leaves the instance borrowed in the middle of a call, which is what a defect
 * would leave behind.
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { VERB } from '../../js/door.js'
import { memory } from '../../js/hosts/memory.js'
import { startCore } from '../../js/load/core.js'
import { openWith } from '../../js/open-with.js'
import { operate, runNow } from '../../js/run.js'
import { refused, settle } from './support/shell.js'

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../target/test-door')

test('a panic is CORE_PANICKED for every later call, and what is left behind is never freed', async () => {
  assert.ok(existsSync(folder), 'the core with the test door is missing: run scripts/build.sh --test-door')
  const glue = await import(pathToFileURL(path.join(folder, 'core_bg.js')).href)
  let calls = 0
  const counted = (/** @type {any} */ member) => typeof member !== 'function' ? member
    : (/** @type {any[]} */ ...args) => { calls += 1; return member(...args) }
  let connected = 0
  const __wbg_set_wasm = (/** @type {object} */ exports) => {
    connected += 1
    const spy = connected > 1 ? (/** @type {any} */ member) => member : counted
    const entries = Object.entries(exports).map(([name, member]) => [name, spy(member)])
    glue.__wbg_set_wasm(Object.fromEntries(entries))
  }
  const bytes = readFileSync(path.join(folder, 'core_bg.wasm'))
  const instance = await startCore({ ...glue, __wbg_set_wasm }, bytes)
  const load = async () => instance
  const [stash, other] = [await openWith(load, { host: memory() }), await openWith(load, { host: memory() })]
  stash.storage.setSync('key', 1)
  other.storage.setSync('key', 1)

  const { session } = /** @type {any} */ (stash.storage).space
  // Operations that nobody finishes are left behind; the collector of garbage must not free them now.
  for (let left = 0; left < 100; left += 1) session.core.begin(VERB.GET, '', 0)
  const provoke = operate(session, core => /** @type {any} */ (core).provokePanic(), () => undefined)
  const error = await refused('CORE_PANICKED', () => runNow(provoke))
  assert.ok(error.cause instanceof WebAssembly.RuntimeError)
  const callsBefore = calls
  assert.ok(callsBefore > 100)

  for (const { storage } of [stash, other]) {
    for (let round = 0; round < 3; round += 1) {
      await refused('CORE_PANICKED', () => storage.getSync('key'))
      await refused('CORE_PANICKED', () => storage.set('key', 2))
      await refused('CORE_PANICKED', () => storage.namespace('n').keys())
    }
  }
  await refused('CORE_PANICKED', () => openWith(load, { host: memory() }))
  await stash.close()
  await other.close()
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await settle()
    await new Promise(resolve => { setImmediate(resolve) })
  }
  assert.equal(calls, callsBefore)
})
