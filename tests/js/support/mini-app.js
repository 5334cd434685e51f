// @ts-check
/**
 * Runs a native mini-program: its App and its pages, on the double of WeChat and the mini-program build,
 * all in one realm without what phones lack. What a page would show is its data; mini-view.js draws it.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { inBareContext } from '../doubles/wechat-bare.js'
import { wechatFiles } from '../doubles/wechat-files.js'
import { wechatRequest } from '../doubles/wechat-request.js'
import { wechatUpload } from '../doubles/wechat-upload.js'
import { wechatDouble } from '../doubles/wechat.js'
import { wechatWasm } from '../doubles/wechat-wasm.js'
import { readBuilt, readPackage } from './miniprogram.js'

/** @typedef {Record<string, any>} Instance An App or a page, with its data and its methods. */

/**
 * What a phone keeps over a restart.
 * @typedef {{ disk: Map<string, any>, files: Map<string, Uint8Array> }} Phone
 */

/** A phone that was never used. @returns {Phone} */
export const freshPhone = () => ({ disk: new Map(), files: new Map() })

/** What a mini-program leaves that is killed now. @param {Phone} phone @returns {Phone} */
export const copyOf = ({ disk, files }) => ({ disk: new Map(disk), files: new Map(files) })

/**
 * @typedef {object} MiniAppOptions
 * @property {Phone} [phone]
 * @property {{ ahead: number }} [clock] How many milliseconds its clock is ahead of ours.
 * @property {Record<string, string>} [sources] Modules in place of those of the folder, by their paths
 *   without `.js`.
 * @property {typeof readPackage} [read] Reads files of the code package.
 */

/**
 * Starts a mini-program.
 * @param {string} folder
 * @param {MiniAppOptions} [options]
 */
export function startMiniApp(folder, options = {}) {
  const { phone = freshPhone(), clock = { ahead: 0 }, sources = {}, read = readPackage } = options
  const { pages } = JSON.parse(readFileSync(path.join(folder, 'app.json'), 'utf8'))
  const double = wechatDouble({ disk: phone.disk })
  const files = wechatFiles({ files: phone.files })
  const surface = surfaceOf(files)
  const { request, running } = wechatRequest()
  const upload = wechatUpload(phone.files)
  const wx = { ...double.wx, ...files.wx, ...upload.wx, request, ...surface.wx }
  const modules = { ...modulesOf(folder), ministash: readBuilt('index.js').toString(), ...sources }
  const { start } = inBareContext(wrap(modules), {
    wx, WXWebAssembly: wechatWasm({ read }), now: () => Date.now() + clock.ahead,
  })
  const { app, make } = start()
  return {
    ...surface, double, files, app, phone, clock, pages,
    /** How many requests and uploads are under way. */
    running: () => running() + upload.running(),
    /**
     * Opens a page, as WeChat does: it waits for no promise between the two.
     * @param {string} url
     * @returns {Promise<Instance>}
     */
    async open(url) {
      const [place = '', query = ''] = url.replace(/^\//, '').split('?')
      const page = make(place)
      const loading = page.onLoad(Object.fromEntries(query.split('&').map(pair => pair.split('='))))
      if (page.onShow) await page.onShow()
      await loading
      return page
    },
  }
}

/**
 * What of `wx` a person sees: where they were led, what they were asked and what they chose.
 * @param {import('../doubles/wechat-files.js').FilesDouble} files
 */
function surfaceOf(files) {
  const surface = {
    visited: /** @type {string[]} */ ([]),
    modals: /** @type {any[]} */ ([]),
    /** What the person chooses next. @type {Uint8Array[]} */
    chosen: [],
    wx: {
      navigateTo: (/** @type {{ url: string }} */ { url }) => { surface.visited.push(url) },
      navigateBack: () => { surface.visited.push('back') },
      stopPullDownRefresh: () => { surface.visited.push('refreshed') },
      showModal: (/** @type {any} */ modal) => { surface.modals.push(modal) },
      chooseMedia: (/** @type {any} */ { success, fail }) => {
        const taken = surface.chosen.splice(0)
        setImmediate(() => {
          if (taken.length === 0) fail({ errMsg: 'chooseMedia:fail cancel' })
          else success({ tempFiles: taken.map(bytes => ({ tempFilePath: files.choose(bytes) })) })
        })
      },
    },
  }
  return surface
}

/** Whether a page has its four files. @param {string} folder @param {string} page */
export function filesOf(folder, page) {
  return ['js', 'json', 'wxml', 'wxss'].filter(ending => existsSync(path.join(folder, `${page}.${ending}`)))
}

/**
 * The scripts of a mini-program, by their paths without `.js`.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function modulesOf(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.js') && !/(^|[\\/])(node_modules|miniprogram_npm)[\\/]/.test(name))
  return Object.fromEntries(names.map(name =>
    [name.slice(0, -'.js'.length).replaceAll(path.sep, '/'), readFileSync(path.join(folder, name), 'utf8')]))
}

/**
 * One script of all modules. It plays `App`, `Page`, `getApp` and `require`, and lets the clock be set.
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
function resolve(from, name) {
  if (name[0] !== '.') return name
  var parts = from.split('/').slice(0, -1)
  name.split('/').forEach(function (part) { if (part === '..') parts.pop(); else if (part !== '.') parts.push(part) })
  return parts.join('/').replace(/[.]js$/, '')
}
function load(name) {
  if (!modules[name]) throw new Error('there is no module ' + name)
  if (!loaded[name]) {
    loaded[name] = { exports: {} }
    var requireFrom = function (wanted) { return load(resolve(name, wanted)) }
    modules[name](loaded[name], loaded[name].exports, requireFrom, App, Page, function () { return app })
  }
  return loaded[name].exports
}
function make(name) {
  load(name)
  var page = Object.assign({}, definition, { data: JSON.parse(JSON.stringify(definition.data)) })
  // What is set crosses to the view as JSON.
  page.setData = function (more) {
    Object.assign(page.data, JSON.parse(JSON.stringify(more)))
    if (page.onData) page.onData(more)
  }
  delete loaded[name]
  return page
}
module.exports = { start: function () { load('app'); return { app: app, make: make } } }
`
}
