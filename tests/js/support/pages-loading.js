// @ts-check
/** How the package comes into pages: modules, bundles, policies, workers. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bundle, openPage } from './browser.js'
import { openIn, run } from './pages.js'

/** @import { Place } from './pages.js' */

const CORE = readFileSync(new URL('../../../pkg/js/core/core_bg.wasm', import.meta.url))
const SOURCE = `import * as ministash from './pkg/js/index.js'; window.ministash = ministash`

/* global window -- of pages */

/** @param {Place} place */
export function loadingClaims(place) {
  test("a content security policy needs 'wasm-unsafe-eval', and nothing more", async context => {
    const policy = (/** @type {string} */ scripts) => ({ 'content-security-policy':
      `default-src 'none'; connect-src 'self'; script-src 'self' ${scripts}` })
    place.site.headers.set('/strict', policy(''))
    place.site.headers.set('/wasm', policy(`'wasm-unsafe-eval'`))
    const profile = await place.fresh(context)
    const strict = await openPage(profile, `${place.site.url}/strict`)
    const never = `ministash.open({ fallback: 'never' }).catch(error => error.code + error.message)`
    assert.match(await run(strict, never), /^CORE_UNAVAILABLE.*add 'wasm-unsafe-eval'/)
    // Without it, the core in plain JavaScript does the work, and the console says why.
    const told = /** @type {string[]} */ ([])
    strict.on('console', message => { told.push(message.text()) })
    assert.equal(await openIn(strict, 'browserIndexedDb'), 'open')
    assert.equal(await run(strict, 'stash.isPlain'), true)
    assert.equal(await run(strict, `storage.increment('strict')`), 1)
    const lines = told.filter(text => /^ministash: .*add 'wasm-unsafe-eval'/.test(text))
    assert.equal(lines.length, 1, told.join())
    const fine = await openPage(profile, `${place.site.url}/wasm`)
    assert.equal(await openIn(fine, 'browserIndexedDb'), 'open')
    assert.equal(await run(fine, `storage.increment('count')`), 1)
  })

  test('a core that is served with another type, elsewhere or as bytes is taken', async context => {
    place.site.files.set('/elsewhere/core', CORE)
    place.site.headers.set('/elsewhere/core', { 'content-type': 'application/octet-stream' })
    const profile = await place.fresh(context)
    for (const wasm of [`'/elsewhere/core'`, `new URL('/elsewhere/core', location.href)`,
      `await (await fetch('/elsewhere/core')).arrayBuffer()`]) {
      const page = await openPage(profile, place.site.url)
      const host = 'host: ministash.memory()'
      assert.equal(await run(page, `ministash.open({ ${host}, wasm: ${wasm} }).then(() => 'open')`), 'open', wasm)
    }
    const page = await openPage(profile, place.site.url)
    const open = (/** @type {string} */ wasm) => run(page,
      `ministash.open({ host: ministash.memory(), wasm: ${wasm}, fallback: 'never' })
        .catch(error => error.code + error.message)`)
    place.site.headers.set('/elsewhere/none', { 'content-type': 'text/html' })
    assert.match(await open(`'/elsewhere/none'`), /^CORE_UNAVAILABLEcore_bg.wasm is not at/)
    assert.match(await open(`'/elsewhere/none.wasm'`), /^CORE_UNAVAILABLE.*HTTP 404/)
    assert.match(await open(`'http://127.0.0.1:1/'`), /^CORE_UNAVAILABLE.*cannot be fetched/)
    assert.match(await open('new Uint8Array(7)'), /^CORE_UNAVAILABLE.*damaged/)
    // What failed may be tried again.
    assert.equal(await run(page, `ministash.open({ host: ministash.memory() }).then(() => 'open')`), 'open')
  })

  test('a bundle for the browser names no module of Node, and works in a page', async context => {
    for (const format of /** @type {const} */ (['esm', 'iife'])) {
      const text = await bundle({
        stdin: { contents: SOURCE, resolveDir: '.' },
        format,
        // A script that is no module has no URL of its own: there the core lies beside the page.
        logOverride: { 'empty-import-meta': 'silent' },
      })
      assert.doesNotMatch(text, /(?:from|import|require)\s*\(?\s*["']node:/)
      place.site.files.set('/app/app.js', text)
      place.site.files.set('/app/core_bg.wasm', CORE)
      place.site.files.set('/app/index.html', `<script ${format === 'esm' ? 'type="module"' : ''} src="app.js"></script>`)
      const page = await openPage(await place.fresh(context), `${place.site.url}/app/index.html`)
      assert.equal(await openIn(page, 'browserIndexedDb'), 'open')
      assert.equal(await run(page, `storage.increment('count')`), 1)
    }
  })

  test('importing touches nothing', async context => {
    const page = await openPage(await place.fresh(context), place.site.url, () => {
      const touched = /** @type {string[]} */ ([])
      for (const name of ['localStorage', 'indexedDB', 'crypto', 'fetch']) {
        const value = /** @type {any} */ (window)[name]
        Object.defineProperty(window, name, { get: () => { touched.push(name); return value } })
      }
      Object.assign(window, { touched })
    })
    assert.deepEqual(await page.evaluate('window.touched'), [])
  })
}
