// @ts-check
/** The example app for browsers as a person uses it: by what is on the page, and nothing else. */

/** @import { Browser, BrowserContext, Page } from 'puppeteer-core' */

/* global document, HTMLElement -- of pages */

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

/**
 * Writes into the fields of a note, and stores it.
 * @param {Page} page
 * @param {{ title: string, text: string, life?: string }} note
 */
export async function write(page, note) {
  await fill(page, note)
  const said = await page.$eval('#message', message => Number(message.getAttribute('data-count')))
  await press(page, '#save')
  await see(page, `#message[data-count="${said + 1}"]`, 'Stored')
}

/** @param {Page} page @param {{ title: string, text: string, life?: string }} note */
export const fill = (page, note) => page.evaluate(given => {
  const put = (/** @type {string} */ selector, /** @type {string} */ value) => {
    /** @type {HTMLInputElement} */ (document.querySelector(selector)).value = value
  }
  put('main input', given.title)
  put('main textarea', given.text)
  put('main select', given.life ?? '')
}, note)

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
