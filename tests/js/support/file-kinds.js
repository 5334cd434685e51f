// @ts-check
/** The kinds of places that the hosts on the files of mini-programs are proven on. */

import { alipayFiles } from '../../../js/hosts/alipay-files.js'
import { baiduFiles } from '../../../js/hosts/baidu-files.js'
import { douyinFiles } from '../../../js/hosts/douyin-files.js'
import { kuaishouFiles } from '../../../js/hosts/kuaishou-files.js'
import { qqFiles } from '../../../js/hosts/qq-files.js'
import { wechatFiles } from '../../../js/hosts/wechat-files.js'
import { wechatFiles as filesDouble } from '../doubles/wechat-files.js'
import { entropy } from './mini-kinds.js'

/** @import { Limits } from '../../../js/hosts/host.js' */
/** @import { FilePlace } from '../doubles/files-words.js' */

/** @type {readonly [place: FilePlace, bare: (mini: any, options?: any) => any][]} */
const PLACES = Object.freeze([
  ['wechat', wechatFiles], ['wechat that removes before it renames', wechatFiles],
  ['wechat that refuses to rename over', wechatFiles], ['devtools', wechatFiles], ['douyin', douyinFiles],
  ['qq', qqFiles], ['baidu', baiduFiles], ['kuaishou', kuaishouFiles], ['alipay', alipayFiles],
  ['alipay simulator', alipayFiles],
])

/**
 * Each place, at once and by callbacks: how its double is made, which has `disk` as every double has, and
 * the host on it.
 */
export const FILE_KINDS = PLACES.flatMap(([place, bare]) => [false, true].map(deferred => ({
  name: `${place} files, ${deferred ? 'deferred' : 'immediate'}`,
  place,
  deferred,
  bare,
  /** @param {any} [options] */
  make({ disk, ...options } = {}) {
    const double = filesDouble({ place, files: disk, ...options })
    return Object.assign(double, { mini: double.wx, disk: double.files })
  },
  /** @param {any} mini @param {any} [options] @returns {any} */
  host: (mini, options) => ({ entropy, ...defined(bare(mini, options)) }),
})))

/** @typedef {(typeof FILE_KINDS)[number]} FileKind */

/** @param {any} host */
const defined = host => Object.fromEntries(Object.entries(host).filter(([, member]) => member !== undefined))

/**
 * A host with limits of the test's choice, in a place that has room for as much.
 * @param {FileKind} kind
 * @param {Limits} limits
 * @returns {any}
 */
export function limited({ make, host, deferred }, limits) {
  const double = make({ totalLimit: limits.totalBytes })
  const made = host(double.mini, { deferred })
  if (Object.keys(limits).length === 0) return made
  const room = () => ({ usedBytes: double.used(), limitBytes: limits.totalBytes })
  return { ...made, limits, info: deferred ? async () => room() : room }
}
