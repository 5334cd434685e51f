// @ts-check
/** Runs a native mini-program of Alipay on the double of `my` and the mini-program build. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { alipayRequest } from '../doubles/alipay-request.js'
import { alipayDouble } from '../../../js/testing/alipay.js'
import { startInRealm } from './mini-realm.js'
import { readBuilt } from './miniprogram.js'

/**
 * Starts it.
 * @param {string} folder
 * @param {{ disk?: Map<string, string>, clock?: { ahead: number }, sources?: Record<string, string> }}
 *   [options] `sources`: modules in place of those of the folder.
 */
export function startAlipayApp(folder, { disk = new Map(), clock = { ahead: 0 }, sources = {} } = {}) {
  const { pages } = JSON.parse(readFileSync(path.join(folder, 'app.json'), 'utf8'))
  const double = alipayDouble({ disk })
  const visited = /** @type {string[]} */ ([])
  const asked = /** @type {any[]} */ ([])
  const my = {
    ...double.mini,
    request: alipayRequest,
    navigateTo: (/** @type {{ url: string }} */ { url }) => { visited.push(url) },
    navigateBack: () => { visited.push('back') },
    stopPullDownRefresh: () => { visited.push('refreshed') },
    alert: (/** @type {any} */ told) => { asked.push(told) },
    confirm: (/** @type {any} */ told) => { asked.push(told) },
  }
  const built = (/** @type {string} */ name) => readBuilt(name).toString()
  const modules = {
    'ministash/miniprogram_dist/index': built('index.js'),
    'ministash/miniprogram_dist/plain': built('plain.js'),
    ...sources,
  }
  const started = startInRealm(folder, { modules, globals: { my }, now: () => Date.now() + clock.ahead })
  return { ...started, double, visited, asked, pages, clock }
}
