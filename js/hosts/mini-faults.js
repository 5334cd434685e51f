// @ts-check
/**
 * How WeChat and its relatives say no, as faults. The texts differ by client, version and call, and the
 * numbers are not always there, so both are looked at. Nothing is asked here.
 */

import { fault } from './host.js'

/** @import { FaultCode } from './host.js' */

/** Android says "quota reached"; "exceed storage max size" comes from other clients; the rest from files. */
const NO_ROOM = new RegExp('quota reached|exceed storage max size|storage limit is \\d+ ?MB|'
  + 'file storage limit is exceeded|saved file size limit exceeded', 'i')
const TOO_LARGE = /entry size limit reached|exceed storage item max length/i
/** DingTalk's mini-programs say it in Chinese. */
const MISSING = /data not found|查无此key/i

/**
 * The numbers: WeChat's files 1300202, Douyin's files 21103, Alipay's storage 12 and 14, its files 10028.
 * @type {Readonly<Record<number, FaultCode>>}
 */
const CODES = {
  1300202: 'QUOTA_EXCEEDED', 21103: 'QUOTA_EXCEEDED', 12: 'QUOTA_EXCEEDED', 10028: 'QUOTA_EXCEEDED',
  14: 'VALUE_TOO_LARGE'
}
/** What says that there is no such file: WeChat's text and number, Douyin's, Alipay's. */
const NO_FILE = /no such file|not exist|不存在/i
const NO_FILE_CODES = Object.freeze([1300002, 21102, 10022])

/** @type {Readonly<Record<FaultCode, string>>} */
const WORDS = {
  QUOTA_EXCEEDED: 'the mini-program has no room left; remove something',
  VALUE_TOO_LARGE: 'one entry is larger than a mini-program may keep',
  BUSY: 'the storage is in other hands; try again',
  HOST_FAILED: 'the storage call failed; try again'
}

/**
 * Turns what a call threw, or called `fail` with, into a fault.
 * @param {unknown} refusal
 * @returns {Error & { fault: FaultCode }}
 */
export function faultOf(refusal) {
  const code = codeOf(refusal)
  return fault(code, `${WORDS[code]} (${textOf(refusal)})`, refusal)
}

/**
 * Whether a refusal only says that there is nothing under the key.
 * @param {unknown} refusal
 */
export function isMissing(refusal) {
  return MISSING.test(textOf(refusal))
}

/**
 * Whether a refusal only says that there is no such file.
 * @param {unknown} refusal
 */
export function isMissingFile(refusal) {
  return NO_FILE.test(textOf(refusal)) || numbersOf(refusal).some(number => NO_FILE_CODES.includes(number))
}

/** @type {(refusal: unknown) => FaultCode} */
function codeOf(refusal) {
  const text = textOf(refusal)
  if (NO_ROOM.test(text)) return 'QUOTA_EXCEEDED'
  if (TOO_LARGE.test(text)) return 'VALUE_TOO_LARGE'
  for (const number of numbersOf(refusal)) {
    const code = CODES[number]
    if (code !== undefined) return code
  }
  return 'HOST_FAILED'
}

/** @type {(refusal: unknown) => number[]} */
function numbersOf(refusal) {
  const { errno, errNo, errCode, error } = Object(refusal)
  return [errno, errNo, errCode, error].filter(number => typeof number === 'number')
}

/** @type {(refusal: unknown) => string} */
function textOf(refusal) {
  const { errMsg, message, errorMessage } = Object(refusal)
  return String(errMsg || message || errorMessage || refusal)
}
