// @ts-check
/** Lets this process die before one of its calls that change or sync a disk. */

import fs from 'node:fs'

const NAMES = ['open', 'writeFile', 'fsync', 'close', 'rename', 'unlink', 'link', 'mkdir']

/**
 * Lets this process die by SIGKILL before the n-th of its calls from now on, made at once or later; tells
 * how many there were.
 * @param {number} fatal
 * @returns {() => number}
 */
export function dieBefore(fatal) {
  let calls = 0
  const functions = /** @type {Record<string, any>} */ (fs)
  for (const name of NAMES.flatMap(called => [called, `${called}Sync`])) {
    const real = functions[name]
    functions[name] = (/** @type {any[]} */ ...args) => {
      calls += 1
      if (calls === fatal) process.kill(process.pid, 'SIGKILL')
      return real(...args)
    }
  }
  return () => calls
}
