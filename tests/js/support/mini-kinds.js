// @ts-check
/** The kinds of places that the hosts of other mini-programs than WeChat's are proven on. */

import { alipay } from '../../../js/hosts/alipay.js'
import { baidu } from '../../../js/hosts/baidu.js'
import { douyin } from '../../../js/hosts/douyin.js'
import { kuaishou } from '../../../js/hosts/kuaishou.js'
import { qq } from '../../../js/hosts/qq.js'
import { taro } from '../../../js/hosts/taro.js'
import { uni } from '../../../js/hosts/uni.js'
import { alipayDouble } from '../../../js/testing/alipay.js'
import { wechatDouble } from '../../../js/testing/wechat.js'

/** @import { Limits } from '../../../js/hosts/host.js' */

/**
 * A place: how its double is made, and the host on what that offers.
 * @typedef {object} Place
 * @property {string} name
 * @property {(options?: any) => { mini: any, disk: Map<string, any>, used: () => number,
 *   expect: (plan?: any) => void, wipe: () => void, listeners: () => number, readonly isCut: boolean,
 *   died: Promise<'cut'>, calls: { keys: string[], parts: number }[] }} make
 * @property {(mini: any, options?: { deferred?: boolean }) => any} bare The host as it is.
 * @property {(mini: any, options?: { deferred?: boolean }) => any} host The same, with chance where it has
 *   none.
 */

/** @type {(personality: any) => Place['make']} */
const likeWechat = personality => options => {
  const double = wechatDouble({ personality, baseLibrary: '2.20.0', ...options })
  return Object.assign(double, { mini: double.wx })
}

/** Chance for those places that give none. */
export const entropy = () => crypto.getRandomValues(new Uint8Array(32))

/** @type {(name: string, make: Place['make'], bare: Place['bare']) => Place} */
const placed = (name, make, bare) =>
  ({ name, make, bare, host: (mini, options) => ({ entropy, ...defined(bare(mini, options)) }) })

/** @param {any} host */
const defined = host => Object.fromEntries(Object.entries(host).filter(([, member]) => member !== undefined))

/** @type {readonly Place[]} */
export const PLACES = Object.freeze([
  placed('alipay', options => alipayDouble(options), alipay),
  placed('an alipay that throws', options => alipayDouble({ isThrowing: true, ...options }), alipay),
  placed('douyin', likeWechat('douyin'), douyin),
  placed('qq', likeWechat('qq'), qq),
  placed('baidu', likeWechat('baidu'), baidu),
  placed('kuaishou', likeWechat('kuaishou'), kuaishou),
  placed('uni-app', likeWechat('qq'), uni),
  placed('taro', likeWechat('qq'), taro),
])

/** Each place, at once and by callbacks. */
export const KINDS = PLACES.flatMap(place => [false, true].map(deferred =>
  ({ ...place, deferred, name: `${place.name}, ${deferred ? 'deferred' : 'immediate'}` })))

/**
 * A host with limits of the test's choice, in a place that has them too.
 * @param {(typeof KINDS)[number]} kind
 * @param {Limits} limits
 * @returns {any}
 */
export function limited({ make, host, deferred }, limits) {
  const totalLimit = limits.totalBytes && limits.totalBytes + 1
  const double = make({ entryLimit: limits.entryBytes, totalLimit })
  const made = host(double.mini, { deferred })
  if (Object.keys(limits).length === 0) return made
  const room = () => ({ usedBytes: double.used(), limitBytes: limits.totalBytes })
  return { ...made, limits, info: deferred ? async () => room() : room }
}
