// @ts-check
/** What the suites and the double use of Node, where there is none; the bundle has it in place of Node's. */

import { utf8Bytes } from './utf8-bytes.js'
import { harness } from './wechat-built.js'

export const setImmediate = harness.later
export const Buffer = { byteLength: utf8Bytes }
export const process = { env: {} }

/** Copies the JSON that the suites copy. @param {any} value */
export const structuredClone = value =>
  value instanceof Uint8Array ? value.slice() : JSON.parse(JSON.stringify(value))

/** Numbers of no secrecy: for tests. */
export const crypto = {
  /** @param {Uint8Array} bytes */
  getRandomValues(bytes) {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.random() * 256
    return bytes
  },
}

export { crypto as webcrypto }
