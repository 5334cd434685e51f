// @ts-check
/** The example app in real browsers: what is written survives, and two tabs do not overwrite each other. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveExample } from '../../examples/browser/serve.js'
import { BROWSERS, launch } from './support/browser.js'
import { fill, go, openApp, press, see, write } from './support/example-browser.js'

for (const kind of BROWSERS) {
  test(`the example app in ${kind.name}`, async context => {
    const [site, browser] = await Promise.all([serveExample(), launch(kind)])
    context.after(() => Promise.all([browser.close(), site.close()]))
    const one = await openApp(browser, site.url)
    await see(one, '.empty')
    await go(one, '#/note/first', '#save')
    await write(one, { title: 'Tea', text: '龙井 🍵 <b>', life: '1d' })
    await one.reload()
    await see(one, '.facts', 'gone in')
    await go(one, '#/', '.card')
    assert.match(await see(one, '.card'), /^Tea龙井 🍵 <b>gone in 24 hedited/)

    // The other tab shows at once what this one stores.
    const two = await openApp(browser, site.url)
    await see(two, '.card', 'Tea')
    await go(one, '#/note/first', '#save')
    await write(one, { title: 'Green tea', text: 'one' })
    await see(two, '.card', 'Green tea')

    // Both edit: who comes second is told, and nothing is lost unasked.
    await go(two, '#/note/first', '#save')
    await fill(two, { title: 'Black tea', text: 'two' })
    await write(one, { title: 'White tea', text: 'one again' })
    await press(two, '#save')
    await see(two, '.clash', 'Another tab has changed this note')
    assert.equal(await two.$eval('main input', input => input.value), 'Black tea')
    await press(two, '#mine')
    await see(two, '#message.seen', 'Stored')
    await see(one, '.facts')
    await go(one, '#/', '.card')
    await see(one, '.card', 'Black tea')

    await go(one, '#/storage', 'dl')
    assert.match(await see(one, 'dl'), /^Notes1Taken by this site.*Not promised/)
    await press(two, '#remove')
    await see(one, 'dl', 'Notes0')
  })
}

test('the server of the example gives nothing but the app and the package', async context => {
  const site = await serveExample()
  context.after(() => site.close())
  const statusOf = async (/** @type {string} */ place) => (await fetch(site.url + place)).status
  const all = ['', 'app.js', 'ministash/js/index.js', '%2e%2e/node/index.js',
    'ministash/..%2f..%2fpackage.json', 'ministash/../../package.json', 'none.js', 'views', '%']
  assert.deepEqual(await Promise.all(all.map(statusOf)), [200, 200, 200, 404, 404, 404, 404, 404, 404])
})
