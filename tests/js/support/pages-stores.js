// @ts-check
/** The hosts of browsers in pages: reloads, two tabs, wipes, refusals. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openPage } from './browser.js'
import { openIn, run } from './pages.js'

/** @import { Place } from './pages.js' */

/* global window, indexedDB, localStorage -- of pages */

/** @param {Place} place */
export function storeClaims(place) {
  for (const host of /** @type {const} */ (['browserIndexedDb', 'browserFiles', 'browserLocal'])) {
    describe(host, () => anyClaims(place, host))
  }
  for (const host of /** @type {const} */ (['browserFiles', 'browserLocal'])) {
    describe(host, () => oneTabClaims(place, host))
  }
  describe('browserFiles', () => filesClaims(place))
  describe('browserIndexedDb', () => indexedDbClaims(place))
  describe('browserLocal', () => localClaims(place))
}

/** @param {Place} place @param {'browserIndexedDb' | 'browserFiles' | 'browserLocal'} host */
function anyClaims(place, host) {
  test('what was stored is there after the page was reloaded, and the lock is free', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    assert.equal(await openIn(page, host), 'open')
    await run(page, `storage.set('user', new Map([['name', '中文 🎉']]), { ttl: '1d' })`)
    await run(page, `storage.namespace('n').set('user', [1n, NaN])`)
    for (let round = 1; round <= 3; round += 1) {
      await page.reload()
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
    const page = await openPage(await place.fresh(context), place.site.url)
    const option = host === 'browserLocal' ? 'prefix' : 'name'
    await openIn(page, host, { [option]: 'one' })
    await run(page, `storage.set('key', 1)`)
    await openIn(page, host, { [option]: 'two' })
    assert.deepEqual(await run(page, 'storage.keys()'), [])
    const refusals = await run(page, `['', 7].map(${option} => {
      try { ministash.${host}({ ${option} }) } catch (error) { return error.code } })`)
    assert.deepEqual(refusals, ['INVALID_OPTION', 'INVALID_OPTION'])
  })
}

/** @param {Place} place */
function indexedDbClaims(place) {
  test('two tabs and a worker write at once: no change is lost, no commit is half seen', async context => {
    const profile = await place.fresh(context)
    place.site.files.set('/worker.js', `
      import { browserIndexedDb, open } from '/pkg/js/index.js'
      const { storage } = await open({ host: browserIndexedDb() })
      for (let at = 0; at < 100; at += 1) await storage.increment('count')
      postMessage('done')`)
    const pages = [await openPage(profile, place.site.url), await openPage(profile, place.site.url)]
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
    const profile = await place.fresh(context)
    const [one, two] = [await openPage(profile, place.site.url), await openPage(profile, place.site.url)]
    await openIn(one, 'browserIndexedDb')
    await openIn(two, 'browserIndexedDb')
    await run(one, `(async () => { for (;;) await storage.setMany({ x: Math.random(), y: 1 }) })() && 1`).catch(() => 0)
    await one.close()
    await run(two, `storage.setMany({ x: 1, y: 1 })`)
    assert.deepEqual(await run(two, `storage.getMany(['x', 'y'])`), [1, 1])
  })

  test('a database that the browser has deleted is told as a wipe, once', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
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
    const page = await openPage(await place.fresh(context), place.site.url, () => {
      const view = /** @type {any} */ (window)
      view.asked = 0
      view.StorageManager.prototype.persist = () => {
        view.asked += 1
        return view.asked % 2 ? Promise.resolve(true) : Promise.reject(new TypeError('no'))
      }
    })
    for (const options of [{}, { persist: true, name: 'one' }, { persist: true, name: 'two' }]) {
      assert.equal(await openIn(page, 'browserIndexedDb', options), 'open')
    }
    assert.equal(await run(page, 'window.asked'), 2)
  })

  test('is what a page finds by itself', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    assert.deepEqual(await run(page, `ministash.open().then(found => [found.host.name, found.host.immediate])`),
      ['browserIndexedDb', false])
    const code = await run(page, `ministash.open().then(found => {
      try { found.storage.getSync('key') } catch (error) { return error.code } })`)
    assert.equal(code, 'NOT_IMMEDIATE')
  })
}

