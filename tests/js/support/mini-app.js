// @ts-check
/**
 * Runs a native mini-program: its App and its pages, on the double of WeChat and the mini-program build,
 * all in one realm without what phones lack. Nothing is drawn; what a page would show is its data.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inBareContext } from '../doubles/wechat-bare.js'
import { wechatDouble } from '../doubles/wechat.js'
import { wechatWasm } from '../doubles/wechat-wasm.js'
import { readBuilt, readPackage } from './miniprogram.js'

/** @typedef {Record<string, any>} Instance An App or a page, with its data and its methods. */

/**
 * Starts a mini-program.
 * @param {string} folder
 * @param {{ disk?: Map<string, any>, time: { now: number }, read?: typeof readPackage }} options
 *   `read` reads files of the code package.
 */
export function startMiniApp(folder, { disk, time, read: readFile = readPackage }) {
  const read = (/** @type {string} */ name) => readFileSync(path.join(folder, name), 'utf8')
  const { pages } = JSON.parse(read('app.json'))
  const double = wechatDouble(disk ? { disk } : {})
  const visited = /** @type {string[]} */ ([])
  const modals = /** @type {any[]} */ ([])
  const wx = {
    ...double.wx,
    navigateTo: (/** @type {{ url: string }} */ { url }) => { visited.push(url) },
    showModal: (/** @type {any} */ modal) => { modals.push(modal) },
  }
  const sources = { ministash: readBuilt('index.js').toString(), app: read('app.js') }
  for (const page of pages) Object.assign(sources, { [page]: read(`${page}.js`) })
  const { start } = inBareContext(wrap(sources), {
    wx, WXWebAssembly: wechatWasm({ read: readFile }), now: () => time.now,
  })
  const { app, make } = start()
  return {
    double, app, visited, modals, pages,
    /**
     * Opens a page.
     * @param {string} url
     * @returns {Promise<Instance>}
     */
    async open(url) {
      const [place = '', query = ''] = url.replace(/^\//, '').split('?')
      const page = make(place)
      await page.onLoad(Object.fromEntries(query.split('&').map(pair => pair.split('='))))
      return page
    },
  }
}

/** Whether a page has its four files. @param {string} folder @param {string} page */
export function filesOf(folder, page) {
  return ['js', 'json', 'wxml', 'wxss'].filter(ending => existsSync(path.join(folder, `${page}.${ending}`)))
}

/**
 * One script of all modules. It plays `App`, `Page` and `getApp`, and lets the clock be set.
 * @param {Record<string, string>} sources
 */
function wrap(sources) {
  const modules = Object.entries(sources).map(([name, source]) =>
    `${JSON.stringify(name)}: function (module, exports, require, App, Page, getApp) {${source}\n}`)
  return `
Date.now = now
var modules = {${modules.join(',\n')}}
var loaded = {}, app, definition
var App = function (made) { app = made; if (app.onLaunch) app.onLaunch({}) }
var Page = function (made) { definition = made }
function require(name) {
  if (!modules[name]) throw new Error('there is no module ' + name)
  if (!loaded[name]) {
    loaded[name] = { exports: {} }
    modules[name](loaded[name], loaded[name].exports, require, App, Page, function () { return app })
  }
  return loaded[name].exports
}
function make(name) {
  require(name)
  var page = Object.assign({}, definition, { data: JSON.parse(JSON.stringify(definition.data)) })
  // What is set crosses to the view as JSON.
  page.setData = function (more) { Object.assign(page.data, JSON.parse(JSON.stringify(more))) }
  delete loaded[name]
  return page
}
module.exports = { start: function () { require('app'); return { app: app, make: make } } }
`
}
