// @ts-check
/** The contracts of host and storage, and every value, run inside a page on the hosts of browsers. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bundleSuites } from './browser.js'

/** @import { Result } from './browser-shims.js' */
/** @import { Place } from './pages.js' */

/** @param {Place} place */
export function suiteClaims(place) {
  test('the suites hold', async context => {
    const { browser, site } = place
    site.files.set('/suites.html', '<!doctype html><script type="module" src="/bundle/suites.js"></script>')
    site.files.set('/bundle/suites.js', await bundleSuites())
    // Where the bundle has no rule for it, the core lies beside the bundle.
    const core = readFileSync(new URL('../../../pkg/js/core/core_bg.wasm', import.meta.url))
    site.files.set('/bundle/core_bg.wasm', core)
    const page = await browser.newPage()
    await page.goto(`${site.url}/suites.html`)
    const results = /** @type {Result[]} */ (await page.evaluate('window.runClaims()'))
    for (const { name, error } of results) {
      await context.test(name, () => assert.equal(error, undefined, error ?? ''))
    }
    assert.ok(results.length >= 100, `${results.length} claims`)
  })
}
