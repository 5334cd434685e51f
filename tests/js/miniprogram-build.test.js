// The mini-program build is what phones can run: its syntax, the names it takes for granted, its
// WebAssembly. Each check is shown to fail, too.
// @ts-check
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { parse } from 'acorn'
import { Linter } from 'eslint'
import { FOLDER, readBuilt } from './support/miniprogram.js'
import { assemble, boundaryFaults, newerThanFirst } from './support/wasm-shape.js'

const script = readBuilt('index.js').toString()
const adapters = readBuilt('web-storage.js').toString()
const storage = readBuilt('storage/index.js').toString()
const core = readBuilt('core.wasm')
/** The cores, as WeChat has them. @type {[name: string, core: Uint8Array][]} */
const CORES = [
  ['core.wasm', core], ['storage/core.wasm.br', brotliDecompressSync(readBuilt('storage/core.wasm.br'))],
]
const manifest = JSON.parse(readFileSync(new URL('../../pkg/package.json', import.meta.url), 'utf8'))

/** The parser of WeChat's npm build, told the year of what it must understand. @param {string} text */
const parseAsWechat = text => parse(text, { ecmaVersion: 2017 })

/**
 * The names that a script uses and does not declare.
 * @param {string} text
 */
function namesTakenFrom(text) {
  // What Node reads the names of the exports from is never run.
  const run = text.replace(/0&&\(module\.exports=\{[\w,]*\}\)/, '')
  const found = new Linter({ configType: 'flat' }).verify(run, {
    languageOptions: { ecmaVersion: 2017, sourceType: 'script' },
    linterOptions: { noInlineConfig: true },
    rules: { 'no-undef': ['error', { typeof: true }] },
  })
  const names = found.map(({ message }) => /^'(.*)' is not defined/.exec(message)?.[1] ?? message)
  return [...new Set(names)].sort()
}

/** What it names beyond the built-ins of ES2017: what it looks for by `typeof` first, and `module`. */
const LOOKED_FOR = [
  'AbortController', 'AggregateError', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'FinalizationRegistry',
  'Float16Array', 'TTWebAssembly', 'WXWebAssembly', 'console', 'crypto', 'document', 'ks', 'module', 'my',
  'qq', 'swan', 'tt', 'wx',
]

/** What every host has. */
const PRESENT = ['clearInterval', 'clearTimeout', 'setInterval', 'setTimeout']

test('the folder holds what the manifest promises to WeChat, and nothing else', () => {
  assert.equal(manifest.miniprogram, 'miniprogram_dist')
  assert.ok(manifest.files.includes('miniprogram_dist'))
  assert.deepEqual(readdirSync(FOLDER).sort(), [
    'core-only.js', 'core.wasm', 'core.wasm.br', 'index.js', 'package.json', 'plain.js', 'storage',
    'web-storage.js',
  ])
  assert.deepEqual(readdirSync(`${FOLDER}/storage`).sort(), ['core.wasm.br', 'index.js', 'plain.js'])
  assert.deepEqual(brotliDecompressSync(readBuilt('core.wasm.br')), core)
})

test('core-only is the same script', () => {
  const require = createRequire(import.meta.url)
  assert.equal(require(`${FOLDER}/core-only.js`), require(FOLDER))
})

test('its script is of ES2017, as the parser of WeChat reads it', () => {
  parseAsWechat(script)
  parseAsWechat(adapters)
  parseAsWechat(storage)
  for (const text of [
    'a?.b', 'a ?? b', 'class A { b = 1 }', 'class A { #b() {} }', '1n', 'try {} catch {}', 'a ??= b',
    'import.meta', 'import("a")', '({ ...a })', 'async function* a() {}', 'for await (const a of b) {}',
    '/(?<a>b)/', '/(?<=a)b/', '/a/s', '/\\p{L}/u', '1_000',
  ]) {
    assert.throws(() => parseAsWechat(text), SyntaxError, text)
  }
})

