// @ts-check
/** The host on the files of QQ. */

import { QQ } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `qq`. QQ gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} api The global `qq`.
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: qqFiles(qq), entropy })
 */
export function qqFiles(api, options) {
  return miniFileHost(api, QQ, options)
}
