// @ts-check
/**
 * Draws the pages of a native mini-program as WeChat's own tools do: WXML by its compiler, elements and
 * events by its component framework (miniprogram-simulate), in a DOM of jsdom. The page itself runs in the
 * realm of mini-app.js; what it sets is drawn, and what is touched is told to it.
 */

import { createRequire } from 'node:module'

/** @typedef {import('./mini-app.js').Instance} Instance */

/** What of the elements is more than a place for others, and seen in the DOM as an attribute. */
const SHOWN = { image: ['src'], input: ['value', 'placeholder'], textarea: ['value', 'placeholder'] }

/** What the component has of its own. */
const OWN = /^(setData|triggerEvent|selectComponent|onData)$/

const require = createRequire(import.meta.url)
/** @type {{ simulate: any, compile: (folder: string) => string } | undefined} */
let tools

/** Both expect to find themselves in a page, from the moment they are loaded. */
function load() {
  if (tools) return tools
  const { window } = new (require('jsdom').JSDOM)('<!doctype html><body></body>')
  for (const name of ['document', 'Event', 'CustomEvent']) Reflect.set(globalThis, name, window[name])
  // The generation of the compiler's output.
  Reflect.set(globalThis, 'window', Object.assign(window, { __webview_engine_version__: 0.02 }))
  const simulate = require('miniprogram-simulate')
  for (const [name, shown] of Object.entries(SHOWN)) {
    const properties = Object.fromEntries(shown.map(property => [property, String]))
    const observers = Object.fromEntries(shown.map(property => [property, function show(
      /** @type {string} */ value) {
      // @ts-ignore -- `this` is the element of the framework.
      this.$$.setAttribute(property, value)
    }]))
    simulate.load({ id: name, tagName: `wx-${name}`, template: '<slot/>', properties, observers })
  }
  tools = { simulate, compile: require('miniprogram-compiler').wxmlToJs }
  return tools
}

/**
 * Compiles the views of a mini-program, all of them; what is no WXML is refused here.
 * @param {string} folder
 */
export function viewsOf(folder) {
  const { simulate, compile } = load()
  // eslint-disable-next-line no-new-func -- what the compiler makes is a script.
  const views = new Function(compile(folder))()
  return {
    /**
     * Draws a page, and from then on whatever it sets. What is touched calls the methods that it has now.
     * @param {string} name As in app.json.
     * @param {Instance} page
     */
    draw(name, page) {
      const handlers = Object.keys(page).filter(key => typeof page[key] === 'function' && !OWN.test(key))
      const methods = Object.fromEntries(handlers.map(handler =>
        [handler, (/** @type {any} */ event) => page[handler](event)]))
      const id = simulate.load({ template: views(`${name}.wxml`), tagName: 'page', data: page.data, methods })
      const component = simulate.render(id)
      const place = globalThis.document.createElement('div')
      component.attach(place)
      // Made anew: arrays of the other realm are none to the framework.
      page.onData = (/** @type {any} */ more) => component.setData(JSON.parse(JSON.stringify(more)))
      return drawn(place, component)
    },
  }
}

/** @param {HTMLElement} place @param {any} component */
function drawn(place, component) {
  /** @type {(selector: string, text: string) => any} */
  const find = (selector, text) => {
    const found = component.querySelectorAll(selector)
      .find((/** @type {any} */ one) => one.dom.textContent.includes(text))
    if (!found) throw new Error(`nothing is drawn as ${selector} with the text "${text}"`)
    return found
  }
  return {
    html: () => place.innerHTML,
    /** The words of what a selector finds, one for each. @param {string} selector @returns {string[]} */
    words: selector => component.querySelectorAll(selector).map(
      (/** @type {any} */ { dom }) => dom.textContent.trim()),
    /** @param {string} selector @param {string} name @returns {(string | null)[]} */
    attributes: (selector, name) => component.querySelectorAll(selector).map(
      (/** @type {any} */ { dom }) => dom.getAttribute(name)),
    /** Touches something. @param {string} selector @param {string} [text] */
    async tap(selector, text = '') {
      find(selector, text).dispatchEvent('tap')
      await nextTask()
    },
    /** Types into a field. @param {string} selector @param {string} value */
    async type(selector, value) {
      find(selector, '').dispatchEvent('input', { detail: { value } })
      await nextTask()
    },
  }
}

/** Events come in a later task. */
const nextTask = () => new Promise(resolve => { setImmediate(resolve) })
