// @ts-check
/** Places with a storage and files, and the host that joins both: one disk, one count of calls, one death. */

import { alipay } from '../../../js/hosts/alipay.js'
import { alipayFiles } from '../../../js/hosts/alipay-files.js'
import { bySize } from '../../../js/hosts/by-size.js'
import { wechat } from '../../../js/hosts/wechat.js'
import { wechatFiles } from '../../../js/hosts/wechat-files.js'
import { alipayDouble } from '../../../js/testing/alipay.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { wechatFiles as filesDouble } from '../doubles/wechat-files.js'
import { entropy } from './mini-kinds.js'

/** Small enough that the values of the suites lie in both. */
export const FROM = 400

/** @type {readonly [name: string, storage: (options: any) => any, place: any, small: any, large: any][]} */
const PLACES = Object.freeze([
  ['wechat', wechatDouble, 'wechat', wechat, wechatFiles],
  ['wechat that refuses to rename over', wechatDouble, 'wechat that refuses to rename over', wechat,
    wechatFiles],
  ['alipay', alipayDouble, 'alipay', alipay, alipayFiles],
])

/** @param {Map<string, any>} disk @param {string} prefix */
const part = (disk, prefix) => new Map([...disk].filter(([key]) => key.startsWith(prefix))
  .map(([key, held]) => /** @type {const} */ ([key.slice(prefix.length), held])))

export const BY_SIZE_KINDS = PLACES.flatMap(([place, storage, files, small, large]) =>
  [false, true].map(deferred => ({
    name: `${place} by size, ${deferred ? 'deferred' : 'immediate'}`,
    deferred,
    options: {},
    splits: false,
    /** @param {any} [options] */
    make({ disk = new Map(), ...options } = {}) {
      const kv = storage({ ...options, disk: part(disk, 'kv ') })
      const fs = filesDouble({ place: files, files: part(disk, 'fs '), totalLimit: options.filesLimit })
      const mini = Object.assign(kv.mini ?? kv.wx, fs.wx)
      let die = () => {}
      const joined = {
        mini,
        kv,
        fs,
        /** @type {any[]} */
        calls: [],
        /** @type {Promise<'cut'>} */
        died: new Promise(resolve => { die = () => resolve('cut') }),
        get isCut() { return kv.isCut || fs.isCut },
        /** Both halves as one disk, which can be copied. */
        get disk() {
          const all = /** @type {Map<string, any>} */ (new Map())
          for (const [key, held] of kv.disk) all.set(`kv ${key}`, held)
          for (const [path, bytes] of fs.files) all.set(`fs ${path}`, bytes)
          return all
        },
        /** @param {any} [plan] */
        expect(plan) {
          joined.calls = []
          /** @type {(call: any) => any} */
          const next = call => {
            if (joined.isCut) return { cut: true }
            const counted = { ...call, number: joined.calls.length + 1 }
            joined.calls.push(counted)
            return plan?.(counted)
          }
          kv.expect(next)
          fs.expect(next)
        },
      }
      // A death in one half is one of all.
      void kv.died.then(() => { fs.cut(); die() })
      void fs.died.then(() => { kv.isCut = true; die() })
      return joined
    },
    /** @param {any} mini @param {{ deferred?: boolean, from?: number }} [options] @returns {any} */
    host: (mini, { deferred: later = deferred, from = FROM } = {}) => {
      const how = { deferred: later }
      return { ...bySize({ small: small(mini, how), large: large(mini, how), from }), entropy }
    },
  })))
