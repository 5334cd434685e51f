// @ts-check
/** The contracts of host and storage, and every value, on the hosts of browsers in a real browser. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bundleSuites, launch, serve } from './support/browser.js'

/** @import { Result } from './support/browser-shims.js' */

test('the suites hold in Chromium', async context => {
  const [browser, site, suites] = await Promise.all([launch(), serve(), bundleSuites()])
  context.after(() => Promise.all([browser.close(), site.close()]))
  site.files.set('/suites.html', '<!doctype html><script type="module" src="/bundle/suites.js"></script>')
  site.files.set('/bundle/suites.js', suites)
  // Where the bundle has no rule for it, the core lies beside the bundle.
  const core = readFileSync(new URL('../../pkg/js/core/core_bg.wasm', import.meta.url))
  site.files.set('/bundle/core_bg.wasm', core)
  const page = await browser.newPage()
  await page.goto(`${site.url}/suites.html`)
  await page.waitForFunction('window.runClaims')
  const results = /** @type {Result[]} */ (await page.evaluate('window.runClaims()'))
  for (const { name, error } of results) {
    await context.test(name, () => assert.equal(error, undefined, error))
  }
  assert.ok(results.length >= 100, `${results.length} claims`)
})
