// Takes the picture of the READMEs: the example app for browsers in the installed Chromium, with a journal
// written through its own pages. `node scripts/screenshot.mjs` after scripts/build.sh.
// @ts-check
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveExample } from '../examples/browser/serve.js'
import { launch } from '../tests/js/support/browser.js'
import { addPhoto, go, openApp, press, see, write } from '../tests/js/support/example-browser.js'
import { landscape } from '../tests/pictures/landscape.mjs'
import { takePicture } from '../tests/pictures/picture.mjs'

const PICTURE = fileURLToPath(new URL('../examples/browser/screenshot.png', import.meta.url))

const ENTRIES = /** @type {const} */ ([
  { title: 'Lanterns on the river', place: 'Hội An', scene: undefined,
    text: 'At eight the lamps went out, and the whole town held its breath.' },
  { title: 'The coast road', place: 'Lisbon', scene: 'coast',
    text: 'Walked up along the rails of the 28. Sardines, and a sea like hammered tin.' },
  { title: 'Nobody at the gate yet', place: 'Kyoto', scene: 'temple',
    text: 'Half past six, the maples on fire, one gardener with a bamboo broom.' },
  { title: 'Bread before the bazaar', place: 'Kashgar', scene: 'dunes',
    text: 'The first loaves came out while the stalls were still under canvas.' },
  { title: 'It came at two', place: 'Lofoten', scene: 'aurora',
    text: 'Tea gone, battery at four per cent, and then the sky tore open.' },
  { title: 'Round the lake', place: 'Dali', scene: 'lake',
    text: 'Wind from behind all the way. Clouds climbed over the ridge and changed their mind.' },
])

const folder = mkdtempSync(path.join(tmpdir(), 'ministash-picture-'))
const [site, browser] = await Promise.all([serveExample({ folder, database: 'memory://' }), launch()])
try {
  const page = await openApp(browser, site.url)
  await page.setViewport({ width: 1120, height: 930 })
  for (const [at, { scene, ...words }] of ENTRIES.entries()) {
    const isLast = at === ENTRIES.length - 1
    if (isLast) {
      // The last photo waits, as one does that is taken on a boat.
      await go(page, '#/room', '#pause')
      await press(page, '#pause')
    }
    await go(page, `#/entry/${at}`, '#save')
    await write(page, words)
    if (scene === undefined) continue
    await addPhoto(page, landscape(scene))
    await see(page, '.photo:not(.add)')
    if (!isLast) await page.waitForFunction('!document.querySelector(".veil")')
  }
  await go(page, '#/', '.card')
  await page.waitForFunction('document.querySelectorAll(".card").length === 6')
  await see(page, '#sync', 'Synchronised')
  await page.evaluate('document.querySelector("#message").remove()')
  await takePicture(page, PICTURE)
} finally {
  await browser.close()
  await site.close()
  rmSync(folder, { recursive: true })
}
