// @ts-check
/** What room there is: promises to keep data, full disks, private windows. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHROMIUM, FIREFOX, launch, openPage } from './browser.js'
import { openIn, run } from './pages.js'

/** @import { Page } from 'puppeteer-core' */
/** @import { Place } from './pages.js' */

/** A little more than one origin may hold where the whole disk has 50 MB: a fifth, and at least 10 MB. */
const DISK_KB = 50 * 1024
const QUOTA_BYTES = 10 * 1024 * 1024

/** @param {Place} place */
export function roomClaims(place) {
  test('the browser promises to keep the data where it is allowed to, and getInfo tells', async context => {
    const profile = await place.fresh(context)
    const page = await openPage(profile, place.site.url)
    await openIn(page, 'browserIndexedDb')
    assert.equal(await run(page, `storage.getInfo().then(info => info.isPersisted)`), false)
    await run(page, 'stash.close()')
    // In Firefox a setting of the tests answers in place of the person.
    if (place.kind === CHROMIUM) await profile.overridePermissions(place.site.url, ['persistent-storage'])
    await openIn(page, 'browserIndexedDb', { persist: true })
    const info = await run(page, `navigator.storage.persist().then(() => storage.getInfo())`)
    assert.equal(info.isPersisted, true)
    assert.ok(info.usedBytes >= 0 && info.limitBytes > 0, JSON.stringify(info))
  })

  test('opening does not wait for the person who is asked', async context => {
    const page = await openPage(await place.fresh(context), place.site.url,
      'StorageManager.prototype.persist = () => { window.asked = true; return new Promise(() => {}) }')
    assert.equal(await openIn(page, 'browserIndexedDb', { persist: true }), 'open')
    assert.equal(await run(page, 'window.asked'), true)
  })

  // A profile that Chromium makes for a test is a private one; Firefox has to be told.
  test('a private window with little room says QUOTA_EXCEEDED, and changes nothing', async context => {
    if (place.kind === FIREFOX) {
      const small = await launch(FIREFOX, { extraPrefsFirefox: { ...FIREFOX.options.extraPrefsFirefox,
        'browser.privatebrowsing.autostart': true,
        'dom.quotaManager.temporaryStorage.fixedLimit': DISK_KB } })
      context.after(() => small.close())
      const page = await openPage(small, place.site.url)
      await fill(page)
      assert.equal(await openIn(page, 'browserLocal'), 'open')
      assert.equal(await run(page, `storage.incrementSync('count')`), 1)
    } else {
      const page = await openPage(await place.fresh(context), place.site.url)
      const session = await page.createCDPSession()
      await session.send('Storage.overrideQuotaForOrigin', { origin: place.site.url, quotaSize: QUOTA_BYTES })
      await fill(page)
      const files = await openPage(await place.fresh(context), place.site.url)
      const other = await files.createCDPSession()
      const quota = { origin: place.site.url, quotaSize: 2 * QUOTA_BYTES }
      await other.send('Storage.overrideQuotaForOrigin', quota)
      await fillFiles(files)
    }
  })
}

/** Fills the private files of an origin. @param {Page} page */
async function fillFiles(page) {
  const [code, old, refused, next] = await run(page, `(async () => {
    const { storage } = await ministash.open({ host: ministash.browserFiles() })
    const bytes = new Uint8Array(2 ** 21)
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
    await storage.set('key', 'old')
    for (let at = 0; at < 20; at += 1) {
      try {
        await storage.setMany({ key: 'new', ['large ' + at]: bytes })
        await storage.set('key', 'old')
      } catch (error) {
        const found = [error.code, await storage.get('key'), await storage.has('large ' + at)]
        await storage.removeMany(['large 0', 'large 1'])
        await storage.set('key', bytes)
        return [...found, (await storage.get('key')).length]
      }
    }
    return ['took everything']
  })()`)
  assert.deepEqual([code, old, refused, next], ['QUOTA_EXCEEDED', 'old', false, 2 ** 21])
}

/** Fills what a page may store, from the host alone and through the storage. @param {Page} page */
async function fill(page) {
  // The browser itself refuses, for the host does not count.
  assert.equal(await run(page, `(async () => {
    const host = ministash.browserIndexedDb({ name: 'raw', durable: false })
    await host.open()
    const bytes = new Uint8Array(2 ** 21)
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
    try {
      for (let at = 0; at < 20; at += 1) await host.write('key ' + at, bytes)
      return 'took everything'
    } catch (error) {
      return error.fault
    } finally {
      await host.removeMany(await host.list(''))
      await host.close()
    }
  })()`), 'QUOTA_EXCEEDED')
  await openIn(page, 'browserIndexedDb')
  await run(page, `storage.set('key', 'old')`)
  const large = `Array.from({ length: 3e5 }, () => Math.random().toString(36)).join('')`
  const codes = await run(page, `(async () => {
    const large = ${large}
    for (let at = 0; at < 10; at += 1) {
      try { await storage.setMany({ key: 'new', ['large ' + at]: large }) } catch (error) { return [error.code, at] }
      await storage.set('key', 'old')
    }
  })()`)
  assert.equal(codes[0], 'QUOTA_EXCEEDED')
  assert.equal(await run(page, `storage.get('key')`), 'old')
  assert.equal(await run(page, `storage.has('large ${codes[1]}')`), false)
  assert.equal(await run(page, `storage.removeMany(['large 0', 'large 1'])`), Math.min(codes[1], 2))
  await run(page, `storage.set('key', 'new')`)
  assert.equal(await run(page, `storage.get('key')`), 'new')
}
