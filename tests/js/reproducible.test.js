// The package is the same to the byte wherever it is packed: from the same cores, in two folders whose names
// and depths differ, by the script that packs what is published.
// @ts-check
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderFor } from './support/host-folder.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What packing reads. */
const SOURCES = ['js', 'scripts', 'src/docs/entries.md', 'pkg/package.json', 'package.json',
  'package-lock.json', 'tsconfig.json', 'tsconfig.types.json', 'README.md', 'README.zh-CN.md',
  'LICENSE-MIT', 'LICENSE-APACHE']

/**
 * @param {string} folder
 * @returns {Map<string, string>} The digest of each file of the package packed there.
 */
function packIn(folder) {
  for (const name of SOURCES) cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  mkdirSync(path.join(folder, 'target'))
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  execFileSync(process.execPath, ['scripts/pack.mjs'], { cwd: folder })
  const pkg = path.join(folder, 'pkg')
  const files = readdirSync(pkg, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(({ parentPath, name }) => path.relative(pkg, path.join(parentPath, name))).sort()
  return new Map(files.map(file =>
    [file, createHash('sha256').update(readFileSync(path.join(pkg, file))).digest('hex')]))
}

test('packed in two folders it is the same to the byte', context => {
  const one = path.join(folderFor(context), 'a')
  const other = path.join(folderFor(context), 'deeper', 'another name')
  mkdirSync(one)
  mkdirSync(other, { recursive: true })
  const first = packIn(one)
  assert.ok(first.size > 100, `${first.size} files`)
  assert.deepEqual(packIn(other), first)
})
