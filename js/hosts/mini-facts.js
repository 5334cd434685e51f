// @ts-check
/**
 * What is known of the places where mini-programs run: what their globals must have and may have, their
 * limits, what they tell of their room, and whose keys lie beside ours. Nothing is stored here.
 */

import { StorageError } from '../errors.js'
import { faultOf } from './mini-faults.js'

/**
 * The global of a mini-program: `wx` and its like. Anything typed by `miniprogram-api-typings` fits.
 * @typedef {Record<string, any>} Mini
 */

/**
 * What makes one place differ from another.
 * @typedef {object} Facts
 * @property {string} name
 * @property {string} global What its global is called, for messages.
 * @property {{ entryBytes: number, totalBytes: number }} limits
 * @property {readonly string[]} foreignPrefixes
 * @property {'my'} [words] Alipay's, in the calls of its network; WeChat's if left out.
 * @property {boolean} [exclusive] False where another page may write to the same storage. Default true.
 */

/**
 * How the keys begin that others keep in the storage of a mini-program: uni-app (`__DC_STAT_UUID` of its
 * runtime and statistics, `UNI_LOCALE`, and the prefixes its manual reserves), Aladdin statistics
 * (`aldstat_uuid`, `ald_ifo`), Sensors Analytics (`sensorsdata2015_wechat`, `sensors_mp_...`), and the
 * counter of WeChat on Android. Taro's runtime keeps none.
 */
const FOREIGN_PREFIXES = Object.freeze([
  '__DC_', 'UNI_LOCALE', 'uni-', 'uni_', 'dcloud-', 'dcloud_', 'aldstat_', 'ald_ifo', 'sensorsdata2015_',
  'sensors_mp_', '@@@TOTAL@DATA@SIZE@@@'
])

/**
 * WeChat keeps 1 MB under a key and 10 MB in all. Android counts units of UTF-16 (1,048,576 with the key,
 * and the sum must stay below 10,485,760); how iOS counts nobody says, at worst bytes of UTF-8 and decimal
 * megabytes. The core counts UTF-8, which is never less than UTF-16, so that one percent below the decimal
 * megabytes is inside both, with room for what clients add to an entry. QQ documents the same; of the others
 * only the 10 MB in all are known.
 */
const LIKE_WECHAT = Object.freeze({ entryBytes: 990_000, totalBytes: 9_900_000 })

/**
 * @param {string} name
 * @param {string} global
 * @param {Partial<Facts>} [more]
 * @returns {Readonly<Facts>}
 */
const facts = (name, global, more) => Object.freeze(
  Object.assign({ name, global, limits: LIKE_WECHAT, foreignPrefixes: FOREIGN_PREFIXES }, more))

export const WECHAT = facts('wechat', 'wx')
export const QQ = facts('qq', 'qq')
/** Everything goes when the person logs out of Baidu; that is told as a wipe. */
export const BAIDU = facts('baidu', 'swan')
export const KUAISHOU = facts('kuaishou', 'ks')
/**
 * Douyin counts what is overwritten until it is gone: a write needs room for the whole new entry. So the
 * room is told an entry smaller, and what fits into it can be overwritten, too.
 */
export const DOUYIN = facts('douyin', 'tt', { limits: { entryBytes: 990_000, totalBytes: 8_900_000 } })
/**
 * Alipay keeps 200 KB under a key, counted after it has turned the value into text, where a quotation mark
 * takes two; and 10 MB in all.
 */
export const ALIPAY = facts('alipay', 'my',
  { words: 'my', limits: { entryBytes: 100_000, totalBytes: 9_900_000 } })
/** What is beneath, the framework decides: an app, or a web page whose other tabs write, too. */
const BENEATH = { limits: { entryBytes: 990_000, totalBytes: 4_900_000 }, exclusive: false }
export const UNI = facts('uni-app', 'uni', BENEATH)
export const TARO = facts('taro', 'Taro', BENEATH)

/** Above this a `limitSize` cannot be KB: some containers tell bytes. */
const KILOBYTES_MOST = 1_000_000

const ENTROPY_BYTES = 32

/**
 * @param {unknown} mini
 * @param {string} name What it is called.
 * @param {readonly string[]} verbs What it must have.
 */
export function checkGlobal(mini, name, verbs) {
  const found = Object(mini)
  const missing = verbs.filter(verb => typeof found[verb] !== 'function')
  if (found !== mini || missing.length > 0) {
    const what = missing.length > 0 && found === mini ? `one without ${missing.join(', ')}` : String(mini)
    throw new StorageError('INVALID_OPTION',
      `expected the global \`${name}\` of a mini-program, got ${what}`)
  }
}

/**
 * Where random numbers come from, if the place gives any; undefined, and `open` says that it needs `entropy`.
 * @param {Mini} mini
 * @returns {(() => Promise<Uint8Array>) | undefined}
 */
export function entropyOf(mini) {
  /** @type {(() => any)[]} */
  const sources = []
  if (typeof mini.getRandomValues === 'function') sources.push(() => mini)
  if (typeof mini.getUserCryptoManager === 'function') sources.push(() => mini.getUserCryptoManager())
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
 * What is told is advisory: KB are of 1000 on Android and of 1024 elsewhere, rounded up, and some
 * containers tell bytes. The larger reading counts for what is used, the smaller one for the limit.
 * @param {{ currentSize: number, limitSize: number }} told
 * @param {Facts['limits']} limits
 * @returns {import('./host.js').Room}
 */
export function roomOf({ currentSize, limitSize }, { totalBytes }) {
  if (!(currentSize >= 0 && limitSize > 0)) return { usedBytes: undefined, limitBytes: undefined }
  const isKilobytes = limitSize <= KILOBYTES_MOST
  const limitBytes = Math.min(isKilobytes ? limitSize * 1000 : limitSize, totalBytes)
  return { usedBytes: isKilobytes ? currentSize * 1024 : currentSize, limitBytes }
}