test('its script takes for granted no name that phones lack', () => {
  assert.deepEqual(namesTakenFrom(script), [...LOOKED_FOR, ...PRESENT].sort())
  // What uploads, caches and codecs of bytes look for, storage alone may not.
  const ofStorage = namesTakenFrom(storage)
  assert.deepEqual(ofStorage.filter(name => ![...LOOKED_FOR, ...PRESENT].includes(name)), [])
  assert.deepEqual(namesTakenFrom(adapters).filter(name => !LOOKED_FOR.includes(name)), [])
  for (const name of LOOKED_FOR) {
    const isLookedFor = name === 'module' || new RegExp(`typeof ${name}\\b`).test(script)
    assert.ok(isLookedFor, `${name} is not looked for first`)
  }
  for (const name of [
    'TextDecoder', 'TextEncoder', 'crypto', 'atob', 'btoa', 'URL', 'fetch', 'performance', 'structuredClone',
    'queueMicrotask', 'globalThis', 'WeakRef', 'WebAssembly', 'BigInt', 'process', 'require', 'setImmediate',
  ]) {
    assert.deepEqual(namesTakenFrom(`if (typeof ${name} !== 'undefined') ${name}.a`), [name])
  }
  for (const maker of ['new Function', 'eval(', 'import(']) assert.ok(!script.includes(maker), maker)
})

test('its script names nothing of Node or of browsers', () => {
  for (const name of ['node:fs', 'indexedDB', 'localStorage', 'core_bg.wasm', 'getBuiltinModule']) {
    assert.ok(!script.includes(name) && !storage.includes(name), name)
  }
})

test('its core is of the first version of WebAssembly plus mutable globals', () => {
  for (const [name, bytes] of CORES) assert.equal(newerThanFirst(bytes), undefined, name)
})

/** @type {[what: string, text: string][]} */
const NEWER = [
  ['sign extension', '(module (func (param i32) (result i32) local.get 0 i32.extend8_s))'],
  ['saturating casts', '(module (func (param f32) (result i32) local.get 0 i32.trunc_sat_f32_s))'],
  ['bulk memory', '(module (memory 1) (func i32.const 0 i32.const 0 i32.const 0 memory.fill))'],
  ['several results', '(module (func (result i32 i32) i32.const 0 i32.const 0))'],
  ['references', '(module (func (result externref) ref.null extern))'],
  ['several tables', '(module (table 1 funcref) (table 1 funcref))'],
  ['SIMD', '(module (func (result v128) v128.const i32x4 0 0 0 0))'],
  ['tail calls', '(module (func $f return_call $f))'],
  ['threads', '(module (memory 1 1 shared))'],
  ['exceptions', '(module (tag) (func throw 0))'],
  ['64-bit memory', '(module (memory i64 1))'],
]
describe('the validator refuses what is newer', () => {
  for (const [what, text] of NEWER) {
    test(what, () => assert.notEqual(newerThanFirst(assemble(text)), undefined))
  }

  test('and lets pass what is not', () => {
    const text = '(module (global (export "g") (mut i32) (i32.const 0)))'
    assert.equal(newerThanFirst(assemble(text)), undefined)
  })
})

test('at the boundary of its core is nothing that a mini-program cannot have', () => {
  for (const [name, bytes] of CORES) assert.deepEqual(boundaryFaults(bytes), [], name)
})

/** @type {[text: string, fault: RegExp][]} */
const BROKEN = [
  ['(module (global (export "g") i32 (i32.const 0)))', /exports the global g/],
  ['(module (func (export "f") (param i64)))', /exports f with a type of 64 bits/],
  ['(module (func (export "f") (result i64) i64.const 0))', /exports f with a type of 64 bits/],
  ['(module (import "a" "b" (func $b (param i64))) (func (export "f") i64.const 0 call $b))', /imports b/],
  ['(module (import "a" "b" (func $b (result externref))) (func (export "f") call $b drop))', /imports b/],
  ['(module (func (export "f") (param externref)))', /exports f with/],
  ['(module (func $f (export "f") (export "g")))', /exports one function as f and g/],
  ['(module (global $g (mut i32) (i32.const 0)) (func $s i32.const 1 global.set $g) (start $s))', /start/],
]
describe('the look at the boundary finds', () => {
  for (const [text, fault] of BROKEN) {
    test(text, () => {
      const faults = boundaryFaults(assemble(text))
      assert.equal(faults.length, 1, faults.join())
      assert.match(faults[0], fault)
    })
  }

  test('nothing in a module that is as it should be', () => {
    const text = `(module (memory (export "memory") 1)
      (func (export "f") (param i32 f64) (result f64) local.get 1))`
    assert.deepEqual(boundaryFaults(assemble(text)), [])
  })
})
