// The suites hold on the mini-program build in JavaScriptCore, the engine of iOS; a few of them without its
// compilers, as WeChat runs it there.
// @ts-check
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { FOLDER } from './support/miniprogram.js'
import { runInJsc } from './support/jsc.js'
import { bundleForWechat } from './support/wechat-bundle.js'

/** @import { Result } from './support/browser-shims.js' */

/**
 * The script around a bundle: the double's files come from the disk, results leave as JSON.
 * @param {string} bundle
 */
const inShell = bundle => `
var module = {};
${bundle}
var place = ${JSON.stringify(FOLDER + path.sep)};
function readPackage(path) {
  var prefix = 'miniprogram_npm/ministash/';
  if (path.indexOf(prefix) !== 0) return undefined;
  try { return readFile(place + path.slice(prefix.length), 'binary'); } catch (error) { return undefined; }
}
var suites = module.exports({
  personality: 'ios', engine: WebAssembly, read: readPackage, seeds: '0..3',
  later: function (act) { setTimeout(act, 0); }
});
suites.runClaims().then(
  function (results) { print(JSON.stringify(results)); },
  function (error) { print(error + ' ' + error.stack); quit(1); });
`

/** @type {[how: string, entry: string, flags: string[], least: number][]} */
const RUNS = [
  ['as it is', 'wechat-suites.js', [], 159],
  ['without compilers', 'wechat-glance.js', ['--useJIT=false'], 4],
]
for (const [how, entry, flags, least] of RUNS) {
  test(`in JavaScriptCore, ${how}`, async context => {
    const output = await runInJsc(inShell(await bundleForWechat(entry)), flags)
    const results = /** @type {Result[]} */ (JSON.parse(output))
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error))
    }
    assert.ok(results.length >= least, `${results.length} claims`)
  })
}
