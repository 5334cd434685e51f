// The suites hold on the core in plain JavaScript in JavaScriptCore, the engine of iOS; a few claims without
// its compilers, as a mini-program runs there.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInJsc } from './support/jsc.js'
import { bundleForWechat } from './support/wechat-bundle.js'

/** @import { Result } from './support/browser-shims.js' */

/** @param {string} bundle @param {string} place */
const inShell = (bundle, place) => `
var module = {};
${bundle}
var suites = module.exports({
  personality: ${JSON.stringify(place)}, place: ${JSON.stringify(place)}, isPlain: true, engine: undefined,
  read: function () {}, seeds: '0..1', later: function (act) { setTimeout(act, 0); }
});
suites.runClaims().then(
  function (results) { print(JSON.stringify(results)); },
  function (error) { print(error + ' ' + error.stack); quit(1); });
`

/** @type {[how: string, entry: string, place: string, flags: string[], least: number][]} */
const RUNS = [
  ['on Alipay', 'mini-suites.js', 'alipay', [], 150],
  ['on WeChat, without compilers', 'wechat-glance.js', 'ios', ['--useJIT=false'], 4],
]
for (const [how, entry, place, flags, least] of RUNS) {
  test(`in JavaScriptCore, ${how}`, async context => {
    const bundle = await bundleForWechat(entry, { isPlain: true })
    const results = /** @type {Result[]} */ (JSON.parse(await runInJsc(inShell(bundle, place), flags)))
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error))
    }
    assert.ok(results.length >= least, `${results.length} claims`)
  })
}
