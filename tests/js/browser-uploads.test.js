// @ts-check
/**
 * The upload queue in pages that are reloaded, closed and killed in the middle, to a real server that
 * refuses, resets and loses answers: each item comes to one end, and each file arrives.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BROWSERS, mortal, openPage, serve } from './support/browser.js'
import { randomBytes, randomOf, sha256 } from './support/upload-kinds.js'
import { formServer } from './support/upload-server.js'

/** @import { Page } from 'puppeteer-core' */

/* global window, FormData -- of pages */

const SEED = Number(process.env.SEED ?? 5)
const FILES = 48
/** What befalls the page, in this order. */
const FATES = Object.freeze(/** @type {const} */ (['reload', 'kill', 'reload', 'close', 'kill', 'reload']))

/**
 * Opens the queue in a page. A browser has no paths: what is given as one is for the transport to find, here
 * from the site, as an app may have its files in the private file system of its origin.
 * @param {Page} page
 * @param {string} url Of the server.
 */
const openQueue = (page, url) => page.evaluate(async server => {
  const view = /** @type {any} */ (window)
  const { ministash } = view
  const transport = ministash.custom(async (/** @type {any} */ { filePath, target, idempotencyKey }) => {
    if (target === 'held') await new Promise(() => {})
    const form = new FormData()
    form.append('key', target)
    form.append('file', await (await fetch(filePath)).blob(), 'file.bin')
    const headers = { 'Idempotency-Key': idempotencyKey }
    const { status } = await fetch(server, { method: 'POST', body: form, headers })
    if (status !== 200) throw new ministash.StorageError('HTTP_STATUS', 'no', { status })
    return { target }
  })
  view.stash = await ministash.open({ host: ministash.browserIndexedDb(),
    uploads: { transport, maxConcurrent: 4, retry: { attempts: 100, base: 1, cap: 20 } } })
}, url)

/**
 * Puts the files into the queue, and one that lies in the memory of the page.
 * @param {Page} page
 */
const addFiles = page => page.evaluate(async count => {
  const { uploads } = /** @type {any} */ (window).stash
  let added = 0
  await new Promise(resolve => {
    uploads.on('added', () => {
      added += 1
      if (added > count) resolve(undefined)
    })
    for (let at = 0; at < count; at += 1) {
      uploads.uploadFile(`/photos/${at}.bin`, `photos/${at}`).catch(() => {})
    }
    uploads.uploadFile(new Blob(['held']), 'held', undefined, { priority: 9 }).catch(() => {})
  })
}, FILES)

/** Waits until all has ended, and tells how. @param {Page} page @returns {Promise<any[]>} */
const endsIn = page => page.evaluate(async () => {
  const { uploads } = /** @type {any} */ (window).stash
  await uploads.onIdle()
  return uploads.list().map((/** @type {any} */ { id, cloudPath, state, error, result }) =>
    ({ id, cloudPath, state, code: error?.code, result }))
})

/** @param {() => number} random */
function faults(random) {
  const draw = random()
  if (draw < 0.06) return { fault: /** @type {const} */ ('reset'), after: 1000 }
  if (draw < 0.12) return { status: 503 }
  return { fault: draw < 0.18 ? /** @type {const} */ ('lost answer') : /** @type {const} */ ('slow') }
}

for (const kind of BROWSERS) {
  test(`a queue outlives its page in ${kind.name}: reloaded, closed, killed`, async context => {
    const random = randomOf(SEED)
    /** @type {{ goal: number, reached: () => void }} */
    const watch = { goal: Infinity, reached() {} }
    const server = await formServer((_, count) => {
      if (count >= watch.goal) watch.reached()
      return faults(random)
    })
    /** @type {(more: number) => Promise<void>} Waits for so many requests. */
    const requests = more => new Promise(resolve => {
      Object.assign(watch, { goal: server.requests() + more, reached: resolve })
    })
    const site = await serve()
    context.after(() => Promise.all([site.close(), server.close()]))
    const digests = Array.from({ length: FILES }, (_, at) => {
      const bytes = randomBytes(20_000 + at * 500, at)
      site.files.set(`/photos/${at}.bin`, bytes)
      return sha256(bytes)
    })
    const killed = mortal(context, kind)
    let browser = await killed.start()
    let page = await openPage(browser, `${site.url}/`)
    await openQueue(page, server.url)
    const first = requests(1)
    await addFiles(page)
    await first
    for (const fate of FATES) {
      // Fewer in all than there are files, so that there is always something to interrupt.
      await requests(1 + Math.floor(random() * 7))
      if (fate === 'reload') await page.reload()
      else {
        if (fate === 'kill') {
          await killed.kill()
          browser = await killed.start()
        } else await page.close()
        page = await openPage(browser, `${site.url}/`)
      }
      await openQueue(page, server.url)
    }
    const ends = await endsIn(page)
    const held = ends.filter(({ cloudPath }) => cloudPath === 'held')
    assert.deepEqual(held.map(({ state, code }) => [state, code]), [['failed', 'INVALID_VALUE']])
    const others = ends.filter(({ cloudPath }) => cloudPath !== 'held')
    assert.deepEqual(others.map(({ cloudPath }) => cloudPath).sort(),
      digests.map((_, at) => `photos/${at}`).sort())
    for (const { id, cloudPath, state, result } of others) {
      assert.deepEqual([state, result], ['done', { target: cloudPath }])
      assert.equal(server.arrivals.get(id)?.digest, digests[Number(cloudPath.slice(7))], cloudPath)
    }
    assert.equal(server.arrivals.size, FILES)
    const doubles = [...server.arrivals.values()].reduce((sum, { times }) => sum + times - 1, 0)
    context.diagnostic(`${server.requests()} requests, ${doubles} doubles dropped by key (seed ${SEED})`)
  })

  test(`a tab in ${kind.name} takes over what another one left`, async context => {
    const server = await formServer(() => ({ fault: 'slow' }))
    const site = await serve()
    context.after(() => Promise.all([site.close(), server.close()]))
    for (let at = 0; at < FILES; at += 1) site.files.set(`/photos/${at}.bin`, randomBytes(50_000, at))
    const browser = await mortal(context, kind).start()
    const [one, other] = [await openPage(browser, `${site.url}/`), await openPage(browser, `${site.url}/`)]
    await openQueue(one, server.url)
    await addFiles(one)
    await openQueue(other, server.url)
    assert.deepEqual(await endsIn(other), [])
    const adopted = other.evaluate(count => new Promise(resolve => {
      const { uploads } = /** @type {any} */ (window).stash
      let ended = 0
      const note = () => {
        ended = uploads.list().filter((/** @type {any} */ { state }) => state === 'done').length
        if (ended === count) resolve(ended)
      }
      uploads.onSettled(note)
    }), FILES)
    await one.close()
    assert.equal(await adopted, FILES)
    assert.equal(server.arrivals.size, FILES)
  })
}
