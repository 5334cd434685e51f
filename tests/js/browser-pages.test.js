// @ts-check
/** The package in pages of a real browser: loading, reloads, two tabs, wipes, refusals. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { bundle, launch, openPage, serve } from './support/browser.js'

/** @import { Browser, Page } from 'playwright-core' */
/** @import { Site } from './support/browser.js' */
/** @import * as Ministash from '../../js/index.js' */

/* global window, indexedDB, localStorage -- of pages */

let browser = /** @type {Browser} */ (/** @type {unknown} */ (undefined))
let site = /** @type {Site} */ (/** @type {unknown} */ (undefined))

before(async () => { [browser, site] = await Promise.all([launch(), serve()]) })
after(async () => { await Promise.all([browser?.close(), site?.close()]) })

/** A profile of its own, so that no test sees the data of another. */
const fresh = async (/** @type {{ after(act: () => unknown): void }} */ context) => {
  const profile = await browser.newContext()
  context.after(() => profile.close())
  return profile
}

/**
 * What a test sees in a page: functions given to `evaluate` use only this.
 * @typedef {Window & { ministash: typeof Ministash, stash: any }} View
 */

/**
 * Opens a stash as `window.stash`; tells the code of a refusal.
 * @param {Page} page
 * @param {'browserIndexedDb' | 'browserLocal'} host
 * @param {object} [options]
 */
const openIn = (page, host, options = {}) => page.evaluate(async ([name, given]) => {
  const view = /** @type {View} */ (/** @type {unknown} */ (window))
  try {
    view.stash = await view.ministash.open({ host: /** @type {any} */ (view.ministash)[name](given) })
    return 'open'
  } catch (/** @type {any} */ error) {
    return `${error.code}: ${error.message}`
  }
}, /** @type {[string, object]} */ ([host, options]))

/**
 * Runs an expression over `stash`, `storage` and `ministash`.
 * @param {Page} page
 * @param {string} text
 * @returns {Promise<any>}
 */
const run = (page, text) => page.evaluate(
  `(async () => { const { stash, ministash } = window, storage = stash?.storage; return ${text} })()`)

for (const host of /** @type {const} */ (['browserIndexedDb', 'browserLocal'])) {
  describe(host, () => {
    test('what was stored is there after the page was reloaded, and the lock is free', async context => {
      const page = await openPage(await fresh(context), site.url)
      assert.equal(await openIn(page, host), 'open')
      await run(page, `storage.set('user', new Map([['name', '中文 🎉']]), { ttl: '1d' })`)
      await run(page, `storage.namespace('n').set('user', [1n, NaN])`)
      for (let round = 1; round <= 3; round += 1) {
        await page.reload()
        await page.waitForFunction('window.ministash')
        assert.equal(await openIn(page, host), 'open')
        assert.equal(await run(page, 'stash.recovery'), 'none')
        assert.equal(await run(page, 'stash.wiped'), null)
        assert.equal(await run(page, `(await storage.get('user')).get('name')`), '中文 🎉')
        assert.equal(await run(page, `(await storage.namespace('n').get('user')).map(String).join()`), '1,NaN')
        assert.equal(await run(page, `storage.increment('rounds')`), round)
      }
      const info = await run(page, 'storage.getInfo()')
      assert.ok(info.usedBytes > 0 && info.limitBytes >= 5 * 1024 * 1024, JSON.stringify(info))
    })

    test('two stores of one page do not see each other', async context => {
      const page = await openPage(await fresh(context), site.url)
      const option = host === 'browserLocal' ? 'prefix' : 'name'
      await openIn(page, host, { [option]: 'one' })
      await run(page, `storage.set('key', 1)`)
      await openIn(page, host, { [option]: 'two' })
      assert.deepEqual(await run(page, 'storage.keys()'), [])
      const refusals = await run(page, `['', 7].map(${option} => {
        try { ministash.${host}({ ${option} }) } catch (error) { return error.code } })`)
      assert.deepEqual(refusals, ['INVALID_OPTION', 'INVALID_OPTION'])
    })
  })
}

