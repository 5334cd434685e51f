// Fills pkg/ from js/: ES modules as they are, one CommonJS file for each entry, the mini-program build,
// types from JSDoc, README and licences; then prints what the package weighs. Called by scripts/build.sh
// once js/core/ is there.
// @ts-check
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { tableOfWeights } from './entry-weights.mjs'
import { lastTable } from './feature-weights.mjs'
import { MINIPROGRAM_BUNDLE } from './miniprogram-bundle.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const source = path.join(root, 'js')
const pkg = path.join(root, 'pkg')
/** What users import from ES modules and from CommonJS. */
const entries = ['index', 'storage', 'keyv', 'web-storage', 'testing']
/** What they import as ES modules only: or a core as text would lie in the package twice. */
const modules = ['inline', 'plain', 'storage-inline', 'storage-plain']
/** What `require` gives in a mini-program: a file of js/, and its name in the folder that WeChat copies. */
const miniprogram = /** @type {const} */ ([
  ['miniprogram.js', 'index.js'], ['web-storage.js', 'web-storage.js'],
  ['miniprogram-storage.js', 'storage/index.js'],
])
/** The cores in plain JavaScript, files of their own there: who needs one, names it. */
const plains = /** @type {const} */ ([
  ['core_plain.js', 'plain.js'], ['storage_plain.js', 'storage/plain.js'],
])
const stampFile = path.join(root, 'target', 'pkg.stamp')
const documents = ['README.md', 'README.zh-CN.md', 'LICENSE-MIT', 'LICENSE-APACHE']
  .filter((name) => existsSync(path.join(root, name)))

/**
 * Every file below a folder, sorted, so that a digest over them is stable.
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/** @param {string[]} files */
function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

/**
 * Bundles a file of js/ with all that it imports.
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} options
 */
