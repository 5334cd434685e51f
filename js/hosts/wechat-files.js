// @ts-check
/** The host on the files of WeChat. */

import { WECHAT } from './mini-facts.js'
import { miniFileHost } from './mini-file-host.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Makes a host on the files of `wx`, 200 MB of them where its storage has 10. What was answered survives the
 * death of the process; WeChat offers nothing that brings it to the disk before a power cut.
 * @template {boolean} [Deferred=false]
 * @param {Mini} wx
 * @param {import('./mini-file-host.js').MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: wechatFiles(wx) })
 */
export function wechatFiles(wx, options) {
  return miniFileHost(wx, WECHAT, options)
}
