// @ts-check
/** A browser that is killed in the middle of commits: all or nothing, and what was answered is there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mortal, openPage, serve } from './support/browser.js'

/** @import { Page } from 'playwright-core' */

const ROUNDS = 3

/** Commits without end; the test hears of each one that was answered. */
const WORK = `(async () => {
  const { storage } = window.stash
  for (let at = (await storage.get('a') ?? 0) + 1; ; at += 1) {
    await storage.setMany({ a: at, b: at, c: 'x'.repeat(at * 37 % 5000) + at })
    window.told(at)
    await new Promise(resolve => setTimeout(resolve))
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

// What browserLocal answered reaches the disk later: of that a killed browser may lose the last commits.
const HOSTS = /** @type {const} */ ([['browserIndexedDb', true], ['browserLocal', false]])

for (const [host, isDurable] of HOSTS) {
  test(`${host}: killed ${ROUNDS} times`, async context => {
    const site = await serve()
    context.after(() => site.close())
    const killed = mortal(context)
    let told = 0
    for (let round = 0; round <= ROUNDS; round += 1) {
      const browser = await killed.start()
      const [profile] = browser.contexts()
      const page = await openPage(profile, site.url)
      const found = /** @type {[string, any, any, any]} */ (await page.evaluate(`(async () => {
        window.stash = await window.ministash.open({ host: window.ministash.${host}() })
        return [window.stash.recovery, ...await window.stash.storage.getMany(['a', 'b', 'c'])]
      })()`))
      const [recovery, a, b, c] = found
      assert.notEqual(recovery, 'quarantined')
      assert.equal(a, b)
      if (a !== undefined) assert.ok(c.endsWith(`x${a}`) || c === `${a}`, `${a} and ${c.slice(-9)}`)
      if (isDurable && round > 0) assert.ok(a >= told, `${told} was answered, ${a} is there`)
      if (round === ROUNDS) break
      // Not a time but a number of commits decides when it dies, another one in each round.
      await work(page, told + 12 + round * 9, at => { told = at })
      await killed.kill()
    }
  })

  test(`${host}: the page crashes, and the next one goes on`, async context => {
    const site = await serve()
    context.after(() => site.close())
    const browser = await mortal(context).start()
    const [profile] = browser.contexts()
    for (let round = 0; round < 3; round += 1) {
      const page = await openPage(profile, site.url)
      const [recovery, a, b] = /** @type {any[]} */ (await page.evaluate(`(async () => {
        window.stash = await window.ministash.open({ host: window.ministash.${host}() })
        return [window.stash.recovery, ...await window.stash.storage.getMany(['a', 'b'])]
      })()`))
      assert.notEqual(recovery, 'quarantined')
      assert.equal(a, b)
      await work(page, (a ?? 0) + 15)
      const session = await profile.newCDPSession(page)
      const crashed = page.waitForEvent('crash')
      session.send('Page.crash').catch(() => {})
      await crashed
      await page.close()
    }
  })
}
