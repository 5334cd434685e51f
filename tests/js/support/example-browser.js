// @ts-check
/** The example app for browsers as a person uses it: by what is on the page, and nothing else. */

/** @import { Browser, BrowserContext, Page } from 'puppeteer-core' */

/* global document, HTMLElement, DataTransfer, Event, File, Image -- of pages */

/**
 * Opens a view of the app.
 * @param {Browser | BrowserContext} browser
 * @param {string} url
 * @param {string} hash
 */
export async function openApp(browser, url, hash = '#/') {
  const page = await browser.newPage()
  await page.goto(url + hash)
  await see(page, `main[data-shows="${hash}"] > *`)
  return page
}

/**
 * Waits until something is there whose text holds some words; gives its text.
 * @param {Page} page
 * @param {string} selector
 * @param {string} [words]
 */
export async function see(page, selector, words = '') {
  // Not by a frame nor by a timer: a tab in the background has neither in time.
  return page.evaluate(async (wanted, text) => {
    const { port1, port2 } = new MessageChannel()
    for (;;) {
      const found = [...document.querySelectorAll(wanted)].find(one => one instanceof HTMLElement
        && one.style.display !== 'none' && String(one.textContent).includes(text))
      if (found) return String(found.textContent)
      await new Promise(resolve => { port1.onmessage = resolve; port2.postMessage(0) })
    }
  }, selector, words)
}

/** @param {Page} page @param {string} selector */
export const press = (page, selector) => page.evaluate(wanted => {
  /** @type {HTMLElement} */ (document.querySelector(wanted)).click()
}, selector)

/** @typedef {{ title: string, place?: string, text: string }} Words */

/**
 * Writes into the fields of an entry, and stores it.
 * @param {Page} page
 * @param {Words} words
 */
export async function write(page, words) {
  await fill(page, words)
  const said = await page.$eval('#message', message => Number(message.getAttribute('data-count')))
  await press(page, '#save')
  await see(page, `#message[data-count="${said + 1}"]`, 'Stored')
}

/** Types, without storing it. @param {Page} page @param {Words} words */
export const fill = (page, words) => page.evaluate(given => {
  const fields = /** @type {HTMLInputElement[]} */ (
    [...document.querySelectorAll('main input[type=text], main textarea')])
  for (const [at, value] of [given.title, given.place ?? '', given.text].entries()) {
    if (!fields[at]) throw new Error('a field is missing')
    fields[at].value = value
    fields[at].dispatchEvent(new Event('input'))
  }
}, words)

/**
 * Chooses a photo, painted from SVG.
 * @param {Page} page
 * @param {string} svg
 */
export const addPhoto = (page, svg) => page.evaluate(async source => {
  const picture = new Image()
  picture.src = `data:image/svg+xml,${encodeURIComponent(source)}`
  await picture.decode()
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  const blob = /** @type {Blob} */ (await new Promise(
    resolve => { canvas.toBlob(/** @type {any} */ (resolve), 'image/png') }))
  const chosen = new DataTransfer()
  chosen.items.add(new File([blob], 'photo.png', { type: 'image/png' }))
  const field = /** @type {HTMLInputElement} */ (document.querySelector('#photo'))
  field.files = chosen.files
  field.dispatchEvent(new Event('change'))
}, svg)

/** Whether every photo of the page is drawn. @param {Page} page */
export const areDrawn = page => page.$$eval('main img', async images => {
  const all = /** @type {HTMLImageElement[]} */ (images)
  await Promise.all(all.map(image => image.decode()))
  return all.length > 0 && all.every(({ naturalWidth }) => naturalWidth > 0)
})

/**
 * Goes to a view of the app.
 * @param {Page} page
 * @param {string} hash
 * @param {string} selector What is seen there.
 */
export async function go(page, hash, selector) {
  await page.evaluate(wanted => { document.location.hash = wanted }, hash)
  await see(page, `main[data-shows="${hash}"] ${selector}`)
}
