// @ts-check
/**
 * What the claims about pages share: a browser, a site, and the words by which a test speaks to a page. The
 * claims are written once, and made of each browser.
 */

import { after, before } from 'node:test'
import { launch, serve } from './browser.js'

/** @import { Browser, BrowserContext, Page } from 'puppeteer-core' */
/** @import { Kind, Site } from './browser.js' */
/** @import * as Ministash from '../../../js/index.js' */

/* global window -- of pages */

/**
 * What the claims are made in; the browser and the site are there when a test runs.
 * @typedef {object} Place
 * @property {Kind} kind
 * @property {Browser} browser
 * @property {Site} site
 * @property {(context: { after(act: () => unknown): void }) => Promise<BrowserContext>} fresh Makes a profile
 *   of its own, so that no test sees the data of another.
 */

/** @param {Kind} kind @returns {Place} */
export function placeOf(kind) {
  const place = /** @type {Place} */ ({
    kind,
    async fresh(context) {
      const profile = await place.browser.createBrowserContext()
      context.after(() => profile.close())
      return profile
    },
  })
  before(async () => { [place.browser, place.site] = await Promise.all([launch(kind), serve()]) })
  after(async () => { await Promise.all([place.browser?.close(), place.site?.close()]) })
  return place
}

/**
 * What a test sees in a page: functions given to `evaluate` use only this.
 * @typedef {Window & { ministash: typeof Ministash, stash: any }} View
 */

/**
 * Opens a stash as `window.stash`; tells the code of a refusal.
 * @param {Page} page
 * @param {'browserIndexedDb' | 'browserFiles' | 'browserLocal'} host
 * @param {object} [options]
 */
export const openIn = (page, host, options = {}) => page.evaluate(async ([name, given]) => {
  const view = /** @type {View} */ (/** @type {unknown} */ (window))
  try {
    view.stash = await view.ministash.open({ host: /** @type {any} */ (view.ministash)[name](given) })
    return 'open'
  } catch (/** @type {any} */ error) {
    return `${error.code}: ${error.message}`
  }
}, /** @type {[string, object]} */ ([host, options]))

/**
 * Runs an expression over `stash`, `storage` and `ministash`.
 * @param {Page} page
 * @param {string} text
 * @returns {Promise<any>}
 */
export const run = (page, text) => page.evaluate(
  `(async () => { const { stash, ministash } = window, storage = stash?.storage; return ${text} })()`)
