// The suites hold on the core in plain JavaScript, where no WebAssembly is at all: on the doubles of the
// places that have none, and of WeChat before it had one.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBareContext } from './doubles/wechat-bare.js'
import { bundleForWechat } from './support/wechat-bundle.js'

/** @import { Result } from './support/browser-shims.js' */

const seeds = process.env.MINISTASH_SIMULATION_SEEDS ?? '0..3'

/** @type {[entry: string, place: string, least: number][]} */
const RUNS = [
  ['mini-suites.js', 'alipay', 150], ['mini-suites.js', 'qq', 150], ['mini-suites.js', 'baidu', 150],
  ['mini-suites.js', 'kuaishou', 150], ['wechat-suites.js', 'android', 149],
]
for (const [entry, place, least] of RUNS) {
  test(`on ${place}`, async context => {
    const make = inBareContext(await bundleForWechat(entry, { isPlain: true }))
    const harness = {
      personality: place, place, isPlain: true, engine: undefined, read: () => undefined, later: setImmediate,
      seeds,
    }
    const results = /** @type {Result[]} */ (await make(harness).runClaims())
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error))
    }
    assert.ok(results.length >= least, `${results.length} claims`)
  })
}
