// @ts-check
/** The host for uni-app: the mini-program beneath it, or, where there is none, its own storage. */

import { UNI } from './mini-facts.js'
import { nativeMini } from './mini-place.js'
import { hostOfMini } from './mini-hosts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host for uni-app. In a mini-program it is that of the place itself, whose refusals are told while
 * the wrapper of uni-app swallows some. In an app or on a web page it is the storage that `uni` offers,
 * where `open` needs `entropy`; on web pages `browserIndexedDb()` holds more and keeps tabs apart.
 * @template {boolean} [Deferred=false]
 * @param {Mini} api The global `uni`.
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: uni(uni) })
 */
export function uni(api, options) {
  const native = nativeMini()
  return native ? hostOfMini(native, options) : miniStorage(api, UNI, options)
}
