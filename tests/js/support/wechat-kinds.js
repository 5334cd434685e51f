// @ts-check
/** The kinds of clients that the host on WeChat's storage is proven on. */

import { wechat } from '../../../js/hosts/wechat.js'
import { wechatDouble } from '../../../js/testing/wechat.js'

/** @import { Limits } from '../../../js/hosts/host.js' */
/** @import { DoubleOptions } from '../../../js/testing/wechat.js' */

/** @type {[name: string, options: DoubleOptions][]} */
const CLIENTS = [
  ['android', { personality: 'android' }], ['ios', { personality: 'ios' }],
  ['devtools', { personality: 'devtools' }],
  // Before batch calls, errno, encryption and Promises.
  ['an old android', { personality: 'android', baseLibrary: '2.17.3' }],
]

/** Each client, with the host that answers at once and the one that answers later. */
export const KINDS = CLIENTS.flatMap(([name, options]) => [false, true].map(deferred =>
  ({ name: `${name}, ${deferred ? 'deferred' : 'immediate'}`, options, deferred })))

/** @typedef {(typeof KINDS)[number]} Kind */

/**
 * A host with limits of the test's choice, on a client that has them too. What getStorageInfo tells is too
 * coarse for small limits, so the room is told exactly.
 * @param {Kind} kind
 * @param {Limits} limits
 * @returns {any}
 */
export function limited({ options, deferred }, limits) {
  const totalLimit = limits.totalBytes && limits.totalBytes + 1
  const double = wechatDouble({ ...options, entryLimit: limits.entryBytes, totalLimit })
  const host = wechat(double.wx, { deferred })
  if (Object.keys(limits).length === 0) return host
  const room = () => ({ usedBytes: double.used(), limitBytes: limits.totalBytes })
  return { ...host, limits, info: deferred ? async () => room() : room }
}
