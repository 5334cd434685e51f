// Runs host-child.js in processes of its own, and what both sides must agree on.
// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('./host-child.js', import.meta.url))

/**
 * Starts host-child.js in a role. It is killed with the test at the latest.
 * @param {{ after(act: () => unknown): void }} test
 * @param {string} role
 * @param {...string} args
 */
export function startChild(test, role, ...args) {
  return startProgram(test, CHILD, role, ...args)
}

/**
 * Starts a program of the tests as a child, which is killed with the test at the latest.
 * @param {{ after(act: () => unknown): void }} test
 * @param {string} program
 * @param {...string} args
 */
export function startProgram(test, program, ...args) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const gone = once(child, 'close')
  test.after(() => child.kill('SIGKILL'))
  return {
    pid: child.pid ?? 0,
    /** The next line it tells; `undefined` when it has ended. @returns {Promise<string | undefined>} */
    line: async () => (await lines.next()).value,
    /** @param {string} text */
    send: text => { child.stdin.write(`${text}\n`) },
    /** Kills it in the middle of whatever it does, and waits until it is gone. */
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    /** Waits for its own end. @returns {Promise<string | null>} the signal that ended it, if one did */
    end: async () => {
      child.stdin.end()
      return (await gone)[1]
    },
  }
}

/**
 * The id of a process that is no more.
 * @returns {Promise<number>}
 */
export async function deadPid() {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'close')
  return child.pid ?? 0
}

/**
 * Makes the claim on a folder that of a process that is no more, in one step as a death is.
 * @param {string} folder
 * @param {number} pid
 */
export function playDead(folder, pid) {
  const path = join(folder, 'lock')
  const claim = JSON.parse(fs.readFileSync(path, 'utf8'))
  const temp = join(folder, `dying-${process.pid}`)
  fs.writeFileSync(temp, JSON.stringify({ ...claim, pid, start: '1' }))
  fs.renameSync(temp, path)
}

/**
 * The content of a record in the tests of kills: it says of itself whether it is whole.
 * @param {string} key
 * @param {number} number
 */
export function wholeData(key, number) {
  const body = `${key} ${number} `.repeat(1 + (number * 37) % 400)
  return new TextEncoder().encode(`${number}|${body.length}|${body}`)
}

/**
 * The number of a whole record; throws if the record is not one that was written.
 * @param {string} key
 * @param {unknown} data
 */
export function numberOf(key, data) {
  const text = new TextDecoder().decode(/** @type {Uint8Array} */ (data))
  const number = Number(text.slice(0, text.indexOf('|')))
  if (text !== new TextDecoder().decode(wholeData(key, number))) throw new Error(`${key} holds a torn record`)
  return number
}
