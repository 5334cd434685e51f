// @ts-check
/** QuickJS, an engine that only interprets, compiled to WebAssembly: how a script is run in it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('quickjs-child.js', import.meta.url))
/** Values of a thousand levels are read by recursion, and QuickJS runs on the stack of Node. */
const STACK_KB = 7000

/**
 * Runs a script.
 * @param {string} script
 * @returns {Promise<string>} What it printed.
 */
export async function runInQuickjs(script) {
  const child = spawn(process.execPath, [`--stack-size=${STACK_KB}`, CHILD], {
    stdio: ['pipe', 'pipe', 'inherit'], timeout: 240_000,
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => { said += text })
  child.stdin.end(script)
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`QuickJS ended with ${code ?? signal}: ${said.slice(0, 2000)}`)
  return said
}
