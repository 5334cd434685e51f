// Takes the picture of the READMEs: the example app for browsers in the installed Chromium, with notes
// written through its own page. `node scripts/screenshot.mjs` after scripts/build.sh.
// @ts-check
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { serveExample } from '../examples/browser/serve.js'
import { launch } from '../tests/js/support/browser.js'
import { go, openApp, write } from '../tests/js/support/example-browser.js'

const PICTURE = fileURLToPath(new URL('../examples/browser/screenshot.png', import.meta.url))
/** A README is read on slow lines, too. */
const BYTES_MAX = 150_000

const NOTES = [
  { title: 'Packing list', text: 'Passport, two adapters,\nthe small camera, the charger' },
  { title: 'Door code at Lena’s', text: '4711, the left door. Ring once.', life: '1d' },
  { title: 'Tomatoes and eggs', text: 'Three eggs, two tomatoes,\na little sugar, spring onions last' },
  { title: 'Train', text: '14:05 from platform 7, change in Basel', life: '1h' },
  { title: 'Exact values', text: 'A Date stays a Date, NaN stays NaN, and 123n is still a BigInt tomorrow.' },
  { title: 'Reading', text: 'RFC 9111, section 4.2.1\nSIEVE is simpler than LRU' },
]

const [site, browser] = await Promise.all([serveExample(), launch()])
try {
  const page = await openApp(browser, site.url)
  await page.setViewport({ width: 960, height: 560 })
  for (const [at, note] of NOTES.entries()) {
    await go(page, `#/note/${at}`, '#save')
    await write(page, note)
  }
  await go(page, '#/', '.card')
  await page.evaluate('document.querySelector("#message").remove()')
  await page.screenshot({ path: PICTURE })
} finally {
  await Promise.all([browser.close(), site.close()])
}
const { size } = statSync(PICTURE)
if (size > BYTES_MAX) throw new Error(`the picture has ${size} bytes, more than ${BYTES_MAX}`)
console.log(`${PICTURE}: ${size} bytes`)
