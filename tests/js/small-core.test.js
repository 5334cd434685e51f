// Node loads the core that is compiled for speed, so the other suites run on that one. This file loads the
// small one, which browsers and mini-programs load, and runs the contract and the verbs on it: a process
// has one core.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { memory, open } from '../../js/index.js'

const small = readFileSync(new URL('../../js/core/core_bg.wasm', import.meta.url))
const fast = readFileSync(new URL('../../js/core/core_fast.wasm', import.meta.url))
const first = await open({ host: memory(), wasm: small })

test('the two cores are two modules behind one door', async () => {
  first.storage.setSync('key', 'value')
  assert.equal(first.storage.getSync('key'), 'value')
  await first.close()
  assert.ok(small.length < fast.length)
  const [ofSmall, ofFast] = await Promise.all([small, fast].map(async bytes => {
    const module = await WebAssembly.compile(bytes)
    const named = (/** @type {{ name: string, kind: string }[]} */ all) =>
      all.map(({ name, kind }) => `${kind} ${name}`).sort()
    const { exports, imports } = WebAssembly.Module
    return { imports: named(imports(module)), exports: named(exports(module)) }
  }))
  assert.deepEqual(ofFast, ofSmall)
})

await import('./storage-contract.test.js')
await import('./shell-verbs.test.js')
await import('./secure.test.js')
