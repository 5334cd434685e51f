// Tencent's own packer takes the packed package, and what it makes runs in the double of WeChat.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { inBareContext } from '../js/doubles/wechat-bare.js'
import { wechatWasm } from '../js/doubles/wechat-wasm.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { project } from '../js/support/package.js'

// Installed by this test's own command only, so its types are not at hand elsewhere.
const ci = createRequire(import.meta.url)('miniprogram-ci')

/** Where the packer puts the package. */
const COPIED_TO = 'miniprogram_npm/ministash'

/**
 * A mini-program of one page, with the package installed in it.
 * @param {import('node:test').TestContext} context
 */
function miniprogram(context) {
  return project(context, {
    'app.json': '{ "pages": ["index"] }',
    'project.config.json': '{ "appid": "wx0000000000000000", "projectname": "test" }',
    'index.js': 'Page({})',
    'index.json': '{}',
    'index.wxml': '<view></view>',
  })
}

/**
 * Runs what lies in `miniprogram_npm` on a client, as a mini-program that requires the package.
 * @param {string} folder
 * @param {Parameters<typeof wechatDouble>[0]} [client]
 */
async function useIn(folder, client = {}) {
  const { wx } = wechatDouble(client)
  const read = (/** @type {string} */ place) => {
    try {
      return readFileSync(path.join(folder, place))
    } catch {
      return undefined
    }
  }
  const WXWebAssembly = wechatWasm({ read, unpack: brotliDecompressSync, ...client })
  const load = (/** @type {string} */ name) => {
    const script = readFileSync(path.join(folder, COPIED_TO, name), 'utf8')
    return inBareContext(script, { WXWebAssembly, wx })
  }
  const stash = await load('index.js').open()
  const { storage } = stash
  storage.setSync('user', { name: '小明' })
  storage.setSync('seen', new Map([['🎉', 1]]), { ttl: '1h', compress: true })
  const items = load('web-storage.js').webStorage(storage.namespace('state'))
  items.setItem('cart', { size: 2 })
  const seen = [stash.host.name, wx.getStorageSync('user').name, storage.getSync('seen').get('🎉'),
    items.getItem('cart').size, items.getItem('none')]
  await stash.close()
  return seen
}
const SEEN = ['wechat', '小明', 1, 2, null]

/** @type {[name: string, pack: (folder: string) => Promise<unknown[]>][]} */
const WAYS = [
  ['packNpmManually', async folder => {
    const { miniProgramPackNum, otherNpmPackNum, warnList } = await ci.packNpmManually(
      { packageJsonPath: path.join(folder, 'package.json'), miniprogramNpmDistDir: folder })
    // Taken as a package for mini-programs, and so copied, not bundled.
    assert.deepEqual([miniProgramPackNum, otherNpmPackNum], [1, 0])
    return warnList
  }],
  ['packNpm', folder => {
    // Asked for, and used when something is uploaded.
    const privateKeyPath = path.join(folder, 'key')
    writeFileSync(privateKeyPath, 'none')
    const options = { appid: 'wx0000000000000000', type: 'miniProgram', projectPath: folder, privateKeyPath }
    return ci.packNpm(new ci.Project({ ...options, ignores: ['node_modules/**/*'] }))
  }],
]
for (const [name, pack] of WAYS) {
  test(`${name} makes a folder that runs on every client`, async context => {
    const folder = miniprogram(context)
    assert.deepEqual(await pack(folder), [], 'it warns of nothing')
    const installed = path.join(folder, 'node_modules/ministash/miniprogram_dist')
    assert.deepEqual(readdirSync(path.join(folder, COPIED_TO)).sort(), readdirSync(installed).sort())
    for (const personality of /** @type {const} */ (['android', 'ios', 'devtools'])) {
      assert.deepEqual(await useIn(folder, { personality }), SEEN, personality)
    }
  })
}
