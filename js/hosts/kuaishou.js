// @ts-check
/** The host on Kuaishou's storage. */

import { KUAISHOU } from './mini-facts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on `ks`. Kuaishou gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} ks
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: kuaishou(ks), entropy })
 */
export function kuaishou(ks, options) {
  return miniStorage(ks, KUAISHOU, options)
}
