// @ts-check
/** JavaScriptCore, the engine of iOS, as a shell: where it lies and how a script is run in it. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const NEAR = [process.env.JSC ?? '/usr/bin/jsc', '/usr/local/bin/jsc',
  // macOS has it, but in no PATH.
  '/System/Library/Frameworks/JavaScriptCore.framework/Versions/Current/Helpers/jsc']

/**
 * Runs a script.
 * @param {string} script
 * @param {string[]} [flags]
 * @returns {Promise<string>} What it printed.
 */
export async function runInJsc(script, flags = []) {
  const shell = NEAR.find(file => existsSync(file))
  assert.ok(shell, 'jsc is missing: run scripts/setup.sh --tests, or set JSC to the shell of JavaScriptCore')
  const folder = mkdtempSync(path.join(tmpdir(), 'ministash-jsc-'))
  try {
    const file = path.join(folder, 'script.js')
    writeFileSync(file, script)
    return await new Promise((resolve, reject) => {
      execFile(shell, [...flags, file], { timeout: 240_000, maxBuffer: 1e8 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`jsc ended badly: ${error.message}\n${stdout}\n${stderr}`))
        else resolve(stdout)
      })
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
