// @ts-check
/**
 * One writer at a time in a folder, whoever dies and whenever.
 *
 * The file `lock` names its owner in a claim. A claim is never edited: whoever finds its owner dead
 * puts the next claim behind it, in the file `lock.<token of the dead claim>`, which only one can
 * create, and owns the folder if the chain of claims, walked again from `lock`, ends with its own.
 * The end then replaces `lock`, and the chain is short again.
 *
 * Invariant: a token stands in `lock` once in all time, so a file that hangs behind a token no longer
 * there is out of every chain for ever, and anyone may remove it at any time.
 * Invariant: only the living owner renames onto `lock` or removes it.
 *
 * A folder belongs to the processes of one machine: an owner on another one cannot be seen.
 */

import { fault } from './host.js'
import { mayWrite, newClaim, readClaim, TOKEN } from './node-claim.js'
import { leftoverName } from './node-files.js'
import { builtin, codeOf } from './node-steps.js'

/** @import { Claim } from './node-claim.js' */

const ATTEMPTS_MAX = 100
const CHAIN_MAX = 1000

/**
 * Takes the lock of a folder and returns what gives it back; throws BUSY with the owner's process id.
 * These are a few calls on tiny files, made at once even for a deferred host.
 * @param {string} dir
 * @returns {() => void}
 */
export function takeLock(dir) {
  const root = pathOf(dir)
  const mine = newClaim()
  let placed = ''
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const end = endOfChain(dir)
      if (end !== undefined && end.claim.token === mine.token) {
        if (end.path !== root) builtin('node:fs').renameSync(end.path, root)
        placed = root
        sweep(dir)
        placed = ''
        return () => { if (readClaim(root)?.token === mine.token) remove(root) }
      }
      // Another was quicker, and what was placed hangs behind nothing.
      if (placed !== '') remove(placed)
      placed = ''
      if (end !== undefined && mayWrite(end.claim)) throw busy(dir, end.claim.pid)
      const next = end === undefined ? root : pathOf(dir, end.claim.token)
      if (create(dir, next, mine)) placed = next
    }
    throw busy(dir, 0)
  } finally {
    // A claim left behind without an owner would keep everybody out for as long as this process lives.
    if (placed !== '') remove(placed)
  }
}

/** @type {(dir: string) => { path: string, claim: Claim } | undefined} */
function endOfChain(dir) {
  let end
  let path = pathOf(dir)
  for (let length = 0; length < CHAIN_MAX; length++) {
    const claim = readClaim(path)
    if (claim === undefined) break
    end = { path, claim }
    path = pathOf(dir, claim.token)
  }
  return end
}

/**
 * Creates the file of a claim, complete from its first moment; false if another file is there.
 * @type {(dir: string, path: string, claim: Claim) => boolean}
 */
function create(dir, path, claim) {
  const { linkSync, writeFileSync } = builtin('node:fs')
  const temp = builtin('node:path').join(dir, leftoverName())
  const text = JSON.stringify(claim)
  try {
    writeFileSync(temp, text, { flag: 'wx', mode: 0o600 })
    try {
      linkSync(temp, path)
    } catch (error) {
      if (isLostRace(error)) return false
      // Some disks know no links, each with an error of its own. There a claim is empty for a moment.
      writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
    }
    return true
  } catch (error) {
    if (isLostRace(error)) return false
    throw error
  } finally {
    remove(temp)
  }
}

/** @type {(error: unknown) => boolean} */
function isLostRace(error) {
  // ENOENT: a new owner has swept the folder, and our unfinished file with it.
  return codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT'
}

/** @type {(dir: string) => void} */
function sweep(dir) {
  for (const name of builtin('node:fs').readdirSync(dir)) {
    if (name.startsWith('lock.') && TOKEN.test(name.slice(5))) remove(pathOf(dir, name.slice(5)))
  }
}

/** @type {(dir: string, token?: string) => string} */
function pathOf(dir, token) {
  return builtin('node:path').join(dir, token === undefined ? 'lock' : `lock.${token}`)
}

/** @type {(path: string) => void} */
function remove(path) {
  try { builtin('node:fs').unlinkSync(path) } catch { /* Nothing removed here does harm if it stays. */ }
}

/** @type {(dir: string, pid: number) => Error} */
function busy(dir, pid) {
  const who = pid === 0 ? 'another process' : `the process ${pid}`
  return fault('BUSY', `${dir} is in use by ${who}; close it there, or remove its \`lock\` if that is gone`)
}
