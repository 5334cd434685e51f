// @ts-check
/** Which host belongs to which global of a mini-program. */

import { alipay } from './alipay.js'
import { baidu } from './baidu.js'
import { douyin } from './douyin.js'
import { kuaishou } from './kuaishou.js'
import { qq } from './qq.js'
import { wechat } from './wechat.js'

/** @import { Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/** @typedef {import('./mini-place.js').MiniName} MiniName */

/** @type {Readonly<Record<MiniName, (mini: Mini, options?: any) => Readonly<Host<any>>>>} */
const HOSTS = { my: alipay, tt: douyin, swan: baidu, qq, ks: kuaishou, wx: wechat }

/**
 * The host of a mini-program.
 * @param {{ name: MiniName, mini: Mini }} native
 * @param {{ deferred?: boolean }} [options]
 * @returns {Readonly<Host<any>>}
 */
export function hostOfMini({ name, mini }, options) {
  return HOSTS[name](mini, options)
}
