// @ts-check
/** The host on the files of Alipay. */

import { ALIPAY } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `my`: 50 MB, which cross as base64, because not every client keeps bytes.
 * Alipay gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} my
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: alipayFiles(my), entropy })
 */
export function alipayFiles(my, options) {
  return miniFileHost(my, ALIPAY, options)
}