describe('browserIndexedDb', () => {
  test('two tabs and a worker write at once: no change is lost, no commit is half seen', async context => {
    const profile = await fresh(context)
    site.files.set('/worker.js', `
      import { browserIndexedDb, open } from '/pkg/js/index.js'
      const { storage } = await open({ host: browserIndexedDb() })
      for (let at = 0; at < 100; at += 1) await storage.increment('count')
      postMessage('done')`)
    const pages = [await openPage(profile, site.url), await openPage(profile, site.url)]
    // Both make the database, and stamp it, at the same moment.
    assert.deepEqual(await Promise.all(pages.map(page => openIn(page, 'browserIndexedDb'))), ['open', 'open'])
    const work = `(async () => {
      let torn = 0
      for (let at = 0; at < 100; at += 1) {
        await storage.update('count', count => Promise.resolve((count ?? 0) + 1))
        await storage.setMany({ x: at, y: at, z: at })
        const [x, y, z] = await storage.getMany(['x', 'y', 'z'])
        if (x !== y || y !== z) torn += 1
      }
      return torn
    })()`
    const worker = `new Promise((resolve, reject) => {
      const made = new Worker('/worker.js', { type: 'module' })
      made.onmessage = event => resolve(event.data)
      made.onerror = reject
    })`
    const results = await Promise.all([run(pages[0], work), run(pages[1], work), run(pages[0], worker)])
    assert.deepEqual(results, [0, 0, 'done'])
    assert.equal(await run(pages[1], `storage.get('count')`), 300)
    assert.equal(await run(pages[1], 'stash.wiped'), null)
    // A lock of the storage keeps the other tab out, and closing one stash leaves the other one working.
    await run(pages[0], `(window.held = storage.lock('door', () => new Promise(free => { window.free = free })), 1)`)
    await run(pages[1], `(window.later = storage.lock('door', () => window.isIn = true), 1)`)
    await run(pages[1], `storage.set('other', 1)`)
    assert.equal(await run(pages[1], 'window.isIn'), undefined)
    await run(pages[0], '(window.free(), window.held)')
    await run(pages[1], 'window.later')
    await run(pages[0], 'stash.close()')
    assert.equal(await run(pages[1], `storage.increment('count')`), 301)
  })

  test('a tab that is closed in the middle of its changes keeps nobody out', async context => {
    const profile = await fresh(context)
    const [one, two] = [await openPage(profile, site.url), await openPage(profile, site.url)]
    await openIn(one, 'browserIndexedDb')
    await openIn(two, 'browserIndexedDb')
    await run(one, `(async () => { for (;;) await storage.setMany({ x: Math.random(), y: 1 }) })() && 1`).catch(() => 0)
    await one.close()
    await run(two, `storage.setMany({ x: 1, y: 1 })`)
    assert.deepEqual(await run(two, `storage.getMany(['x', 'y'])`), [1, 1])
  })

  test('a database that the browser has deleted is told as a wipe, once', async context => {
    const page = await openPage(await fresh(context), site.url)
    await openIn(page, 'browserIndexedDb')
    await run(page, `storage.set('key', 1)`)
    // Deleted while it is open: the stash lets go of it, and says so.
    await page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('ministash')
      request.onsuccess = resolve
      request.onblocked = reject
    }))
    const refusal = await run(page, `storage.set('key', 2).catch(error => [error.code, error.cause.message])`)
    assert.equal(refusal[0], 'HOST_FAILED')
    assert.match(refusal[1], /reload this page/)
    await run(page, 'stash.close()')
    await openIn(page, 'browserIndexedDb')
    assert.equal(await run(page, 'stash.wiped?.code'), 'WIPED')
    assert.equal(await run(page, `storage.get('key')`), undefined)
    await run(page, `storage.set('key', 3).then(() => stash.close())`)
    await openIn(page, 'browserIndexedDb')
    assert.equal(await run(page, 'stash.wiped'), null)
    assert.equal(await run(page, `storage.get('key')`), 3)
  })

  test('asks to be kept when it is told to, and opens whatever the browser says', async context => {
    const profile = await fresh(context)
    await profile.addInitScript(() => {
      const view = /** @type {any} */ (window)
      view.asked = 0
      view.StorageManager.prototype.persist = () => {
        view.asked += 1
        return view.asked % 2 ? Promise.resolve(true) : Promise.reject(new TypeError('no'))
      }
    })
    const page = await openPage(profile, site.url)
    for (const options of [{}, { persist: true, name: 'one' }, { persist: true, name: 'two' }]) {
      assert.equal(await openIn(page, 'browserIndexedDb', options), 'open')
    }
    assert.equal(await run(page, 'window.asked'), 2)
  })

  test('is what a page finds by itself', async context => {
    const page = await openPage(await fresh(context), site.url)
    assert.deepEqual(await run(page, `ministash.open().then(found => [found.host.name, found.host.immediate])`),
      ['browserIndexedDb', false])
    const code = await run(page, `ministash.open().then(found => {
      try { found.storage.getSync('key') } catch (error) { return error.code } })`)
    assert.equal(code, 'NOT_IMMEDIATE')
  })
})

