// @ts-check
/** The host on QQ's storage. */

import { QQ } from './mini-facts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on `qq`. QQ gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} api The global `qq`.
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: qq(qq), entropy })
 */
export function qq(api, options) {
  return miniStorage(api, QQ, options)
}
