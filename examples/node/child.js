// @ts-check
/** The parent's side of a second process: starts it, hears its first line, kills it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('kill-child.js', import.meta.url))
const PATIENCE_MS = 30_000

/**
 * Starts the second process and waits for the first line that it tells.
 * @param {string} dir
 * @param {'commit' | 'open'} job
 * @param {import('./stop-at.js').Stop} [stop]
 * @returns {Promise<{ line: string, kill: () => Promise<string | null> }>} `kill` ends it with SIGKILL and
 *   returns the signal that it died of, `null` if it had ended by itself.
 */
export async function startChild(dir, job, stop) {
  const args = stop === undefined ? [dir, job] : [dir, job, JSON.stringify(stop)]
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
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
