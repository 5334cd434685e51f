// @ts-check
/** The host for Taro: the mini-program beneath it, or, where there is none, its own storage. */

import { TARO } from './mini-facts.js'
import { nativeMini } from './mini-place.js'
import { hostOfMini } from './mini-hosts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host for Taro. In a mini-program it is that of the place itself, whose refusals are told while the
 * wrapper of Taro swallows some. In an app or on a web page it is the storage that `Taro` offers, where
 * `open` needs `entropy`; on web pages `browserIndexedDb()` holds more and keeps tabs apart.
 * @template {boolean} [Deferred=false]
 * @param {Mini} api What `@tarojs/taro` exports.
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: taro(Taro) })
 */
export function taro(api, options) {
  const native = nativeMini()
  return native ? hostOfMini(native, options) : miniStorage(api, TARO, options)
}
