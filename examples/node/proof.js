// @ts-check
/**
 * The demo checks itself: whatever it says about the store is a claim, and a claim that does not hold ends
 * the demo with exit code 1.
 */

import { StorageError } from 'ministash'
import { bold, green, say } from './print.js'

/** A claim of the demo that does not hold. */
export class BrokenClaim extends Error {}

let count = 0

/** How many claims held so far. */
export function claimCount() {
  return count
}

/**
 * Says a claim that holds, and ends the demo if it does not.
 * @param {string} text
 * @param {unknown} isTrue
 */
export function claim(text, isTrue) {
  check(text, isTrue)
  say(`${green('✓')} ${text}`)
}

/**
 * Counts a claim that holds without a line of its own, and ends the demo if it does not.
 * @param {string} text
 * @param {unknown} isTrue
 */
export function check(text, isTrue) {
  if (isTrue !== true) throw new BrokenClaim(`this does not hold: ${bold(text)}`)
  count += 1
}

/**
 * Does what must be refused with a code, and returns the refusal.
 * @param {import('ministash').StorageError['code']} code
 * @param {() => unknown} act
 * @returns {StorageError}
 */
export function refused(code, act) {
  try {
    act()
  } catch (error) {
    if (error instanceof StorageError && error.code === code) {
      count += 1
      return error
    }
    throw error
  }
  throw new BrokenClaim(`expected a refusal with ${code}, but nothing was refused`)
}
