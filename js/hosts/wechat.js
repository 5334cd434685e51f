// @ts-check
/** The host on WeChat's storage. */

import { WECHAT } from './mini-facts.js'
import { miniStorage } from './mini-storage.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * @template {boolean} [Deferred=false]
 * @typedef {import('./mini-host.js').MiniOptions<Deferred>} WechatOptions
 */

/**
 * Makes a host on `wx`. Plain values of the default namespace lie there as WeChat itself keeps them. In a
 * plugin, where WeChat gives no random numbers, `open` needs `entropy`, and what has to list the keys is
 * UNSUPPORTED.
 * @template {boolean} [Deferred=false]
 * @param {Mini} wx
 * @param {WechatOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: wechat(wx) })
 */
export function wechat(wx, options) {
  return miniStorage(wx, WECHAT, options)
}
