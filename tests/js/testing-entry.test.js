// `ministash/testing` as users have it: the example of both READMEs runs from the packed package, nothing of
// it needs Node, and no other entry brings it along.
// @ts-check
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'
import { ENTRIES } from '../../scripts/entry-weights.mjs'
import { project } from './support/package.js'

const root = new URL('../../', import.meta.url)

/** The block of a README that imports the entry. @param {string} name */
function exampleOf(name) {
  const blocks = readFileSync(new URL(name, root), 'utf8').matchAll(/```js\n([^]*?)```/g)
  const codes = [...blocks].map(([, code]) => code ?? '')
  const [block, ...others] = codes.filter(code => code.includes('ministash/testing'))
  assert.ok(block !== undefined && others.length === 0, name)
  return block
}

/** @param {string} entry @param {import('esbuild').BuildOptions} [options] */
const bundled = (entry, options) => build({
  entryPoints: [fileURLToPath(new URL(`js/${entry}`, root))], bundle: true, write: false, metafile: true,
  logLevel: 'error', format: 'iife', globalName: 'made', platform: 'neutral', ...options,
})

test('the example of both READMEs runs, and fails for an app that writes one after the other', context => {
  const both = ['README.md', 'README.zh-CN.md'].map(exampleOf)
  const wrong = both[0]?.replace('storage.setManySync({', 'setBoth(storage, {')
    .concat(`const setBoth = (storage, entries) => {
      for (const [key, value] of Object.entries(entries)) storage.setSync(key, value) }`)
  const folder = project(context, { 'en.test.mjs': both[0] ?? '', 'zh.test.mjs': both[1] ?? '',
    'wrong.test.mjs': wrong ?? '' })
  // Told that it runs within a test, Node would report in another form.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const run = (/** @type {string} */ name) =>
    spawnSync(process.execPath, ['--test-reporter=tap', name], { cwd: folder, encoding: 'utf8', env })
  for (const name of ['en.test.mjs', 'zh.test.mjs']) {
    const { status, stdout } = run(name)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^# pass 1$/m)
  }
  assert.match(run('wrong.test.mjs').stdout, /^# fail 1$/m)
})

test('it runs where nothing is but the language, timers and chance', async () => {
  const { outputFiles: [output] = [] } = await bundled('testing.js')
  const realm = vm.createContext({ setTimeout, crypto })
  const { wechatDouble, alipayDouble } = vm.runInContext(`${output?.text};made`, realm)
  const phone = wechatDouble({ personality: 'ios' })
  phone.wx.setStorageSync('a', { b: '中🎉' })
  const { data } = await phone.wx.getStorage({ key: 'a' })
  assert.equal(JSON.stringify(data), '{"b":"中🎉"}')
  const { randomValues } = await phone.wx.getRandomValues({ length: 70_000 })
  assert.equal(randomValues.byteLength, 70_000)
  assert.equal(alipayDouble().mini.getStorageSync({ key: 'none' }).data, null)
})

test('no other entry brings any of it along', async () => {
  for (const { name, script } of ENTRIES) {
    const { metafile } = await bundled(script, { format: 'esm' })
    const found = Object.keys(metafile?.inputs ?? {}).filter(file => file.includes('/testing/'))
    assert.equal(found.length > 0, name === 'ministash/testing', `${name}: ${found}`)
  }
})
