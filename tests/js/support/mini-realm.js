// @ts-check
/**
 * The realm of a native mini-program: its App, its pages and its modules, without what phones lack. It plays
 * `App`, `Page`, `Component` as pages are made of it, `getApp` and `require`, and lets the clock be set.
 */

import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { inBareContext } from '../doubles/wechat-bare.js'

/** @typedef {Record<string, any>} Instance An App or a page, with its data and its methods. */

/**
 * @typedef {object} Realm
 * @property {Record<string, string>} modules What the modules of the folder require besides each other, or
 *   have in their place, by their paths without `.js`.
 * @property {Record<string, unknown>} globals
 * @property {() => number} now
 */

/**
 * Starts a mini-program.
 * @param {string} folder
 * @param {Realm} realm
 */
export function startInRealm(folder, { modules, globals, now }) {
  const { start } = inBareContext(wrap({ ...modulesOf(folder), ...modules }), { ...globals, now })
  const { app, make } = start()
  return {
    app,
    /**
     * Opens a page, as the platforms do: they wait for no promise between the two.
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
 * The scripts of a mini-program, by their paths without `.js`.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function modulesOf(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.js') && !/(^|[\\/])(node_modules|miniprogram_npm)[\\/]/.test(name))
  return Object.fromEntries(names.map(name =>
    [withoutEnding(name).replaceAll(path.sep, '/'), readFileSync(path.join(folder, name), 'utf8')]))
}

const withoutEnding = (/** @type {string} */ name) => name.replace(/\.js$/, '')

/**
 * One script of all modules.
 * @param {Record<string, string>} sources
 */
function wrap(sources) {
  const modules = Object.entries(sources).map(([name, source]) => `${JSON.stringify(withoutEnding(name))}: ${
    `function (module, exports, require, App, Page, Component, getApp, getCurrentPages) {${source}\n}`}`)
  return `
Date.now = now
var modules = {${modules.join(',\n')}}
var loaded = {}, pages = [], app, definition
var App = function (made) { app = made; if (app.onLaunch) app.onLaunch({}) }
var Page = function (made) { definition = made }
// A page made as a component has the same life, behind 'attached' and 'ready'.
var Component = function (made) {
  definition = Object.assign({ lifetimes: made.lifetimes || made }, made.methods, { data: made.data || {} })
}
function resolve(from, name) {
  var parts = name[0] === '.' ? from.split('/').slice(0, -1) : []
  name.replace(/[.]js$/, '').split('/').forEach(function (part) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  })
  return parts.join('/')
}
function load(name) {
  if (!modules[name]) throw new Error('there is no module ' + name)
  if (!loaded[name]) {
    loaded[name] = { exports: {} }
    var requireFrom = function (wanted) { return load(resolve(name, wanted)) }
    modules[name](loaded[name], loaded[name].exports, requireFrom, App, Page, Component,
      function () { return app }, function () { return pages })
  }
  return loaded[name].exports
}
function put(data, place, value) {
  var parts = place.split(/[.[\\]]+/).filter(String), last = parts.pop()
  var owner = parts.reduce(function (found, part) {
    if (found[part] === undefined) found[part] = {}
    return found[part]
  }, data)
  owner[last] = value
}
function make(name) {
  load(name)
  var page = Object.assign({}, definition, { data: JSON.parse(JSON.stringify(definition.data)) })
  page.route = page.is = name
  pages.push(page)
  // What is set crosses to the view as JSON; a name may be a path, such as a[0].b.
  page.setData = function (more, done) {
    var copy = JSON.parse(JSON.stringify(more))
    Object.keys(copy).forEach(function (place) { put(page.data, place, copy[place]) })
    if (page.onData) page.onData(copy)
    if (done) done()
  }
  delete loaded[name]
  if (page.lifetimes) {
    page.properties = {}
    page.triggerEvent = function () {}
    ;['created', 'attached', 'ready'].forEach(function (event) {
      if (page.lifetimes[event]) page.lifetimes[event].call(page)
    })
  }
  return page
}
module.exports = { start: function () { load('app'); return { app: app, make: make } } }
`
}
