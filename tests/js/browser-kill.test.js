// @ts-check
/** A browser that is killed in the middle of commits: all or nothing, and what was answered is there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BROWSERS, CHROMIUM, launch, mortal, openPage, serve } from './support/browser.js'

/** @import { Browser, Page } from 'puppeteer-core' */

const ROUNDS = 2

/**
 * Commits without end; the test hears of each one that was answered. Every tenth time the page waits until it
 * was heard: often enough not to drown the test, seldom enough that most deaths come in a commit.
 */
const WORK = `(async () => {
  const { storage } = window.stash
  for (let at = (await storage.get('a') ?? 0) + 1; ; at += 1) {
    await storage.setMany({ a: at, b: at, c: 'x'.repeat(at * 37 % 5000) + at })
    const heard = window.told(at)
    if (at % 10 === 0) await heard
  }
})(), 1`

/**
 * Lets the page work until it has told of a commit; it goes on after that.
 * @param {Page} page
 * @param {number} goal
 * @param {(at: number) => void} [note]
 */
async function work(page, goal, note = () => {}) {
  /** @type {(value?: unknown) => void} */
  let reached = () => {}
  const isReached = new Promise(resolve => { reached = resolve })
  await page.exposeFunction('told', (/** @type {number} */ at) => {
    note(at)
    if (at >= goal) reached()
  })
  await page.evaluate(WORK)
  await isReached
}

/**
 * Opens the store in a new page, and tells what it finds.
 * @param {Browser} browser
 * @param {string} url
 * @param {string} host
 */
async function look(browser, url, host) {
  const page = await openPage(browser, url)
  const [recovery, a, b, c] = /** @type {[string, number, number, string]} */ (await page.evaluate(`(async () => {
    const stash = window.stash = await window.ministash.open({ host: window.ministash.${host}() })
    const found = await Promise.all([['a', 0], ['b', 0], ['c', '0']].map(([key, none]) => stash.storage.get(key, none)))
    return [stash.recovery, ...found]
  })()`))
  assert.notEqual(recovery, 'quarantined')
  assert.equal(a, b)
  assert.ok(c.endsWith(`x${a}`) || c === `${a}`, `${a} and ${c.slice(-9)}`)
  return { page, at: a }
}

// What browserLocal answered reaches the disk later: of that a killed browser may lose the last commits.
const HOSTS = /** @type {const} */ ([
  ['browserIndexedDb', true], ['browserFiles', true], ['browserLocal', false],
])

for (const kind of BROWSERS) {
  test(`${kind.name} is killed ${ROUNDS} times, with a page of each host at work`, async context => {
    const site = await serve()
    context.after(() => site.close())
    const killed = mortal(context, kind)
    const told = { browserIndexedDb: 0, browserFiles: 0, browserLocal: 0 }
    for (let round = 0; round <= ROUNDS; round += 1) {
      const browser = await killed.start()
      await Promise.all(HOSTS.map(async ([host, isDurable]) => {
        const { page, at: found } = await look(browser, site.url, host)
        if (isDurable) assert.ok(found >= told[host], `${told[host]} was answered, ${found} is there`)
        // Not a time but a number of commits decides when it dies, another one in each round.
        if (round < ROUNDS) await work(page, found + 5 + round * 4, at => { told[host] = at })
      }))
      await killed.kill()
    }
  })
}

for (const [host] of HOSTS) {
  test(`${CHROMIUM.name}, ${host}: the page crashes, and the next one goes on`, async context => {
    const [site, browser] = await Promise.all([serve(), launch(CHROMIUM)])
    context.after(() => Promise.all([browser.close(), site.close()]))
    for (let round = 0; round < ROUNDS; round += 1) {
      const { page, at: found } = await look(browser, site.url, host)
      await work(page, found + 15)
      const crashed = new Promise(resolve => { page.once('error', resolve) })
      const session = await page.createCDPSession()
      session.send('Page.crash').catch(() => {})
      await crashed
      await page.close()
    }
  })
}
