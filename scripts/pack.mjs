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
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { MINIPROGRAM_BUNDLE } from './miniprogram-bundle.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const source = path.join(root, 'js')
const pkg = path.join(root, 'pkg')
/** What users import: `ministash`, `ministash/keyv`, `ministash/web-storage`. */
const entries = ['index', 'keyv', 'web-storage']
/** What they import besides, as ES modules only: or the core as text would lie in the package twice. */
const inline = 'inline'
const plain = 'plain'
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

/** The folder that WeChat's npm build copies as it is. */
async function writeMiniprogram() {
  const folder = path.join(pkg, 'miniprogram_dist')
  const core = readFileSync(path.join(source, 'core', 'core_bg.wasm'))
  mkdirSync(folder, { recursive: true })
  // `require('ministash')` and `require('ministash/web-storage')` of a mini-program.
  const files = /** @type {const} */ ([['miniprogram.js', 'index.js'], ['web-storage.js', 'web-storage.js']])
  for (const [entry, name] of files) {
    writeFileSync(path.join(folder, name), await bundle(entry, MINIPROGRAM_BUNDLE))
  }
  // `require('ministash/plain')`, a file of its own: who needs it, names it.
  const script = readFileSync(path.join(source, 'core', 'core_plain.js'), 'utf8')
  writeFileSync(path.join(folder, 'plain.js'),
    script.replace('export function plain(', 'exports.plain=function('))
  writeFileSync(path.join(folder, 'core.wasm'), core)
  const { BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: hint } = constants
  writeFileSync(path.join(folder, 'core.wasm.br'),
    brotliCompressSync(core, { params: { [window]: constants.BROTLI_MAX_WINDOW_BITS, [hint]: core.length } }))
  // Bundlers of other frameworks take it as `ministash/miniprogram`, and the package around it is of ES
  // modules.
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "commonjs" }\n')
}

/** Writes the core as a module of text into js/core/, where it was built. */
function writeInlineCore() {
  const folder = path.join(source, 'core')
  const core = readFileSync(path.join(folder, 'core_bg.wasm')).toString('base64')
  writeIfOther(path.join(folder, 'core_inline.js'), `export const CORE = '${core}'\n`)
  const types = '/** The core as base64. */\nexport const CORE: string\n'
  writeIfOther(path.join(folder, 'core_inline.d.ts'), types)
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

/**
 * The sizes of a file as it lies on disk and as it travels.
 * @param {Uint8Array} bytes
 */
function sizes(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  }
}

async function weigh() {
  const core = sizes(readFileSync(path.join(source, 'core', 'core_bg.wasm')))
  const fast = sizes(readFileSync(path.join(source, 'core', 'core_fast.wasm')))
  const glue = sizes(await bundle('core/core_bg.js', { format: 'esm', minify: true }))
  const shell = sizes(await bundle('index.js', { format: 'esm', minify: true }))
  const all = {
    raw: core.raw + shell.raw,
    gzip: core.gzip + shell.gzip,
    brotli: core.brotli + shell.brotli,
  }
  const row = (/** @type {string} */ name, /** @type {(string | number)[]} */ cells) =>
    name.padEnd(32) + cells.map((cell) => cell.toLocaleString('en').padStart(10)).join('')
  return [
    row('bytes', ['raw', 'gzip', 'brotli']),
    row('core (WebAssembly)', Object.values(core)),
    row('glue, minified', Object.values(glue)),
    row('glue and shell, minified', Object.values(shell)),
    row('all that is loaded', Object.values(all)),
    row('core of Node, for speed', Object.values(fast)),
    ...await Promise.all([...entries, inline, plain].filter((name) => name !== 'index').map(async (name) =>
      row(`ministash/${name}, minified`,
        Object.values(sizes(await bundle(`${name}.js`, { format: 'esm', minify: true })))))),
  ].join('\n')
}

writeInlineCore()
const inputs = [
  ...filesBelow(source),
  ...documents.map((name) => path.join(root, name)),
  ...[
    'tsconfig.json', 'tsconfig.types.json', 'package-lock.json', 'scripts/pack.mjs',
    'scripts/miniprogram-bundle.mjs',
  ].map((name) => path.join(root, name)),
]
const stamp = digest(inputs)
const known = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
const [knownStamp, ...knownTable] = known.split('\n')
const outputs = [
  'js/index.js', 'js/core/core_bg.wasm', 'js/core/core_fast.wasm',
  'js/inline.js', 'types/inline.d.ts', 'js/plain.js', 'types/plain.d.ts',
  ...entries.flatMap((name) => [`cjs/${name}.cjs`, `types/${name}.d.ts`, `cjs/types/${name}.d.ts`]),
  'miniprogram_dist/index.js', 'miniprogram_dist/web-storage.js', 'miniprogram_dist/plain.js',
  'miniprogram_dist/core.wasm', 'miniprogram_dist/core.wasm.br',
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
  const table = await weigh()
  writeFileSync(stampFile, `${stamp}\n${table}`)
  console.log(table)
}
