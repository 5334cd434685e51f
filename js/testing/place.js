// @ts-check
/** What the doubles need of the place where tests run: Node or a browser, with a runner of tests. */

/* global crypto, setImmediate -- the latter of Node */
/* eslint-disable no-restricted-globals -- nothing here runs where an app runs */

/**
 * Calls back in a later turn of the event loop.
 * @param {() => void} act
 */
export function later(act) {
  if (typeof setImmediate === 'function') setImmediate(act)
  else setTimeout(act, 0)
}

const DRAWN_AT_ONCE = 65_536

/** @param {number} length @returns {Uint8Array<ArrayBuffer>} By chance. */
export function randomBytes(length) {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += DRAWN_AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(at, at + DRAWN_AT_ONCE))
  }
  return bytes
}
