// @ts-check
/**
 * The example app in real browsers, at its real server: what is written survives, two tabs do not overwrite
 * each other, two browsers hold the same, photos arrive.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { serveExample } from '../../examples/browser/serve.js'
import { landscape } from '../pictures/landscape.mjs'
import { BROWSERS, CHROMIUM, launch } from './support/browser.js'
import { addPhoto, areDrawn, fill, go, openApp, press, see, write } from './support/example-browser.js'

/** @param {import('node:test').TestContext} context */
async function serveForTest(context) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ministash-example-'))
  const site = await serveExample({ folder, database: 'memory://' })
  context.after(async () => {
    await site.close()
    rmSync(folder, { recursive: true })
  })
  return site
}

for (const kind of BROWSERS) {
  test(`the example app in ${kind.name}`, async context => {
    const [site, browser] = await Promise.all([serveForTest(context), launch(kind)])
    context.after(() => browser.close())
    const one = await openApp(browser, site.url)
    await see(one, '.empty')
    await go(one, '#/entry/first', '#save')
    await write(one, { title: 'Tea', place: '龙井', text: 'a leaf <b>' })
    await one.reload()
    await see(one, '.facts', 'Written on')
    await go(one, '#/', '.card')
    assert.match(await see(one, '.card'), /^龙井Teaa leaf <b>龙井/)

    // What is typed and not saved is there after a reload.
    await go(one, '#/entry/draft', '#save')
    await fill(one, { title: 'Not yet', text: '' })
    await see(one, '.facts', 'A draft')
    await one.reload()
    await see(one, '.facts', 'A draft')
    assert.equal(await one.$eval('main input', input => input.value), 'Not yet')

    // The other tab shows at once what this one stores.
    const two = await openApp(browser, site.url)
    await see(two, '.card', 'Tea')
    await go(one, '#/entry/first', '#save')
    await write(one, { title: 'Green tea', text: 'one' })
    await see(two, '.card', 'Green tea')

    // Both edit: who comes second is told, and nothing is lost unasked.
    await go(two, '#/entry/first', '#save')
    await fill(two, { title: 'Black tea', text: 'two' })
    await see(two, '.facts', 'A draft')
    await write(one, { title: 'White tea', text: 'one again' })
    await see(two, '.clash', 'This entry was changed elsewhere')
    await press(two, '#save')
    assert.equal(await two.$eval('main input', input => input.value), 'Black tea')
    await press(two, '#mine')
    await see(two, '#message.seen', 'Stored')
    await go(one, '#/', '.card')
    await see(one, '.card', 'Black tea')
    await see(one, '#sync', 'Synchronised')

    await go(one, '#/guide', '.place')
    await go(one, '#/room', 'dl')
    await go(one, '#/guide', '.place')
    assert.match(await see(one, '#source'), /^From the cache/)
    await press(one, '#ask')
    await see(one, '#source', 'nothing has changed')
    await go(one, '#/room', 'dl')
    assert.match(await see(one, 'dl'), /^1Entries0Places/)
    await press(two, '#remove')
    await see(one, 'dl', '0Entries')
  })
}

test('two browsers hold the same, and a photo that waited arrives after a reload', async context => {
  const [site, browser] = await Promise.all([serveForTest(context), launch(CHROMIUM)])
  context.after(() => browser.close())
  const [mine, theirs] = [await browser.createBrowserContext(), await browser.createBrowserContext()]
  const one = await openApp(mine, site.url, '#/room')
  await see(one, 'dl')
  await press(one, '#pause')
  await see(one, '#pause', 'Go on')
  await go(one, '#/entry/lake', '#save')
  await write(one, { title: 'The lake', place: 'Dali', text: 'Wind at noon' })
  await addPhoto(one, landscape('lake'))
  await see(one, '.veil', 'Waiting to upload')
  assert.ok(await areDrawn(one))

  // The other one has the entry already, and not yet its photo.
  const two = await openApp(theirs, site.url)
  await press(two, '#sync')
  await see(two, '.card', 'The lake')
  await one.reload()
  await see(one, '.veil', 'Waiting to upload')
  await go(one, '#/room', '.upload')
  await press(one, '#pause')
  await see(one, '.lead', 'All have arrived')
  await two.reload()
  await see(two, '.card', 'The lake')
  assert.ok(await areDrawn(two))

  // What one of them changes, the other one has.
  await go(two, '#/entry/lake', '#save')
  await write(two, { title: 'The lake', place: 'Dali', text: 'Wind at noon, rain at night' })
  await see(two, '#sync', 'Synchronised')
  await go(one, '#/entry/lake', '#save')
  await press(one, '#sync')
  await one.waitForFunction('document.querySelector("main textarea").value.endsWith("night")')
  assert.ok(await areDrawn(one))
})

test('the server of the example gives nothing but the app, the package and the journal', async context => {
  const site = await serveForTest(context)
  const statusOf = async (/** @type {string} */ place) => (await fetch(site.url + place)).status
  const all = ['', 'app.js', 'ministash/js/index.js', 'guide', '%2e%2e/node/index.js',
    'ministash/..%2f..%2fpackage.json', 'ministash/../../package.json', 'none.js', 'views', '%']
  assert.deepEqual(await Promise.all(all.map(statusOf)), [200, 200, 200, 200, 404, 404, 404, 404, 404, 404])
})
