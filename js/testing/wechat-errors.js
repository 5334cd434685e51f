// @ts-check
/**
 * How WeChat says no: the texts and numbers by personality and version. When it says so is not decided here.
 */

import { utf16Units, utf8Bytes } from './wechat-values.js'

/**
 * Why a call is refused.
 * @typedef {'quota' | 'entry' | 'io' | 'key' | 'missing' | 'parameter' | 'thrown' | 'length'} Reason
 */

/**
 * What makes one kind of client differ from another.
 * @typedef {object} Personality
 * @property {(text: string) => number} measure
 * @property {number} entryLimit The most that a key and its text may measure together.
 * @property {number} totalLimit What the sum must stay below.
 * @property {number} kilobyte How many of them are one KB in getStorageInfo.
 * @property {number} limitSize What getStorageInfo says of the limit, in KB.
 * @property {boolean} namesSync Whether a refused `setStorageSync` calls itself so, or `setStorage`.
 * @property {string} colon What stands between `fail` and the reason.
 * @property {Readonly<Partial<Record<Reason, string>>>} texts
 * @property {boolean} [chargesWhole] Whether an overwritten record is charged in full, not its growth.
 * @property {boolean} [measuresValue] Whether the limit of an entry is that of its text alone.
 * @property {RegExp} [hides] The keys that no listing shows.
 * @property {RegExp} [lacks] The calls that it has not.
 */

const SHARED = { missing: 'data not found', length: 'invalid length' }
/** What only WeChat has. */
const LACKS_MOST = /^batch|UserCryptoManager|RandomValues|NetworkWeakChange/

/** Of these only the 10 MB in all are documented. @type {Personality} */
const LITTLE_KNOWN = {
  measure: utf8Bytes, entryLimit: 10_485_760, totalLimit: 10_485_760, kilobyte: 1024, limitSize: 10_240,
  namesSync: false, colon: ' ', lacks: LACKS_MOST,
  texts: { ...SHARED, quota: 'exceed storage max size', entry: 'exceed storage item max length',
    io: 'internal error', key: 'invalid key' },
}

/** @typedef {'android' | 'ios' | 'devtools' | 'douyin' | 'qq' | 'baidu' | 'kuaishou'} Client */

/**
 * The clients: WeChat's, and those whose calls are alike. Of iOS neither the unit nor the texts are
 * documented: it counts the most that could be (bytes of UTF-8, decimal megabytes) while it shows what most
 * examples show.
 * @type {Readonly<Record<Client, Personality>>}
 */
export const PERSONALITIES = Object.freeze({
  android: {
    measure: utf16Units, entryLimit: 1_048_576, totalLimit: 10_485_760, kilobyte: 1000, limitSize: 10_486,
    namesSync: true, colon: ':',
    texts: { ...SHARED, quota: 'quota reached', entry: 'entry size limit reached',
      io: 'internal error set DB data fail', key: 'invalid key' },
  },
  ios: {
    measure: utf8Bytes, entryLimit: 1_000_000, totalLimit: 10_000_000, kilobyte: 1024, limitSize: 10_240,
    namesSync: false, colon: ' ',
    texts: { ...SHARED, quota: 'exceed storage max size', entry: 'entry size limit reached',
      io: 'internal error', key: 'invalid key' },
  },
  devtools: {
    measure: utf16Units, entryLimit: 1_048_576, totalLimit: 10_485_760, kilobyte: 1024, limitSize: 10_240,
    namesSync: true, colon: ' ',
    texts: { ...SHARED, quota: 'exceed storage max size', entry: 'entry size limit reached',
      io: 'write DB data fail', key: 'invalid key' },
  },
  douyin: {
    measure: utf8Bytes, entryLimit: 1_048_576, totalLimit: 10_485_760, kilobyte: 1024, limitSize: 10_240,
    namesSync: false, colon: ' ', chargesWhole: true, measuresValue: true, hides: /__type__$/,
    lacks: /^batch|UserCryptoManager|NetworkWeakChange/,
    texts: { ...SHARED, quota: 'exceed storage max size 10Mb', entry: 'exceed storage item max length',
      io: 'internal error', key: 'invalid key' },
  },
  qq: {
    measure: utf16Units, entryLimit: 1_048_576, totalLimit: 10_485_760, kilobyte: 1024, limitSize: 10_240,
    namesSync: false, colon: ' ', lacks: LACKS_MOST,
    texts: { ...SHARED, quota: 'exceed storage max size', entry: 'entry size limit reached',
      io: 'internal error', key: 'invalid key' },
  },
  baidu: LITTLE_KNOWN,
  kuaishou: LITTLE_KNOWN,
})

/** A refusal on its way from the disk to the caller. */
export class Refusal extends Error {
  /** @param {Reason} reason @param {string} [detail] */
  constructor(reason, detail = '') {
    super(reason)
    this.reason = reason
    this.detail = detail
  }
}

/**
 * What the caller is told.
 * @param {Personality} personality
 * @param {string} api The name that was called, with `Sync` if it has it.
 * @param {Refusal} refusal
 * @param {boolean} hasErrno Whether the base library is of 2.24.0 or later.
 * @returns {{ errMsg: string, errno?: number }}
 */
export function toldOf(personality, api, { reason, detail }, hasErrno) {
  const name = personality.namesSync ? api : api.replace(/Sync$/, '')
  if (reason === 'parameter' || reason === 'thrown') return { errMsg: `${name}:fail ${detail}` }
  // Clients from before errno had another text for an empty key.
  const text = reason === 'key' && !hasErrno ? 'key is empty' : personality.texts[reason] ?? reason
  const errMsg = `${name}:fail${personality.colon}${text}`
  return reason === 'key' && hasErrno ? { errMsg, errno: 800_003 } : { errMsg }
}
