// What each feature adds to storage alone, with brotli: to the core, to its glue and to the shell. Builds a
// core for each, half a minute each, and writes the table into src/docs/entries.md, where the build finds it.
// @ts-check
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sizesOf } from './shell-weight.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const document = path.join(root, 'src', 'docs', 'entries.md')
const TABLE = /<!-- features -->\n\n([^]*)\n\n<!-- \/features -->/

/**
 * @typedef {object} Share
 * @property {string} name
 * @property {string} features Of Cargo, by commas.
 * @property {string} [beyond] Those of another row, which this one needs and does not count.
 * @property {string[]} shell Modules of js/ that it is attached by.
 */

/** @type {readonly Share[]} */
const SHARES = Object.freeze([
  { name: 'encryption', features: 'vault', shell: ['secure-feature.js'] },
  { name: 'cache', features: 'cache', shell: ['cache-feature.js'] },
  { name: 'HTTP cache', features: 'http-cache', shell: ['http-cache.js'] },
  {
    name: 'uploads, four transports', features: 'uploads',
    shell: ['upload-queue.js', 'uploads/cloud.js', 'uploads/custom.js', 'uploads/form.js', 'uploads/tus.js'],
  },
  {
    name: 'synchronisation, three transports', features: 'vault,sync', beyond: 'vault',
    shell: ['sync-manager.js', 'sync-transports/cloud-database.js', 'sync-transports/guide-rest.js',
      'sync-transports/rest.js'],
  },
])

/** The table as it was measured last, for the build to print. */
export function lastTable() {
  const [, table = ''] = TABLE.exec(readFileSync(document, 'utf8')) ?? []
  return table
}

/** @param {string} features @returns {Promise<{ wasm: number, glue: number }>} Of a core, with brotli. */
async function weighCore(features) {
  const script = path.join(root, 'scripts/build.sh')
  const { status } = spawnSync(script, ['--weigh', features], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`the core does not build with "${features}"`)
  const file = path.join(root, 'target/weighed', `weighed-${features.replaceAll(',', '-')}_bg`)
  return { wasm: sizesOf(readFileSync(`${file}.wasm`)).brotli, glue: (await bundled([`${file}.js`])).brotli }
}

/** @param {string[]} files @returns {Promise<import('./shell-weight.mjs').Sizes>} Of all that they export. */
async function bundled(files) {
  const contents = files.map((file) => `export * from ${JSON.stringify(file)}`).join('\n')
  const { outputFiles: [output] } = await build({
    stdin: { contents, resolveDir: path.join(root, 'js') }, bundle: true, write: false, minify: true,
    format: 'esm', platform: 'node', legalComments: 'none', logLevel: 'error', external: ['*/storage_bg.js'],
  })
  if (output === undefined) throw new Error('esbuild made nothing')
  return sizesOf(output.contents)
}

async function measure() {
  const core = /** @type {Map<string, { wasm: number, glue: number }>} */ (new Map())
  for (const { features } of [{ features: '' }, ...SHARES]) core.set(features, await weighCore(features))
  const coreOf = (/** @type {string} */ features) => core.get(features) ?? { wasm: 0, glue: 0 }
  const shell = (/** @type {string[]} */ more) => bundled(['storage.js', ...more].map((name) => `./${name}`))
  const [{ wasm, glue }, { brotli: alone }] = [coreOf(''), await shell([])]
  const rows = [['storage alone', wasm, glue, alone]]
  for (const { name, features, beyond = '', shell: modules } of SHARES) {
    const [own, other] = [coreOf(features), coreOf(beyond)]
    rows.push([name, own.wasm - other.wasm, own.glue - other.glue, (await shell(modules)).brotli - alone])
  }
  const cells = (/** @type {(string | number)[]} */ row) =>
    `| ${row.map((cell) => cell.toLocaleString('en')).join(' | ')} |`
  return [
    '| bytes, with brotli | WebAssembly | glue | shell | in all |', '|---|---:|---:|---:|---:|',
    ...rows.map((row) => cells([...row, row.slice(1).reduce((sum, part) => Number(sum) + Number(part), 0)])),
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = await measure()
  const text = readFileSync(document, 'utf8')
  writeFileSync(document, text.replace(TABLE, () => `<!-- features -->\n\n${table}\n\n<!-- /features -->`))
  console.log(table)
}