/** @param {Place} place */
function filesClaims(place) {
  test('a folder that was deleted is told as a wipe, once, and a name may be any text', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    const name = 'Läden/1 "🎉"'
    await openIn(page, 'browserFiles', { name })
    await run(page, `storage.set('key', 1).then(() => stash.close())`)
    const deleted = await run(page, `(async () => {
      const root = await navigator.storage.getDirectory()
      const names = []
      for await (const one of root.keys()) names.push(one)
      for (const one of names) await root.removeEntry(one, { recursive: true })
      return names
    })()`)
    assert.equal(deleted.length, 1)
    assert.match(deleted[0], /^[a-z0-9%.-]+$/)
    await openIn(page, 'browserFiles', { name })
    assert.equal(await run(page, 'stash.wiped?.code'), 'WIPED')
    await run(page, `storage.set('key', 2).then(() => stash.close())`)
    await openIn(page, 'browserFiles', { name })
    assert.equal(await run(page, 'stash.wiped'), null)
    assert.equal(await run(page, `storage.get('key')`), 2)
  })

  test('a write that never ended is none, and what it left is cleared at opening', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    await openIn(page, 'browserFiles')
    await run(page, `storage.setMany({ key: 'old', other: 1 }).then(() => stash.close())`)
    const left = await run(page, `(async () => {
      const root = await navigator.storage.getDirectory()
      const folder = await root.getDirectoryHandle('ministash.records')
      await folder.getFileHandle('new.record', { create: true })
      const handle = await folder.getFileHandle('key.record')
      const writable = await handle.createWritable()
      await writable.write('half of')
      await folder.getFileHandle('torn.record.crswap', { create: true })
      window.unended = writable
    })()`)
    assert.equal(left, undefined)
    assert.equal(await openIn(page, 'browserFiles'), 'open')
    assert.deepEqual(await run(page, 'storage.keys()'), ['key', 'other'])
    assert.equal(await run(page, `storage.get('key')`), 'old')
    assert.equal(await run(page, `storage.get('new', 'none')`), 'none')
    assert.equal(await run(page, `storage.set('new', 1).then(() => storage.get('new'))`), 1)
    assert.equal(await run(page, `(async () => {
      const root = await navigator.storage.getDirectory()
      const folder = await root.getDirectoryHandle('ministash.records')
      return folder.getFileHandle('torn.record.crswap').then(() => 'there', error => error.name)
    })()`), 'NotFoundError')
  })

  test('what is torn is CORRUPT', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    const codes = []
    for (const size of [1, 5, 30, 90]) {
      await openIn(page, 'browserFiles')
      await run(page, `storage.set('key', 'value '.repeat(20), { overwrite: true, compress: false })
        .then(() => stash.close())`)
      await run(page, `(async () => {
        const root = await navigator.storage.getDirectory()
        const folder = await root.getDirectoryHandle('ministash.records')
        const handle = await folder.getFileHandle('key.record')
        const writable = await handle.createWritable({ keepExistingData: true })
        await writable.truncate(${size})
        await writable.close()
      })()`)
      await openIn(page, 'browserFiles')
      codes.push(await run(page, `storage.get('key').catch(error => stash.close().then(() => error.code))`))
    }
    assert.deepEqual(codes, ['CORRUPT', 'CORRUPT', 'CORRUPT', 'CORRUPT'])
  })

  test('a browser without such files says UNSUPPORTED', async context => {
    const page = await openPage(await place.fresh(context), place.site.url,
      'delete StorageManager.prototype.getDirectory')
    assert.match(await openIn(page, 'browserFiles'), /^UNSUPPORTED: .*browserIndexedDb/)
  })
}

/** @param {Place} place @param {'browserFiles' | 'browserLocal'} host */
function oneTabClaims(place, host) {
  test('belongs to one tab: another one is refused until it ends, however it ends', async context => {
    const profile = await place.fresh(context)
    const pages = [await openPage(profile, place.site.url), await openPage(profile, place.site.url)]
    assert.equal(await openIn(pages[0], host), 'open')
    await run(pages[0], `storage.set('count', 1)`)
    assert.match(await openIn(pages[1], host), /^BUSY: another page has the (prefix|files) ministash:? open/)
    await run(pages[0], 'stash.close()')
    assert.equal(await openIn(pages[1], host), 'open')
    assert.equal(await run(pages[1], `storage.increment('count')`), 2)
    await pages[1].close()
    assert.equal(await openIn(pages[0], host), 'open')
    assert.equal(await run(pages[0], `storage.lock('door', () => storage.get('count'))`), 2)
  })
}

/** @param {Place} place */
function localClaims(place) {
  test('leaves the keys of others alone', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
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
    const page = await openPage(await place.fresh(context), place.site.url)
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
    assert.deepEqual(await run(page, `storage.entries()`), [['key', 'old']])
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
      const page = await openPage(await place.fresh(context), place.site.url, denial)
      assert.match(await openIn(page, 'browserLocal'), /^UNSUPPORTED: .*browserIndexedDb\(\)/, name)
      // IndexedDB works on; only a wipe cannot be told.
      assert.equal(await openIn(page, 'browserIndexedDb'), 'open', name)
      assert.equal(await run(page, `storage.increment('count')`), 1)
    }
  })
}
