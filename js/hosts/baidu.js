// @ts-check
/** The host on Baidu's storage. */

import { BAIDU } from './mini-facts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on `swan`. What is stored goes when the person logs out. Baidu gives no random numbers:
 * `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} swan
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: baidu(swan), entropy })
 */
export function baidu(swan, options) {
  return miniStorage(swan, BAIDU, options)
}
