// @ts-check
/** The package as its users have it: packed by npm, and installed in a folder outside the workspace. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderFor } from './host-folder.js'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..')

/**
 * Runs npm, which keeps silent.
 * @param {string[]} words
 * @param {string} cwd
 */
function npm(words, cwd) {
  // npm passes its settings on to scripts, and takes them from there again: here are those of no script.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  execFileSync('npm', [...words, '--silent'], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

/**
 * The tarball of what pkg/ holds now. Test files run in processes of their own; the first one packs.
 * @returns {string} Its path.
 */
export function packed() {
  const stampFile = path.join(root, 'target', 'pkg.stamp')
  assert.ok(existsSync(stampFile), 'the package is not built: run scripts/build.sh')
  const hash = createHash('sha256')
  for (const file of [stampFile, path.join(root, 'pkg', 'package.json')]) hash.update(readFileSync(file))
  const folder = path.join(root, 'target', 'packed', hash.digest('hex').slice(0, 16))
  if (!existsSync(folder)) {
    mkdirSync(path.dirname(folder), { recursive: true })
    const work = mkdtempSync(`${folder}-`)
    npm(['pack', '--pack-destination', work], path.join(root, 'pkg'))
    try {
      renameSync(work, folder)
    } catch {
      // Somebody else was quicker, with the same bytes.
      rmSync(work, { recursive: true })
    }
  }
  const [name] = readdirSync(folder)
  return path.join(folder, name)
}

/**
 * A project with the package installed from its tarball, without a network.
 * @param {{ after(act: () => void): void }} context
 * @param {Record<string, string>} files The sources of the project.
 * @returns {string} Its folder.
 */
export function project(context, files) {
  const folder = folderFor(context)
  const manifest = { name: 'consumer', private: true, type: 'module' }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  npm(['install', packed(), '--offline', '--no-audit', '--no-fund', '--ignore-scripts'], folder)
  return folder
}

/**
 * Runs a script of a project in Node; it must end well.
 * @param {string} folder
 * @param {string} script
 * @returns {any} What it prints, as JSON.
 */
export function runInNode(folder, script) {
  return JSON.parse(execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' }))
}
