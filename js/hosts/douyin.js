// @ts-check
/** The host on Douyin's storage. */

import { defineHost } from './define-host.js'
import { DOUYIN } from './mini-facts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Data, Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/** Douyin keeps the types of values under such keys, and lists no key that ends so. */
const HIDDEN = /__type__~*$/
const ESCAPED = /(__type__~*)~$/

/**
 * Makes a host on `tt`. A key that ends with `__type__` lies under another name, for Douyin would not list
 * it.
 * @template {boolean} [Deferred=false]
 * @param {Mini} tt
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: douyin(tt) })
 */
export function douyin(tt, options) {
  const beneath = /** @type {Host<any>} */ (miniStorage(tt, DOUYIN, options))
  return /** @type {any} */ (defineHost(Object.assign({}, beneath, {
    read: (/** @type {string} */ key) => beneath.read(nameOf(key)),
    write: (/** @type {string} */ key, /** @type {Data} */ data) => beneath.write(nameOf(key), data),
    remove: (/** @type {string} */ key) => beneath.remove(nameOf(key)),
    list(/** @type {string} */ prefix) {
      // No name is longer than its key but by what is added at its end.
      const listed = /** @type {any} */ (beneath.list(prefix))
      return beneath.immediate ? keysOf(listed) : listed.then(keysOf)
    }
  })))
}

/** @param {string} key */
const nameOf = key => HIDDEN.test(key) ? `${key}~` : key

/** @param {string[]} names */
const keysOf = names => names.map(name => name.replace(ESCAPED, '$1'))
