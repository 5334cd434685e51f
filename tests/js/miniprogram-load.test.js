// The mini-program build finds its host and loads its core as WeChat lets it, in a realm without anything
// that phones lack; and says what is missing where it cannot.
// @ts-check
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import vm from 'node:vm'
import { brotliDecompressSync } from 'node:zlib'
import { detect } from '../../js/detect.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { wechatFiles } from './doubles/wechat-files.js'
import { wechatWasm } from './doubles/wechat-wasm.js'
import { FOLDER, loadBuilt, readBuilt, readPackage } from './support/miniprogram.js'
import { refused } from './support/shell.js'

const PERSONALITIES = /** @type {const} */ (['android', 'ios', 'devtools'])
const PLACE = 'miniprogram_npm/ministash/core.wasm'

/**
 * Opens, stores and reads on a client, without saying which host.
 * @param {Parameters<typeof loadBuilt>[0]} [client]
 * @param {object} [options] Of `open`.
 * @param {string} [name] Of the script in the build.
 */
async function useOn(client = {}, options = {}, name = 'index.js') {
  const { wx } = wechatDouble(client)
  const ministash = loadBuilt(client, { wx }, name)
  const stash = await ministash.open(options)
  const { storage } = stash
  storage.setSync('user', { name: '小明', emoji: '🎉' })
  storage.setSync('map', new Map([['é', '中文🎉']]), { ttl: '1h' })
  assert.equal(JSON.stringify(wx.getStorageSync('user')), '{"name":"小明","emoji":"🎉"}')
  assert.equal(storage.getSync('map').get('é'), '中文🎉')
  await stash.close()
  return stash.host.name
}

describe('the core is loaded and the host is found', () => {
  for (const personality of PERSONALITIES) {
    for (const answers of /** @type {const} */ (['instance', 'pair'])) {
      for (const wasm of [undefined, PLACE, `/${PLACE}`, `${PLACE}.br`]) {
        test(`${personality}, answered by ${answers}, from ${wasm}`, async () => {
          assert.equal(await useOn({ personality, answers }, { wasm }), 'wechat')
        })
      }
    }
  }

  for (const personality of PERSONALITIES) {
    test(`${personality}, storage alone, of a package that kept nothing else`, async () => {
      const read = (/** @type {string} */ path) => path.includes('/storage/') ? readPackage(path) : undefined
      assert.equal(await useOn({ personality, read }, {}, 'storage/index.js'), 'wechat')
    })
  }

  for (const name of ['index.js', 'storage/index.js']) {
    test(`${name} keeps large values in files, where there is neither TextEncoder nor TextDecoder`, async () => {
      const { wx } = wechatDouble()
      const disk = wechatFiles()
      Object.assign(wx, disk.wx)
      const built = loadBuilt({}, { wx }, name)
      const make = () => built.bySize({ small: built.wechat(wx), large: built.wechatFiles(wx), from: 1000 })
      const map = new Map([['a', '键'.repeat(900)]])
      const values = { plain: '中文🎉'.repeat(400), list: ['é'.repeat(2000)], map }
      const stash = await built.open({ host: make() })
      for (const [key, value] of Object.entries(values)) stash.storage.setSync(key, value)
      await stash.close()
      assert.equal(disk.files.size, 3)
      const again = await built.open({ host: make() })
      assert.equal(again.storage.getSync('plain'), values.plain)
      assert.equal(again.storage.getSync('list')[0], values.list[0])
      assert.equal(again.storage.getSync('map').get('a'), map.get('a'))
      await again.close()
      const path = 'wxfile://usr/ministash-records/plain.record'
      disk.files.set(path, (disk.files.get(path) ?? new Uint8Array(0)).slice(0, 2000))
      const torn = await built.open({ host: make() })
      await refused('CORRUPT', () => torn.storage.get('plain'))
      await torn.close()
    })
  }

  test('storage alone on a client that knows no brotli, from a file of the program itself', async () => {
    const client = { baseLibrary: '2.13.0', read: (/** @type {string} */ path) => path === 'storage.wasm'
      ? brotliDecompressSync(readBuilt('storage/core.wasm.br')) : undefined }
    const entropy = () => new Uint8Array(32).fill(1)
    const storage = 'storage/index.js'
    await refused('CORE_UNAVAILABLE', () => useOn(client, { entropy }, storage), /ministash\/storage\/plain/)
    await useOn(client, { entropy, wasm: 'storage.wasm' }, storage)
  })

  test('of a package that kept only the compressed file', async () => {
    await useOn({ read: path => path.endsWith('.br') ? readPackage(path) : undefined })
  })

  test('from a place of the program itself', async () => {
    const read = (/** @type {string} */ path) =>
      path === 'sub/wasm/core.wasm' ? readBuilt('core.wasm') : undefined
    await useOn({ read }, { wasm: '/sub/wasm/core.wasm' })
  })

  test('on Douyin, from the root of the code package, and there only', async () => {
    const { wx: tt } = wechatDouble({ personality: 'douyin' })
    // A path that does not begin at the root is taken for one from the folder of the page.
    const { instantiate } = wechatWasm({ read: readPackage, unpack: brotliDecompressSync, answers: 'pair' })
    /** @type {(path: string, imports: object) => Promise<any>} */
    const fromRoot = async (path, imports) => {
      if (!path.startsWith('/')) throw new Error(`TTWebAssembly.instantiate:fail no such file pages/${path}`)
      return instantiate(path, imports)
    }
    const TTWebAssembly = { instantiate: fromRoot }
    const { open } = loadBuilt({}, { tt, TTWebAssembly, WXWebAssembly: undefined })
    const stash = await open()
    assert.equal(stash.host.name, 'douyin')
    stash.storage.setSync('a', { b: 1 })
    assert.deepEqual(JSON.stringify(tt.getStorageSync('a')), '{"b":1}')
    await stash.close()
  })

  test('on the oldest base library that has WXWebAssembly', async () => {
    // Its random numbers come with a later one.
    await refused('INVALID_OPTION', () => useOn({ baseLibrary: '2.13.0' }), /entropy/)
    await useOn({ baseLibrary: '2.13.0' }, { entropy: () => new Uint8Array(32).fill(1) })
  })
})

