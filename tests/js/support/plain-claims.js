// @ts-check
/** The suites of mini-programs on the core in plain JavaScript, in an engine that is only a shell. */

import assert from 'node:assert/strict'
import { bundleForWechat } from './wechat-bundle.js'

/** @import { Result } from './browser-shims.js' */

/**
 * @typedef {object} PlainRun
 * @property {string} entry The suites, a file of this folder.
 * @property {string} place Whose double they run on.
 * @property {number} least How many claims there are at least.
 * @property {RegExp} [wanted] The names of those that are run; all if not given.
 */

/**
 * Runs them; each claim is a test.
 * @param {import('node:test').TestContext} context
 * @param {(script: string) => Promise<string>} engine Runs a script, and gives what it printed.
 * @param {PlainRun} run
 */
export async function plainClaims(context, engine, { entry, place, least, wanted = /^/ }) {
  const script = `
var module = {};
${await bundleForWechat(entry, { isPlain: true })}
var suites = module.exports({
  personality: ${JSON.stringify(place)}, place: ${JSON.stringify(place)}, isPlain: true, engine: undefined,
  read: function () {}, seeds: '0..1', later: function (act) { setTimeout(act, 0); }
});
suites.runClaims(${String(wanted)}).then(
  function (results) { print(JSON.stringify(results)); },
  function (error) { print(error + ' ' + error.stack); quit(1); });
`
  const results = /** @type {Result[]} */ (JSON.parse(await engine(script)))
  for (const { name, error } of results) {
    await context.test(name, () => assert.equal(error, undefined, error))
  }
  assert.ok(results.length >= least, `${results.length} claims`)
}
