// @ts-check
/** The host on the files of Douyin. */

import { DOUYIN } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `tt`: 10 MB, beside those of its storage.
 * @template {boolean} [Deferred=false]
 * @param {Mini} tt
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: douyinFiles(tt) })
 */
export function douyinFiles(tt, options) {
  return miniFileHost(tt, DOUYIN, options)
}
