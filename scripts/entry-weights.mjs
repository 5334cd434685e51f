// What each entry of the package weighs when all of it is imported: its script, minified with what it
// imports, and the core that is loaded beside it. For scripts/pack.mjs, which prints it, and
// scripts/docs-size.mjs.
// @ts-check
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sizesOf } from './shell-weight.mjs'

/** @import { Sizes } from './shell-weight.mjs' */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * @typedef {object} Entry
 * @property {string} name What users import.
 * @property {string} script The file of js/.
 * @property {string} [core] The module of js/core/ that is loaded beside it.
 */

/** @type {readonly Entry[]} */
export const ENTRIES = Object.freeze([
  { name: 'ministash', script: 'index.js', core: 'core_bg.wasm' },
  { name: 'ministash/storage', script: 'storage.js', core: 'storage_bg.wasm' },
  { name: 'ministash/inline', script: 'inline.js' },
  { name: 'ministash/storage/inline', script: 'storage-inline.js' },
  { name: 'ministash/plain', script: 'plain.js' },
  { name: 'ministash/storage/plain', script: 'storage-plain.js' },
  { name: 'ministash/keyv', script: 'keyv.js' },
  { name: 'ministash/web-storage', script: 'web-storage.js' },
  { name: 'ministash/testing', script: 'testing.js' },
])

/** @param {string} name @returns {Sizes} Of a file of js/core/. */
const coreSizes = (name) => sizesOf(readFileSync(path.join(root, 'js', 'core', name)))

/** @param {string} script A file of js/. @returns {Promise<Sizes>} */
async function scriptSizes(script) {
  const { outputFiles: [output] } = await build({
    entryPoints: [path.join(root, 'js', script)], bundle: true, write: false, minify: true, format: 'esm',
    platform: 'node', legalComments: 'none', logLevel: 'warning', absWorkingDir: root,
  })
  if (output === undefined) throw new Error(`esbuild made nothing of ${script}`)
  return sizesOf(output.contents)
}

/** @param {Sizes} one @param {Sizes} other @returns {Sizes} Of two files, each compressed by itself. */
const sum = (one, other) =>
  ({ raw: one.raw + other.raw, gzip: one.gzip + other.gzip, brotli: one.brotli + other.brotli })

/**
 * Of every entry, what is loaded in all, and what of it is the script and the core.
 * @returns {Promise<(Entry & { all: Sizes, ofScript: Sizes, ofCore: Sizes | undefined })[]>}
 */
export function weighEntries() {
  return Promise.all(ENTRIES.map(async (entry) => {
    const ofScript = await scriptSizes(entry.script)
    const ofCore = entry.core === undefined ? undefined : coreSizes(entry.core)
    return { ...entry, all: ofCore === undefined ? ofScript : sum(ofScript, ofCore), ofScript, ofCore }
  }))
}

/** What the build prints. */
export async function tableOfWeights() {
  const row = (/** @type {string} */ name, /** @type {Sizes} */ { raw, gzip, brotli }) =>
    name.padEnd(34) + [raw, gzip, brotli].map((cell) => cell.toLocaleString('en').padStart(10)).join('')
  const lines = (await weighEntries()).flatMap(({ name, all, ofScript, ofCore }) => [
    row(name, all),
    ...ofCore === undefined ? [] : [row('  of it WebAssembly', ofCore), row('  of it script', ofScript)],
  ])
  const head = ['raw', 'gzip', 'brotli'].map((word) => word.padStart(10)).join('')
  return [
    'bytes, all of an entry, minified'.padEnd(34) + head,
    ...lines,
    row('core of Node, for speed', coreSizes('core_fast.wasm')),
    row('the same with storage alone', coreSizes('storage_fast.wasm')),
  ].join('\n')
}
