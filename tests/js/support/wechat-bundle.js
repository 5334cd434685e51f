// @ts-check
/**
 * Makes one script of the mini-program build, the double of WeChat and suites: it runs in any engine that has
 * the language and WebAssembly, whatever else it lacks.
 */

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ABSENT } from '../doubles/wechat-bare.js'
import { readBuilt } from './miniprogram.js'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(here, '../../..')
const own = (/** @type {string} */ name) => path.join(here, name)

/** The modules of the shell that the build exports the names of. */
const FRONT = ['index', 'open', 'robust', 'detect', 'hosts/memory', 'hosts/wechat', 'hosts/define-host',
  'hosts/alipay', 'hosts/baidu', 'hosts/douyin', 'hosts/kuaishou', 'hosts/qq', 'hosts/taro', 'hosts/uni']
  .map(name => path.join(root, 'js', `${name}.js`))

/** @type {import('esbuild').Plugin} */
const builtInstead = {
  name: 'the build instead of its sources',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\// }, ({ path: wanted, resolveDir }) =>
      FRONT.includes(path.join(resolveDir, wanted)) ? { path: own('wechat-built.js') } : undefined)
  },
}

/**
 * A CommonJS script whose export takes a harness (see wechat-built.js) and gives what the entry exports.
 * @param {string} entry A file of this folder.
 * @param {{ isPlain?: boolean, folder?: '' | 'storage/' }} [options] Whether the core in plain JavaScript is
 *   to be in it; of which folder of the build the files are.
 * @returns {Promise<string>}
 */
export async function bundleForWechat(entry, { isPlain = false, folder = '' } = {}) {
  const shims = own('browser-shims.js')
  const { outputFiles } = await build({
    entryPoints: [own(entry)],
    bundle: true,
    format: 'iife',
    globalName: 'suites',
    platform: 'neutral',
    write: false,
    logLevel: 'error',
    absWorkingDir: root,
    alias: {
      'node:test': shims, 'node:assert/strict': shims, 'node:util': shims,
      'node:crypto': own('wechat-shims.js'),
    },
    inject: [own('wechat-shims.js')],
    plugins: [builtInstead],
  })
  // As WeChat wraps a module: what phones lack is hidden from it even where the engine has it.
  const hidden = ABSENT.filter(name => !['eval', 'require', 'WXWebAssembly'].includes(name))
  return `module.exports = function (harness) {
  var built = function (module, exports, require, WXWebAssembly, ${hidden.join(', ')}) {
${readBuilt(`${folder}index.js`)}
  };
  function runBuilt(wasm) {
    var module = { exports: {} };
    built(module, module.exports, undefined, wasm);
    return module.exports;
  }
  ${isPlain ? plainIn(hidden, readBuilt(`${folder}plain.js`)) : ''}
${outputFiles[0]?.text}
  return suites;
};
`
}

/**
 * The core in plain JavaScript, a module of its own.
 * @param {string[]} hidden
 * @param {Uint8Array} script
 */
function plainIn(hidden, script) {
  return `var plainModule = function (exports, require, WXWebAssembly, ${hidden.join(', ')}) {
${script}
  };
  function runPlain() {
    var exports = {};
    plainModule(exports);
    return exports.plain;
  }`
}
