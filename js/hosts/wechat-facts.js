// @ts-check
/**
 * What is known of `wx`: what it must have and may have, its limits, what it tells of its room, and whose
 * keys lie beside ours. Storage calls are made in wechat.js only.
 */

import { StorageError } from '../errors.js'
import { faultOf } from './wechat-faults.js'

/**
 * What is used of `wx`. Anything typed by `miniprogram-api-typings` fits.
 * @typedef {Record<string, any>} Wx
 */

/**
 * How the keys begin that others keep in the storage of a mini-program: uni-app (`__DC_STAT_UUID` of its
 * runtime and statistics, `UNI_LOCALE`, and the prefixes its manual reserves), Aladdin statistics
 * (`aldstat_uuid`, `ald_ifo`), Sensors Analytics (`sensorsdata2015_wechat`, `sensors_mp_...`), and the
 * counter of WeChat on Android. Taro's runtime keeps none.
 */
export const FOREIGN_PREFIXES = Object.freeze([
  '__DC_', 'UNI_LOCALE', 'uni-', 'uni_', 'dcloud-', 'dcloud_', 'aldstat_', 'ald_ifo', 'sensorsdata2015_',
  'sensors_mp_', '@@@TOTAL@DATA@SIZE@@@'
])

/**
 * WeChat keeps 1 MB under a key and 10 MB in all. Android counts units of UTF-16 (1,048,576 with the key,
 * and the sum must stay below 10,485,760); how iOS counts nobody says, at worst bytes of UTF-8 and decimal
 * megabytes. The core counts UTF-8, which is never less than UTF-16, so that one percent below the decimal
 * megabytes is inside both, with room for what clients add to an entry.
 */
export const LIMITS = Object.freeze({ entryBytes: 990_000, totalBytes: 9_900_000 })

/** Above this a `limitSize` cannot be KB: some containers tell bytes. */
const KILOBYTES_MOST = 1_000_000

const IMMEDIATE = ['getStorageSync', 'setStorageSync', 'removeStorageSync']
const DEFERRED = ['getStorage', 'setStorage', 'removeStorage']
const ENTROPY_BYTES = 32

/** @type {(wx: unknown, isDeferred: boolean) => void} */
export function checkWx(wx, isDeferred) {
  const found = Object(wx)
  const names = isDeferred ? DEFERRED : IMMEDIATE
  const missing = names.filter(name => typeof found[name] !== 'function')
  if (found !== wx || missing.length > 0) {
    const what = missing.length > 0 && found === wx ? `one without ${missing.join(', ')}` : String(wx)
    throw new StorageError('INVALID_OPTION',
      `expected the global \`wx\` of a mini-program as \`wx\`, got ${what}`)
  }
}

/**
 * Where random numbers come from, if WeChat gives any; undefined, and `open` says that it needs `entropy`.
 * @param {Wx} wx
 * @returns {(() => Promise<Uint8Array>) | undefined}
 */
export function entropyOf(wx) {
  /** @type {(() => any)[]} */
  const sources = []
  if (typeof wx.getRandomValues === 'function') sources.push(() => wx)
  if (typeof wx.getUserCryptoManager === 'function') sources.push(() => wx.getUserCryptoManager())
  if (sources.length === 0) return undefined
  return async () => {
    for (const source of sources.slice(0, -1)) {
      try {
        return await draw(source)
      } catch {
        // The next one may give what this one refuses.
      }
    }
    return draw(sources[sources.length - 1])
  }
}

/** @type {(source: any) => Promise<Uint8Array>} */
function draw(source) {
  const drawn = new Promise((resolve, reject) => {
    source().getRandomValues({ length: ENTROPY_BYTES, success: resolve, fail: reject })
  })
  return drawn.then(({ randomValues }) => new Uint8Array(randomValues), refusal => { throw faultOf(refusal) })
}

/**
 * What WeChat tells is advisory: KB are of 1000 on Android and of 1024 elsewhere, rounded up, and some
 * containers tell bytes. The larger reading counts for what is used, the smaller one for the limit.
 * @type {(told: { currentSize: number, limitSize: number }) => import('./host.js').Room}
 */
export function roomOf({ currentSize, limitSize }) {
  if (!(currentSize >= 0 && limitSize > 0)) return { usedBytes: undefined, limitBytes: undefined }
  const isKilobytes = limitSize <= KILOBYTES_MOST
  const limitBytes = Math.min(isKilobytes ? limitSize * 1000 : limitSize, LIMITS.totalBytes)
  return { usedBytes: isKilobytes ? currentSize * 1024 : currentSize, limitBytes }
}
