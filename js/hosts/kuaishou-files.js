// @ts-check
/** The host on the files of Kuaishou. */

import { KUAISHOU } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `ks`: 200 MB. Kuaishou gives no random numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} ks
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: kuaishouFiles(ks), entropy })
 */
export function kuaishouFiles(ks, options) {
  return miniFileHost(ks, KUAISHOU, options)
}
