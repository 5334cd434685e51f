// @ts-check
/**
 * A long run takes no more memory than a short one: neither JavaScript's heap nor the memory of the core
 * grows once it is warm, whatever fails, watches, opens and closes meanwhile.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as glue from '../../js/core/core_bg.js'
import { fault } from '../../js/hosts/host.js'
import { memory } from '../../js/hosts/memory.js'
import { startCore } from '../../js/load/core.js'
import { openWith } from '../../js/open-with.js'
import { faulty } from '../../js/testing/faulty.js'

/** @import { Plan } from '../../js/testing/faulty.js' */

const OPERATIONS = 30_000
/** Two thirds show whether anything grows; a third before makes the engine and its caches warm. */
const WARM_UP = OPERATIONS / 3
const KEYS = 40
/** What the collector leaves lying differs from run to run; a leak of 30 bytes for an operation is more. */
const HEAP_GROWTH_MAX = 600_000

test('the run has a collector to call', () => {
  assert.equal(typeof gc, 'function', 'gc is missing: run node with --expose-gc')
})

/** The core, and a way to ask how much memory it has. */
async function loadMeasured() {
  /** @type {WebAssembly.Memory | undefined} */
  let wasm
  const __wbg_set_wasm = (/** @type {any} */ exports) => {
    wasm = exports.memory
    glue.__wbg_set_wasm(exports)
  }
  const bytes = readFileSync(new URL('../../js/core/core_bg.wasm', import.meta.url))
  const instance = await startCore({ ...glue, __wbg_set_wasm }, bytes)
  assert.ok(wasm, 'the core has told of no memory')
  const { buffer } = wasm
  assert.ok(buffer.byteLength > 0)
  return { instance, wasmBytes: () => Number(wasm?.buffer.byteLength) }
}

/** Collects what is garbage, also what is found to be garbage only then. */
async function heapBytes() {
  for (let round = 0; round < 4; round += 1) {
    gc?.()
    await new Promise(resolve => { setImmediate(resolve) })
  }
  return process.memoryUsage().heapUsed
}

/** Small, fast and seeded: a linear congruential generator (Numerical Recipes). @param {number} seed */
function random(seed) {
  let state = seed >>> 0
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}

/** @param {number} size @param {number} at */
const valueOf = (size, at) => [{ at, list: [at] }, new Map([[at, new Date(at)]]), 'x'.repeat(700)][size % 3]

/**
 * Operations of every kind, one in eight of them failing, some of them together. They leave behind no more
 * than a fixed number of values.
 * @param {any} storage
 * @param {{ now: number }} time
 * @param {(below: number) => number} draw
 * @param {(plan: Plan | undefined) => void} expect
 */
function operate(storage, time, draw, expect) {
  const at = draw(KEYS)
  const key = `key ${at}`
  const place = at % 3 ? storage : storage.namespace('n').namespace('deep')
  time.now += 1
  const bad = fault('HOST_FAILED', 'refused')
  switch (draw(16)) {
    case 0: case 1: return place.set(key, valueOf(draw(5), at))
    case 2: return place.set(key, valueOf(draw(5), at), { ttl: 500, compress: true })
    case 3: return place.setMany({ [key]: 1, 'key 1': valueOf(draw(5), at), 'key 2': at })
    case 4: return place.get(key)
    case 5: return place.getMany([key, 'none', 'key 1'])
    case 6: return place.update(key, () => valueOf(draw(5), at))
    case 7: return place.increment(`count ${at % 5}`)
    case 8: return draw(10) ? place.remove(key) : place.clear()
    case 9: return draw(4) ? place.removeMany([key, 'key 2']) : place.cleanup()
    case 10: return draw(2) ? place.entries({ prefix: 'key 1' }) : place.getInfo()
    case 11: return draw(2) ? place.getMeta(key) : place.touch(key, { ttl: '1s' })
    case 12: return place.lock(key, () => at)
    case 13: return place.set(key, { deep: [() => {}] })
    case 14: return place.set(key, 1, { ifVersion: 12345 })
    default: {
      // The host refuses one of the next calls.
      const fatal = 1 + draw(6)
      expect(call => call.number === fatal ? { refuse: 'HOST_FAILED', cause: bad } : undefined)
      return place.setMany({ [key]: 'y'.repeat(900), other: 2 })
    }
  }
}

/** The glue can hold one core only. */
const core = loadMeasured()

for (const immediate of [true, false]) {
  const mode = immediate ? 'immediate' : 'deferred'
  test(`${OPERATIONS} operations leave heap and core as large as they were, ${mode}`, async t => {
    const { instance, wasmBytes } = await core
    const draw = random(7)
    const time = { now: 1_700_000_000_000 }
    const control = faulty(memory({ immediate, holds: 'bytes', entryBytes: 400 }))
    const openAgain = () => openWith(async () => instance, { host: control.host, clock: () => time.now })
    let stash = await openAgain()
    const count = { done: 0, failed: 0, opens: 1, events: 0 }
    /** @type {(() => void)[]} */
    const unwatch = []
    const note = () => { count.events += 1 }
    let warm = { heap: 0, wasm: 0 }
    const measure = async () => ({ heap: await heapBytes(), wasm: wasmBytes() })
    while (count.done + count.failed < OPERATIONS) {
      const before = count.done + count.failed
      const burst = 1 + draw(8)
      await Promise.all(Array.from({ length: burst }, async () => {
        try {
          await operate(stash.storage, time, draw, control.expect)
          count.done += 1
        } catch (/** @type {any} */ error) {
          assert.equal(error.name, 'StorageError', error.stack)
          count.failed += 1
        }
      }))
      const after = count.done + count.failed
      if (draw(8) === 0) {
        unwatch.push(stash.storage.watch(draw(2) ? 'key 1' : { prefix: 'key' }, note))
        if (unwatch.length > 20) unwatch.splice(0, 10).forEach(end => end())
      }
      if (control.calls.length > 500) control.expect(undefined)
      if (draw(60) === 0) {
        control.expect(undefined)
        await stash.close()
        stash = await openAgain()
        unwatch.length = 0
        count.opens += 1
      }
      if (before < WARM_UP && after >= WARM_UP) warm = await measure()
    }
    const end = await measure()
    t.diagnostic(Object.entries(count).map(([name, number]) => `${number} ${name}`).join(', '))
    t.diagnostic(`heap ${warm.heap} -> ${end.heap} bytes, core ${warm.wasm} -> ${end.wasm} bytes`)
    const { failed, opens, events } = count
    assert.ok(failed > OPERATIONS / 10 && opens > 50 && events > 1000, JSON.stringify(count))
    assert.equal(end.wasm, warm.wasm, 'the memory of the core has grown')
    assert.ok(end.heap - warm.heap < HEAP_GROWTH_MAX, `the heap has grown by ${end.heap - warm.heap} bytes`)
    await stash.close()
  })
}