describe('browserLocal', () => {
  test('belongs to one tab: another one is refused until it ends, however it ends', async context => {
    const profile = await fresh(context)
    const pages = [await openPage(profile, site.url), await openPage(profile, site.url)]
    assert.equal(await openIn(pages[0], 'browserLocal'), 'open')
    await run(pages[0], `storage.setSync('count', 1)`)
    assert.match(await openIn(pages[1], 'browserLocal'), /^BUSY: another page has the prefix ministash: open/)
    await run(pages[0], 'stash.close()')
    assert.equal(await openIn(pages[1], 'browserLocal'), 'open')
    assert.equal(await run(pages[1], `storage.incrementSync('count')`), 2)
    await pages[1].close()
    assert.equal(await openIn(pages[0], 'browserLocal'), 'open')
    assert.equal(await run(pages[0], `storage.lockSync('door', () => storage.getSync('count'))`), 2)
  })

  test('leaves the keys of others alone', async context => {
    const page = await openPage(await fresh(context), site.url)
    const others = await page.evaluate(() => {
      const keys = ['theirs', 'ministash', 'MINISTASH:x', 'length', '__proto__']
      for (const key of keys) localStorage.setItem(key, 'theirs')
      return keys
    })
    await openIn(page, 'browserLocal')
    await run(page, `storage.setMany({ theirs: 1, length: 2 })`)
    assert.deepEqual(await run(page, 'storage.keys()'), ['length', 'theirs'])
    assert.equal(await run(page, 'storage.clear()'), 2)
    await run(page, 'storage.cleanup()')
    const left = await page.evaluate(keys => keys.map(key => localStorage.getItem(key)), others)
    assert.deepEqual(left, others.map(() => 'theirs'))
  })

  test('what has no room is QUOTA_EXCEEDED, and changes nothing', async context => {
    const page = await openPage(await fresh(context), site.url)
    await openIn(page, 'browserLocal')
    await run(page, `storage.set('key', 'old')`)
    // Once the core knows by getInfo, once the browser says so itself.
    await page.evaluate(() => localStorage.setItem('theirs', 'x'.repeat(4_000_000)))
    for (const text of [`'x'.repeat(2_000_000)`, `'中'.repeat(1_300_000)`]) {
      const code = await run(page, `storage.setMany({ key: ${text}, other: 1 }).catch(error => error.code)`)
      assert.equal(code, 'QUOTA_EXCEEDED')
    }
    const host = `ministash.browserLocal({ prefix: 'raw' })`
    const fault = await run(page, `(async host => { await host.open()
      try { host.write('key', 'x'.repeat(2_000_000)) } catch (error) { return error.fault } })(${host})`)
    assert.equal(fault, 'QUOTA_EXCEEDED')
    assert.deepEqual(await run(page, `storage.getMany(['key', 'other'])`), ['old', undefined])
    await run(page, `storage.set('key', 'new')`)
    assert.equal(await run(page, `storage.get('key')`), 'new')
  })

  test('that is denied, missing or takes nothing is UNSUPPORTED, and says what to do', async context => {
    const denials = {
      denied: `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError') } })`,
      missing: `Object.defineProperty(window, 'localStorage', { value: null })`,
      takesNothing: `Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }`,
    }
    for (const [name, denial] of Object.entries(denials)) {
      const profile = await fresh(context)
      await profile.addInitScript(denial)
      const page = await openPage(profile, site.url)
      assert.match(await openIn(page, 'browserLocal'), /^UNSUPPORTED: .*browserIndexedDb\(\)/, name)
      // IndexedDB works on; only a wipe cannot be told.
      assert.equal(await openIn(page, 'browserIndexedDb'), 'open', name)
      assert.equal(await run(page, `storage.increment('count')`), 1)
    }
  })
})

