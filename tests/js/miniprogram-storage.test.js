// The suites hold on `ministash/storage` of the mini-program build: on its own core, which is there
// compressed only, and on that core in plain JavaScript where there is no WebAssembly.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { inBareContext } from './doubles/wechat-bare.js'
import { readPackage } from './support/miniprogram.js'
import { bundleForWechat } from './support/wechat-bundle.js'

/** @import { Result } from './support/browser-shims.js' */

/** @type {[entry: string, place: string, isPlain: boolean, least: number][]} */
const RUNS = [['wechat-suites.js', 'android', false, 149], ['mini-suites.js', 'alipay', true, 150]]
for (const [entry, place, isPlain, least] of RUNS) {
  test(`on ${place}${isPlain ? ', in plain JavaScript' : ''}`, async context => {
    const make = inBareContext(await bundleForWechat(entry, { isPlain, folder: 'storage/' }))
    const asked = /** @type {string[]} */ ([])
    const read = (/** @type {string} */ file) => {
      asked.push(file)
      return readPackage(file)
    }
    const harness = {
      personality: place, place, isPlain, engine: isPlain ? undefined : WebAssembly, read,
      unpack: brotliDecompressSync, later: setImmediate, seeds: '0..2',
    }
    const results = /** @type {Result[]} */ (await make(harness).runClaims())
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error))
    }
    assert.ok(results.length >= least, `${results.length} claims`)
    assert.deepEqual(asked, isPlain ? [] : ['miniprogram_npm/ministash/storage/core.wasm.br'])
  })
}
