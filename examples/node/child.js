// @ts-check
/** The parent's side of a second process: starts it, hears its first line, kills it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const KILL_CHILD = fileURLToPath(new URL('kill-child.js', import.meta.url))
const UPLOAD_CHILD = fileURLToPath(new URL('upload-child.js', import.meta.url))
const PATIENCE_MS = 30_000

/**
 * A second process: the first line that it told; `kill` ends it with SIGKILL and returns the signal that it
 * died of, `null` if it had ended by itself.
 * @typedef {{ line: string, kill: () => Promise<string | null> }} Child
 */

/**
 * Starts the second process that commits or opens.
 * @param {string} dir
 * @param {'commit' | 'open'} job
 * @param {import('./stop-at.js').Stop} [stop]
 */
export function startChild(dir, job, stop) {
  return start(KILL_CHILD, stop === undefined ? [dir, job] : [dir, job, JSON.stringify(stop)])
}

/**
 * Starts the second process that uploads.
 * @param {string} folder
 * @param {string} url
 */
export function startUploads(folder, url) {
  return start(UPLOAD_CHILD, [folder, url])
}

/**
 * Starts a second process and waits for the first line that it tells.
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<Child>}
 */
async function start(script, args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  // Should the demo end early, nobody is left behind.
  const kill = () => { child.kill('SIGKILL') }
  process.once('exit', kill)
  const patience = setTimeout(kill, PATIENCE_MS)
  const gone = once(child, 'close').finally(() => {
    process.off('exit', kill)
    clearTimeout(patience)
  })
  let told = ''
  child.stdout.setEncoding('utf8')
  const line = new Promise(resolve => {
    child.stdout.on('data', text => {
      told += text
      if (told.includes('\n')) resolve(told)
    })
  })
  await Promise.race([line, gone])
  return {
    line: told.trim(),
    kill: async () => {
      kill()
      return (await gone)[1]
    },
  }
}