const CORE = readFileSync(new URL('../../pkg/js/core/core_bg.wasm', import.meta.url))
const SOURCE = `import * as ministash from './pkg/js/index.js'; window.ministash = ministash`

describe('loading', () => {
  test("a content security policy needs 'wasm-unsafe-eval', and nothing more", async context => {
    const policy = (/** @type {string} */ scripts) => ({ 'content-security-policy':
      `default-src 'none'; connect-src 'self'; script-src 'self' ${scripts}` })
    site.headers.set('/strict', policy(''))
    site.headers.set('/wasm', policy(`'wasm-unsafe-eval'`))
    const profile = await fresh(context)
    const strict = await openPage(profile, `${site.url}/strict`)
    assert.match(await openIn(strict, 'browserIndexedDb'), /^CORE_UNAVAILABLE: .*add 'wasm-unsafe-eval'/)
    const fine = await openPage(profile, `${site.url}/wasm`)
    assert.equal(await openIn(fine, 'browserIndexedDb'), 'open')
    assert.equal(await run(fine, `storage.increment('count')`), 1)
  })

  test('a core that is served with another type, elsewhere or as bytes is taken', async context => {
    site.files.set('/elsewhere/core', CORE)
    site.headers.set('/elsewhere/core', { 'content-type': 'application/octet-stream' })
    const profile = await fresh(context)
    for (const wasm of [`'/elsewhere/core'`, `new URL('/elsewhere/core', location.href)`,
      `await (await fetch('/elsewhere/core')).arrayBuffer()`]) {
      const page = await openPage(profile, site.url)
      const host = 'host: ministash.memory()'
      assert.equal(await run(page, `ministash.open({ ${host}, wasm: ${wasm} }).then(() => 'open')`), 'open', wasm)
    }
    const page = await openPage(profile, site.url)
    const open = (/** @type {string} */ wasm) => run(page,
      `ministash.open({ host: ministash.memory(), wasm: ${wasm} }).catch(error => error.code + error.message)`)
    site.headers.set('/elsewhere/none', { 'content-type': 'text/html' })
    assert.match(await open(`'/elsewhere/none'`), /^CORE_UNAVAILABLEcore_bg.wasm is not at/)
    assert.match(await open(`'/elsewhere/none.wasm'`), /^CORE_UNAVAILABLE.*HTTP 404/)
    assert.match(await open(`'http://127.0.0.1:1/'`), /^CORE_UNAVAILABLE.*cannot be fetched/)
    assert.match(await open('new Uint8Array(7)'), /^CORE_UNAVAILABLE.*damaged/)
    // What failed may be tried again.
    assert.equal(await run(page, `ministash.open({ host: ministash.memory() }).then(() => 'open')`), 'open')
  })

  test('a bundle for the browser names no module of Node, and works in a page', async context => {
    for (const format of /** @type {const} */ (['esm', 'iife'])) {
      const text = await bundle({
        stdin: { contents: SOURCE, resolveDir: '.' },
        format,
        // A script that is no module has no URL of its own: there the core lies beside the page.
        logOverride: { 'empty-import-meta': 'silent' },
      })
      assert.doesNotMatch(text, /(?:from|import|require)\s*\(?\s*["']node:/)
      site.files.set('/app/app.js', text)
      site.files.set('/app/core_bg.wasm', CORE)
      site.files.set('/app/index.html', `<script ${format === 'esm' ? 'type="module"' : ''} src="app.js"></script>`)
      const page = await openPage(await fresh(context), `${site.url}/app/index.html`)
      assert.equal(await openIn(page, 'browserIndexedDb'), 'open')
      assert.equal(await run(page, `storage.increment('count')`), 1)
    }
  })

  test('importing touches nothing', async context => {
    const profile = await fresh(context)
    await profile.addInitScript(() => {
      const touched = /** @type {string[]} */ ([])
      for (const name of ['localStorage', 'indexedDB', 'crypto', 'fetch']) {
        const value = /** @type {any} */ (window)[name]
        Object.defineProperty(window, name, { get: () => { touched.push(name); return value } })
      }
      Object.assign(window, { touched })
    })
    const page = await openPage(profile, site.url)
    assert.deepEqual(await page.evaluate('window.touched'), [])
  })
})
