// @ts-check
/** What the tests of the sync transports share: the networks of hosts, conditions, and changes by hand. */

import { makeController } from '../../../js/abort.js'
import { networkByFetch } from '../../../js/hosts/http-fetch.js'
import { networkByRequest } from '../../../js/hosts/http-wx.js'
import { wechatRequest } from '../doubles/wechat-request.js'

/** @import { SyncConditions, WireMutation } from '../../../js/sync-transports/transport.js' */

/** The networks on which transports are tested, as their hosts have them. */
export const NETWORKS = [
  { name: 'Node', network: () => networkByFetch() },
  { name: 'WeChat', network: () => networkByRequest(wechatRequest()) },
]

export const CLIENT = '6f1c0e5ab2d94f7788a1b2c3d4e5f607'
export const OTHER = '00112233445566778899aabbccddeeff'

/**
 * @param {Partial<SyncConditions>} [given]
 * @returns {SyncConditions}
 */
export function conditions(given = {}) {
  return { signal: makeController().signal, timeoutMs: 10_000, network: networkByFetch(), now: Date.now,
    read: async () => undefined, ...given }
}

/**
 * A change, as the engine makes it.
 * @param {number} id
 * @param {string} key
 * @param {number} base
 * @param {unknown} value Undefined for a delete.
 * @param {Partial<WireMutation>} [more]
 * @returns {WireMutation}
 */
export function change(id, key, base, value, more = {}) {
  return { id, key, base, hlc: stamp(id), type: value === undefined ? 'delete' : base === 0 ? 'create'
    : 'update',
  ...(value === undefined ? {} : { value }), ...more }
}

/** A stamp that is later the greater the number. @param {number} count */
export const stamp = count => (0x19a8b3c4d5e + count).toString(16).padStart(12, '0') + '0001'
