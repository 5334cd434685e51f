// The suites hold on the mini-program build: on every personality of the double, in a realm that has nothing
// of what phones lack. What runs there is counted here.
//
// `MINISTASH_SIMULATION_SEEDS=first..last` chooses the seeds of the simulation.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBareContext } from './doubles/wechat-bare.js'
import { readPackage } from './support/miniprogram.js'
import { bundleForWechat } from './support/wechat-bundle.js'

/** @import { Result } from './support/browser-shims.js' */

const script = await bundleForWechat('wechat-suites.js')
const seeds = process.env.MINISTASH_SIMULATION_SEEDS ?? '0..6'

for (const personality of /** @type {const} */ (['android', 'ios', 'devtools'])) {
  test(`on ${personality}`, async context => {
    const make = inBareContext(script)
    const place = { personality, engine: WebAssembly, read: readPackage, later: setImmediate, seeds }
    const results = /** @type {Result[]} */ (await make(place).runClaims())
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error))
    }
    assert.ok(results.length >= 149, `${results.length} claims`)
    context.diagnostic(`${results.length} claims, seeds ${seeds}`)
  })
}
