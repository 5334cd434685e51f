// @ts-check
/** The host on the files of Baidu. */

import { BAIDU } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `swan`: 10 MB. Baidu gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} swan
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: baiduFiles(swan), entropy })
 */
export function baiduFiles(swan, options) {
  return miniFileHost(swan, BAIDU, options)
}
