// @ts-check
/**
 * A claim on a folder: which process makes it, and whether that process is still alive.
 *
 * A process id is given again to others, soon after its process ended and surely after a restart of
 * the system, and means another process in each container. What tells them apart is noted with it
 * where the system shows it (Linux does); elsewhere the id alone must do, and errs towards alive.
 */

import { builtin, codeOf } from './node-steps.js'

/**
 * @typedef {object} Claim
 * @property {number} pid The process id; 0 if the claim is spoilt.
 * @property {string} start When the process began, in ticks of its system; '' if unknown.
 * @property {string} boot The run of the system it belongs to; '' if unknown.
 * @property {string} space The container (pid namespace) that its id has meaning in; '' if unknown.
 * @property {string} token What no other claim has, nor ever had.
 * @property {number} [writtenAt] Of a spoilt claim, when its file was last changed.
 */

/** What a token looks like. */
export const TOKEN = /^[0-9a-f-]{8,64}$/
// For so long a claim that cannot be read may be one that is just being written.
const WRITING_MS = 5000

/**
 * A new claim of this process, and so of any thread of it.
 * @returns {Claim}
 */
export function newClaim() {
  const { pid } = process
  const token = builtin('node:crypto').randomBytes(16).toString('hex')
  return { pid, start: statOf(pid)?.start ?? '', boot: bootHere(), space: spaceHere(), token }
}

/**
 * Reads a claim; `undefined` if there is no such file.
 * @type {(path: string) => Claim | undefined}
 */
export function readClaim(path) {
  const { readFileSync, statSync } = builtin('node:fs')
  try {
    return parseClaim(readFileSync(path, 'utf8')) ?? spoiltClaim(statSync(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Whether the process of a claim may still be writing. What cannot be known counts as yes: a lock
 * kept in error can be removed by hand, a lock broken in error destroys data.
 * @type {(claim: Claim) => boolean}
 */
export function mayWrite({ pid, start, boot, space, writtenAt }) {
  if (writtenAt !== undefined) return Math.abs(Date.now() - writtenAt) < WRITING_MS
  if (boot !== '' && bootHere() !== '' && boot !== bootHere()) return false
  if (space !== spaceHere()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    return codeOf(error) !== 'ESRCH'
  }
  const seen = statOf(pid)
  if (seen === undefined) return true
  // A zombie has closed its files and waits only for its parent to notice.
  return !['Z', 'X'].includes(seen.state) && (start === '' || start === seen.start)
}

/** @type {(text: string) => Claim | undefined} */
function parseClaim(text) {
  try {
    const { pid, start, boot, space, token } = JSON.parse(text)
    const isWhole = [start, boot, space].every(part => typeof part === 'string') && TOKEN.test(token)
    return isWhole && Number.isSafeInteger(pid) && pid > 0 ? { pid, start, boot, space, token } : undefined
  } catch {
    return undefined
  }
}

/**
 * What stands for a claim that a power cut or a hand has spoilt, or that is just being written.
 * @type {(file: { ino: number, mtimeMs: number }) => Claim}
 */
function spoiltClaim({ ino, mtimeMs }) {
  const token = `${ino}-${Math.floor(mtimeMs)}`
  return { pid: 0, start: '', boot: '', space: '', token, writtenAt: mtimeMs }
}

/** @type {(pid: number) => { state: string, start: string } | undefined} */
function statOf(pid) {
  const text = look(`/proc/${pid}/stat`)
  if (text === '') return undefined
  // The name of the program, in parentheses, may hold spaces and parentheses of its own (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', start: fields[19] ?? '' }
}

/** @type {(path: string) => string} */
function look(path) {
  try {
    return builtin('node:fs').readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** @type {() => string} */
function bootHere() {
  return look('/proc/sys/kernel/random/boot_id')
}

/** @type {() => string} */
function spaceHere() {
  try {
    return builtin('node:fs').readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
