// @ts-check
/**
 * Stops this process at one exact system call, for the parent to kill it there. The calls are those of the
 * library on `node:fs`, which it looks up at each call; nothing in the library knows of this.
 */

import fs from 'node:fs'
import { basename } from 'node:path'
import { COUNTRIES, JOURNAL } from './files.js'

/**
 * A place in a commit: the n-th call of a kind on the files of a kind, before it, halfway through, or after.
 * @typedef {object} Stop
 * @property {'writeFile' | 'rename' | 'unlink'} call
 * @property {'journal' | 'country'} file
 * @property {number} nth
 * @property {'before' | 'half' | 'after'} when
 */

/** @param {Stop} stop */
export function stopAt({ call, file, nth, when }) {
  const functions = /** @type {Record<string, any>} */ (fs)
  const real = functions[`${call}Sync`]
  let seen = 0
  functions[`${call}Sync`] = (/** @type {any[]} */ ...args) => {
    if (isAbout(call, file, args)) seen += 1
    if (!isAbout(call, file, args) || seen !== nth) return real(...args)
    if (when === 'half') real(args[0], args[1].subarray(0, args[1].length / 2))
    if (when === 'after') real(...args)
    return standStill()
  }
}

/** @type {(call: Stop['call'], file: Stop['file'], args: any[]) => boolean} */
function isAbout(call, file, args) {
  if (call === 'writeFile') {
    // Written through a descriptor, so its name is not at hand; its first line is the key.
    const key = Buffer.from(args[1]).subarray(0, 32).toString('utf8')
    return key.startsWith(file === 'journal' ? '"~ms~j"\n' : '"~ms~n/countries~')
  }
  const name = basename(String(call === 'rename' ? args[1] : args[0]))
  return file === 'journal' ? name === JOURNAL : name.startsWith(COUNTRIES)
}

/** Tells the parent, and does nothing ever after. @returns {never} */
function standStill() {
  fs.writeSync(1, 'standing still\n')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