describe('CORE_UNAVAILABLE says what to do', () => {
  /** @type {[what: string, client: any, options: any, message: RegExp][]} */
  const cases = [
    ['no WXWebAssembly', { baseLibrary: '2.12.9' }, {}, /from base library 2\.13\.0/],
    ['a plugin of before', { baseLibrary: '2.18.0', plugin: true }, {}, /in a plugin 2\.18\.1/],
    ['no file', { read: () => undefined }, {}, /build npm.*no such file miniprogram_npm\/ministash\/core/],
    ['another place', {}, { wasm: '/elsewhere.wasm' }, /could not load \/elsewhere\.wasm:.*no such file/],
    ['a file beyond the package', {}, { wasm: 'wxfile://usr/core.wasm' }, /no such file/],
    ['brotli on an old client', { baseLibrary: '2.13.0' }, { wasm: `${PLACE}.br` }, /is no WebAssembly/],
    ['damaged bytes', { read: () => readBuilt('core.wasm').subarray(0, 1000) }, {}, /could not load/],
    ['another module', { read: () => Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) }, {}, /is not the core/],
    ['bytes', {}, { wasm: new Uint8Array(readBuilt('core.wasm')) }, /from its code package only/],
  ]
  for (const [what, client, options, message] of cases) {
    test(what, async () => {
      const error = await refused('CORE_UNAVAILABLE', () => useOn(client, options), message)
      assert.ok(error.remedy.length > 0)
    })
  }

  test('and opening again helps once the cause is gone', async () => {
    let isThere = false
    const { wx } = wechatDouble()
    const { open } = loadBuilt({ read: path => isThere ? readPackage(path) : undefined }, { wx })
    await refused('CORE_UNAVAILABLE', () => open())
    isThere = true
    await (await open()).close()
  })
})

describe('a `wx` that is not of a mini-program is left alone', () => {
  const { wx } = wechatDouble()
  const { onNetworkStatusChange: _, ...withoutLife } = wx
  const page = vm.runInNewContext('Object.create({}, { [Symbol.toStringTag]: { value: "HTMLDocument" } })')
  // A framework's own document, as Taro brings one.
  const own = { nodeType: 9, body: {} }
  /** @type {[what: string, globals: Record<string, unknown>, isFound: boolean][]} */
  const places = [
    ['a mini-program', { wx }, true],
    ['a mini-program with a document of a framework', { wx, document: own }, true],
    ['nothing', {}, false],
    ['null', { wx: null }, false],
    ['the JS-SDK of web pages', { wx: { config() {}, ready() {}, miniProgram: {} }, document: page }, false],
    ['the JS-SDK of a page in a worker', { wx: { config() {}, ready() {} } }, false],
    ['a page that gave its `wx` storage verbs', { wx, document: page }, false],
    ['a `wx` of storage verbs alone', { wx: withoutLife }, false],
  ]
  for (const [what, globals, isFound] of places) {
    test(`${what}, by the mini-program build`, async () => {
      const ministash = loadBuilt({}, globals)
      if (isFound) assert.equal(ministash.detect().name, 'wechat')
      else await refused('UNSUPPORTED', async () => ministash.detect(), /no mini-program; pass/)
    })

    test(`${what}, by the package for every place`, context => {
      const here = /** @type {Record<string, unknown>} */ (globalThis)
      Object.assign(here, globals)
      context.after(() => { for (const name of Object.keys(globals)) delete here[name] })
      assert.equal(detect().name, isFound ? 'wechat' : 'node')
    })
  }
})

test('it is what other bundlers find as ministash/miniprogram', async () => {
  const required = createRequire(import.meta.url)(FOLDER)
  const imported = await import('ministash/miniprogram')
  const names = [
    'StorageError', 'alipay', 'alipayFiles', 'baidu', 'baiduFiles', 'bySize', 'cloud', 'cloudDatabase',
    'custom', 'defineHost', 'detect', 'douyin', 'douyinFiles', 'fault', 'form', 'guideRest', 'kuaishou',
    'kuaishouFiles', 'memory', 'open', 'qq', 'qqFiles', 'rest', 'robust', 'taro', 'tus', 'uni',
    'wechat', 'wechatFiles',
  ]
  assert.deepEqual(Object.keys(required).sort(), names)
  // Node finds the names of a CommonJS module by reading it.
  for (const name of names) assert.equal(Object(imported)[name], required[name])
})

test('storage alone is what they find as ministash/miniprogram/storage', async () => {
  const imported = Object(await import('ministash/miniprogram/storage'))
  const require = createRequire(import.meta.url)
  const transports = ['cloud', 'custom', 'form', 'tus', 'cloudDatabase', 'guideRest', 'rest']
  const names = Object.keys(require(FOLDER)).filter(name => !transports.includes(name))
  assert.deepEqual(Object.keys(require(`${FOLDER}/storage`)).sort(), names.sort())
  for (const name of names) assert.equal(typeof imported[name], 'function', name)
})
