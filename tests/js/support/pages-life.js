// @ts-check
/** The life of pages: what tabs hear of each other, and what a page hears of itself. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from './browser.js'
import { openIn, run } from './pages.js'

/** @import { Page } from 'puppeteer-core' */
/** @import { Place } from './pages.js' */

/* global window, localStorage -- of pages */

/** Notes in `window.heard` what is heard of the default namespace and of `n`. @param {Page} page */
const watchIn = page => run(page, `(() => {
  window.heard = []
  for (const place of [storage, storage.namespace('n')]) {
    place.watch({ prefix: '' }, ({ type, namespace, key, isElsewhere }) => {
      window.heard.push([isElsewhere ? 'elsewhere' : 'here', type, namespace, key].join(' ').trim())
    })
  }
})()`)

/** Waits in the page, by no timer, until an expression is true. @param {Page} page @param {string} text */
const until = (page, text) => run(page, `(async () => {
  const { port1, port2 } = new MessageChannel()
  while (!(${text})) await new Promise(resolve => { port1.onmessage = resolve; port2.postMessage(0) })
})()`)

/** @param {Place} place */
export function lifeClaims(place) {
  test('tabs hear of changes in IndexedDB that another one made', async context => {
    const profile = await place.fresh(context)
    const [one, two] = [await openPage(profile, place.site.url), await openPage(profile, place.site.url)]
    for (const page of [one, two]) {
      await openIn(page, 'browserIndexedDb')
      await watchIn(page)
    }
    await run(one, `storage.setMany({ a: 1, b: 2 })`)
    await run(one, `storage.namespace('n').set('deep', 3)`)
    await run(one, `storage.remove('a')`)
    await run(one, `storage.namespace('n').clear()`)
    await until(two, 'window.heard.length >= 5')
    assert.deepEqual(await run(two, 'window.heard'), ['elsewhere set  a', 'elsewhere set  b',
      'elsewhere set n deep', 'elsewhere remove  a', 'elsewhere clear n'])
    // Who made them hears of them once, as its own.
    assert.deepEqual((await run(one, 'window.heard')).filter((/** @type {string} */ text) =>
      !text.startsWith('here')), [])
    assert.equal(await run(two, `storage.get('b')`), 2)
  })

  test('a tab hears what others do to its localStorage', async context => {
    const profile = await place.fresh(context)
    const [one, two] = [await openPage(profile, place.site.url), await openPage(profile, place.site.url)]
    await openIn(one, 'browserLocal')
    await run(one, `storage.set('mine', 1)`)
    await watchIn(one)
    await two.evaluate(() => {
      localStorage.setItem('theirs', 'x')
      localStorage.setItem('ministash:key', 'x')
      localStorage.removeItem('ministash:mine')
    })
    await until(one, 'window.heard.length >= 2')
    assert.deepEqual(await run(one, 'window.heard'), ['elsewhere set  key', 'elsewhere remove  mine'])
    await two.evaluate(() => localStorage.clear())
    await until(one, 'window.stash.wiped')
    assert.deepEqual(await run(one, '[stash.wiped.code, window.heard.at(-1)]'), ['WIPED', 'here wiped'])
    assert.equal(await run(one, `storage.set('mine', 2).then(() => storage.get('mine'))`), 2)
  })

  test('tabs without Web Locks hear of each other through localStorage', async context => {
    const profile = await place.fresh(context)
    const without = `Object.defineProperty(navigator, 'locks', { value: undefined })`
    const [one, two] = [await openPage(profile, place.site.url, without),
      await openPage(profile, place.site.url, without)]
    for (const page of [one, two]) assert.equal(await openIn(page, 'browserLocal'), 'open')
    await watchIn(two)
    await run(one, `storage.setMany({ a: 1, b: 2 })`)
    await run(one, `storage.namespace('n').set('deep', 3)`)
    await until(two, `window.heard.length >= 3`)
    assert.deepEqual((await run(two, 'window.heard')).sort(),
      ['elsewhere set  a', 'elsewhere set  b', 'elsewhere set n deep'])
    assert.deepEqual(await run(two, `storage.getMany(['a', 'b'])`), [1, 2])
  })

  test('a page that goes is told so while it can still write', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    await run(page, `(() => {
      const host = ministash.browserLocal()
      const note = name => () => localStorage.setItem(name, Number(localStorage.getItem(name) ?? 0) + 1)
      const end = host.listen('hide', note('ended'))
      end()
      host.listen('hide', note('hide'))
      return [host.listen('memory', () => {})]
    })()`)
    await page.goto(`${place.site.url}/next`)
    const [hide, ended] = await page.evaluate(() =>
      ['hide', 'ended'].map(name => Number(localStorage.getItem(name))))
    assert.ok(hide >= 1, 'nothing was told')
    assert.equal(ended, 0, 'it was told after its end')
  })

  test('a page hears that it is hidden, shown again, and what became of the network', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    const heard = await run(page, `(() => {
      const heard = [], host = ministash.browserIndexedDb()
      const say = name => detail => heard.push(detail ? [name, detail.isConnected, detail.type] : name)
      const ends = ['hide', 'show', 'network'].map(name => host.listen(name, say(name)))
      const be = (object, name, value) => Object.defineProperty(object, name, { value, configurable: true })
      const turn = state => { be(document, 'visibilityState', state); document.dispatchEvent(new Event('visibilitychange')) }
      turn('hidden')
      turn('visible')
      const connection = Object.assign(new EventTarget(), { type: 'cellular', effectiveType: '4g' })
      be(navigator, 'onLine', false)
      for (let twice = 0; twice < 2; twice += 1) dispatchEvent(new Event('offline'))
      be(navigator, 'onLine', true)
      dispatchEvent(new Event('online'))
      ends.forEach(end => end())
      be(navigator, 'connection', connection)
      const end = host.listen('network', say('network'))
      for (const type of ['ethernet', 'wifi', 'cellular', 'bluetooth']) {
        connection.type = type
        connection.dispatchEvent(new Event('change'))
      }
      end()
      turn('hidden')
      connection.type = 'wifi'
      connection.dispatchEvent(new Event('change'))
      return heard
    })()`)
    assert.deepEqual(heard, ['hide', 'show', ['network', false, 'none'], ['network', true, 'unknown'],
      ['network', true, 'wifi'], ['network', true, '4g'], ['network', true, 'unknown']])
  })

  test('a worker hears of the network, and has no page to be hidden', async context => {
    const page = await openPage(await place.fresh(context), place.site.url)
    place.site.files.set('/life.js', `
      import { browserIndexedDb, open } from '/pkg/js/index.js'
      const host = browserIndexedDb({ name: 'worker' })
      const told = ['hide', 'show', 'network'].map(name => typeof host.listen(name, () => {}))
      const { storage } = await open({ host })
      postMessage([...told, await storage.increment('count')])`)
    assert.deepEqual(await page.evaluate(() => new Promise((resolve, reject) => {
      const worker = new window.Worker('/life.js', { type: 'module' })
      worker.onmessage = event => resolve(event.data)
      worker.onerror = reject
    })), ['undefined', 'undefined', 'function', 1])
  })
}
