// @ts-check
/**
 * Steps on Node's file system, written once and run in two ways: at once, or by Promise. Here live
 * the two runners and the meaning of the system's errors; what steps are for is not known here.
 */

import { StorageError } from '../errors.js'
import { fault } from './host.js'

/**
 * A question to `node:fs`: the name of a function without its `Sync`, and its arguments.
 * @typedef {[name: 'open' | 'close' | 'read' | 'readFile' | 'writeFile' | 'fsync' | 'rename' | 'unlink' |
 *   'mkdir' | 'lstat' | 'readdir', ...args: unknown[]]} Call
 */

/**
 * Steps yield calls, or several steps that do not need each other and may run abreast.
 * @template [T=void]
 * @typedef {Generator<Call | Steps<any>[], T, any>} Steps
 */

// Enough for the disk to join its syncs, and far below the limit of open files.
const STEPS_ABREAST_MAX = 16

/**
 * @typedef {{
 *   'node:fs': typeof import('node:fs'),
 *   'node:path': typeof import('node:path'),
 *   'node:crypto': typeof import('node:crypto'),
 *   'node:url': typeof import('node:url'),
 *   'node:module': typeof import('node:module'),
 * }} Builtins
 */

/**
 * A module of Node. It is asked for at run time, so that a bundle for a browser, which never calls
 * this, names no module that a browser lacks.
 * @template {keyof Builtins} Name
 * @param {Name} name
 * @returns {Builtins[Name]}
 */
export function builtin(name) {
  if (isNode() && typeof process.getBuiltinModule === 'function') return process.getBuiltinModule(name)
  throw new StorageError('UNSUPPORTED', 'the folder host needs Node 20.19 or newer; pass another host')
}

/** Whether this is Node, or speaks as Node does. */
export function isNode() {
  return typeof process === 'object' && typeof Object(process.versions).node === 'string'
}

/**
 * Runs steps to their end at once.
 * @type {<T>(steps: Steps<T>) => T}
 */
export function runNow(steps) {
  const fs = /** @type {Record<string, any>} */ (builtin('node:fs'))
  let turn = steps.next()
  while (!turn.done) {
    const ask = turn.value
    // An error of the steps themselves ends them, and `throw` then passes it on.
    try {
      turn = steps.next(isCall(ask) ? fs[`${ask[0]}Sync`](...ask.slice(1)) : ask.map(runNow))
    } catch (error) {
      turn = steps.throw(error)
    }
  }
  return turn.value
}

/**
 * Runs steps to their end, waiting for each answer.
 * @type {<T>(steps: Steps<T>) => Promise<T>}
 */
export async function runLater(steps) {
  let turn = steps.next()
  while (!turn.done) {
    const ask = turn.value
    try {
      turn = steps.next(await (isCall(ask) ? callLater(ask) : runAbreast(ask)))
    } catch (error) {
      turn = steps.throw(error)
    }
  }
  return turn.value
}

/**
 * The fault for what a file system threw.
 * @type {(error: unknown, dir: string) => Error}
 */
export function refusalOf(error, dir) {
  const { code, syscall, fault: known } = /** @type {Record<string, string | undefined>} */ (Object(error))
  if (known !== undefined || code === undefined) return /** @type {Error} */ (error)
  const where = `${code}${syscall === undefined ? '' : ` at ${syscall}`}`
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fault('QUOTA_EXCEEDED', `the disk that holds ${dir} is full (${where}); free some space`, error)
  }
  return fault('HOST_FAILED', `the disk refused (${where}); check that ${dir} can be read and written`, error)
}

/**
 * The code of a system error, such as 'ENOENT'.
 * @type {(error: unknown) => string}
 */
export function codeOf(error) {
  return String(Object(error).code)
}

/** @type {(ask: Call | Steps<any>[]) => ask is Call} */
function isCall(ask) {
  return typeof ask[0] === 'string'
}

/** @type {(call: Call) => Promise<any>} */
function callLater([name, ...args]) {
  const fs = /** @type {Record<string, any>} */ (builtin('node:fs'))
  return new Promise((resolve, reject) => {
    fs[name](...args, /** @type {(error: unknown, answer: any) => void} */ ((error, answer) => {
      if (error) reject(error)
      else resolve(answer)
    }))
  })
}

/** @type {(all: Steps<any>[]) => Promise<any[]>} */
async function runAbreast(all) {
  const answers = []
  for (let start = 0; start < all.length; start += STEPS_ABREAST_MAX) {
    // All of a row end before its first error is told: nothing is still running behind the answer.
    for (const end of await Promise.allSettled(all.slice(start, start + STEPS_ABREAST_MAX).map(runLater))) {
      if (end.status === 'rejected') throw end.reason
      answers.push(end.value)
    }
  }
  return answers
}
