// Cold starts: what an app waits for before its first value, in a process or a page of its own each time.
// @ts-check
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { launch, openPage, serve } from '../../js/support/browser.js'
import { runInJsc } from '../../js/support/jsc.js'

/**
 * Milliseconds until the script has run, from there until a store is open, from there until a value is read.
 * @typedef {[load: number, open: number, read: number]} Start
 */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const child = fileURLToPath(new URL('cold-start-child.js', import.meta.url))
const run = promisify(execFile)

/**
 * In Node.
 * @param {string} entry A file of the package.
 * @param {object} [options] Of `open`.
 * @returns {Promise<Start>}
 */
export async function startInNode(entry, options = {}) {
  const file = path.join(root, 'pkg', entry)
  const { stdout } = await run(process.execPath, [child, file, JSON.stringify(options)])
  return JSON.parse(stdout)
}

/**
 * In a browser, which is started anew as well: it would keep what it has compiled.
 * @param {import('../../js/support/browser.js').Kind} kind
 * @param {object} [options] Of `open`.
 * @returns {Promise<Start>}
 */
export async function startInBrowser(kind, options = {}) {
  const site = await serve()
  const browser = await launch(kind)
  try {
    // A page of the server without the script that every other page has.
    site.files.set('/blank.html', '<!doctype html><title>cold start</title>')
    const page = await openPage(browser, `${site.url}/blank.html`)
    return await page.evaluate(startInPage, '/pkg/js/load/page.js', options)
  } finally {
    await browser.close()
    await site.close()
  }
}

/**
 * What runs in the page.
 * @param {string} script
 * @param {object} options
 * @returns {Promise<Start>}
 */
async function startInPage(script, options) {
  const begun = performance.now()
  await import(script)
  const loaded = performance.now()
  const { memory, open } = /** @type {any} */ (globalThis).ministash
  const stash = await open({ host: memory(), ...options })
  const opened = performance.now()
  stash.storage.getSync('key')
  return [loaded - begun, opened - loaded, performance.now() - opened]
}

/**
 * In JavaScriptCore, with the mini-program build.
 * @param {object} how
 * @param {boolean} [how.isPlain] With the core in plain JavaScript.
 * @param {boolean} [how.hasCompilers] WeChat on iOS has none.
 * @returns {Promise<Start>}
 */
export async function startInJsc({ isPlain = false, hasCompilers = true }) {
  const built = path.join(root, 'pkg', 'miniprogram_dist')
  const output = await runInJsc(`
var WXWebAssembly = ${isPlain ? undefined : `{ instantiate: function (path, imports) {
  return Promise.resolve().then(function () {
    return WebAssembly.instantiate(readFile(${JSON.stringify(path.join(built, 'core.wasm'))}, 'binary'), imports);
  });
} }`};
function load(text) {
  var module = { exports: {} };
  new Function('module', 'exports', 'WXWebAssembly', text)(module, module.exports, WXWebAssembly);
  return module.exports;
}
var scripts = ${JSON.stringify(['index.js', ...isPlain ? ['plain.js'] : []].map(name => read(built, name)))};
var begun = preciseTime();
var all = scripts.map(load);
var loaded = preciseTime();
all[0].open({
  host: all[0].memory(),
  plain: all[1] && all[1].plain,
  entropy: function () { return new Uint8Array(32); },
}).then(function (stash) {
  var opened = preciseTime();
  stash.storage.getSync('key');
  var seconds = [loaded - begun, opened - loaded, preciseTime() - opened];
  print(JSON.stringify(seconds.map(function (one) { return one * 1000; })));
}).catch(function (error) { print(error + ' ' + error.stack); quit(1); });
`, hasCompilers ? [] : ['--useJIT=false'])
  return JSON.parse(output)
}

/** @param {string} folder @param {string} name */
function read(folder, name) {
  return readFileSync(path.join(folder, name), 'utf8')
}