async function bundle(entry, options) {
  const result = await build({
    entryPoints: [path.join(source, entry)],
    bundle: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    platform: 'node',
    ...options,
  })
  const [output] = result.outputFiles ?? []
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}`)
  return output.contents
}

async function writeCommonJs() {
  mkdirSync(path.join(pkg, 'cjs'), { recursive: true })
  for (const name of entries) writeFileSync(path.join(pkg, 'cjs', `${name}.cjs`), await commonJs(`${name}.js`))
  // Here .d.ts files describe CommonJS, in types/ they describe ES modules.
  writeFileSync(path.join(pkg, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')
}

/** @param {string} entry */
function commonJs(entry) {
  return bundle(entry, {
    format: 'cjs',
    target: 'node18',
    // A CommonJS file has no URL. The loader then goes by the name of the file, and finds the core among
    // the ES modules: the package holds it once.
    define: { 'import.meta.url': 'undefined' },
  })
}

/** The folder that WeChat's npm build copies as it is, whatever of it a mini-program uses. */
async function writeMiniprogram() {
  const folder = path.join(pkg, 'miniprogram_dist')
  mkdirSync(path.join(folder, 'storage'), { recursive: true })
  for (const [entry, name] of miniprogram) {
    writeFileSync(path.join(folder, name), await bundle(entry, MINIPROGRAM_BUNDLE))
  }
  // `require('ministash/core-only')`: what is added to `ministash` later will not be in it.
  writeFileSync(path.join(folder, 'core-only.js'), "module.exports=require('./index.js')\n")
  for (const [from, name] of plains) {
    const script = readFileSync(path.join(source, 'core', from), 'utf8')
    writeFileSync(path.join(folder, name),
      script.replace('export function plain(', 'exports.plain=function('))
  }
  writeFileSync(path.join(folder, 'core.wasm'), wasmOf('core'))
  writeFileSync(path.join(folder, 'core.wasm.br'), compressed(wasmOf('core')))
  // Compressed only: those who do not use it carry it, too.
  writeFileSync(path.join(folder, 'storage', 'core.wasm.br'), compressed(wasmOf('storage')))
  // Bundlers of other frameworks take it as `ministash/miniprogram`, and the package around it is of ES
  // modules.
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "commonjs" }\n')
}

/** @param {'core' | 'storage'} name */
function wasmOf(name) {
  return readFileSync(path.join(source, 'core', `${name}_bg.wasm`))
}

/** @param {Uint8Array} bytes */
function compressed(bytes) {
  const { BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: hint } = constants
  const params = { [window]: constants.BROTLI_MAX_WINDOW_BITS, [hint]: bytes.length }
  return brotliCompressSync(bytes, { params })
}

/**
 * Writes a core as a module of text into js/core/, where it was built.
 * @param {'core' | 'storage'} name
 */
function writeInlineCore(name) {
  const file = path.join(source, 'core', `${name}_inline`)
  writeIfOther(`${file}.js`, `export const CORE = '${wasmOf(name).toString('base64')}'\n`)
  writeIfOther(`${file}.d.ts`, '/** The core as base64. */\nexport const CORE: string\n')
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeIfOther(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

function writeTypes() {
  const types = path.join(pkg, 'types')
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = [tsc, '-p', path.join(root, 'tsconfig.types.json'), '--outDir', types]
  const run = spawnSync(process.execPath, options, { stdio: 'inherit' })
  if (run.status !== 0) throw new Error('tsc could not write the types: see its messages above')
  // Declarations that are written by hand or by wasm-bindgen are inputs to tsc, which it does not copy.
  const declarations = filesBelow(source)
    .filter((file) => file.endsWith('.d.ts') && !file.endsWith('.wasm.d.ts'))
  for (const file of declarations) {
    const copy = path.join(types, path.relative(source, file))
    mkdirSync(path.dirname(copy), { recursive: true })
    copyFileSync(file, copy)
  }
  cpSync(types, path.join(pkg, 'cjs', 'types'), { recursive: true })
}

function writeModules() {
  cpSync(source, path.join(pkg, 'js'), {
    recursive: true,
    filter: (file) => !file.endsWith('.d.ts') && !path.basename(file).startsWith('.stamp'),
  })
  for (const name of documents) copyFileSync(path.join(root, name), path.join(pkg, name))
}

writeInlineCore('core')
writeInlineCore('storage')
const inputs = [
  ...filesBelow(source),
  ...documents.map((name) => path.join(root, name)),
  ...[
    'tsconfig.json', 'tsconfig.types.json', 'package-lock.json', 'scripts/pack.mjs',
    'scripts/miniprogram-bundle.mjs', 'scripts/entry-weights.mjs',
  ].map((name) => path.join(root, name)),
]
const stamp = digest(inputs)
const known = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
const [knownStamp, ...knownTable] = known.split('\n')
const outputs = [
  ...['core', 'storage'].flatMap((name) => [`js/core/${name}_bg.wasm`, `js/core/${name}_fast.wasm`]),
  ...modules.flatMap((name) => [`js/${name}.js`, `types/${name}.d.ts`]),
  ...entries.flatMap((name) =>
    [`js/${name}.js`, `cjs/${name}.cjs`, `types/${name}.d.ts`, `cjs/types/${name}.d.ts`]),
  ...[...miniprogram, ...plains].map(([, name]) => `miniprogram_dist/${name}`),
  ...['core-only.js', 'core.wasm', 'core.wasm.br', 'storage/core.wasm.br'].map((name) => `miniprogram_dist/${name}`),
]
const complete = outputs.every((name) => existsSync(path.join(pkg, name)))
if (knownStamp === stamp && complete) {
  console.log(knownTable.join('\n'))
} else {
  rmSync(stampFile, { force: true })
  for (const folder of ['js', 'cjs', 'types', 'miniprogram_dist']) {
    rmSync(path.join(pkg, folder), { recursive: true, force: true })
  }
  writeModules()
  await writeCommonJs()
  await writeMiniprogram()
  writeTypes()
  const table = await tableOfWeights()
  writeFileSync(stampFile, `${stamp}\n${table}`)
  console.log(table)
}
console.log(`\nWhat each feature adds, as measured last:\n${lastTable()}`)
