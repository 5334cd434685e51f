// What each build weighs, what each feature of the core adds to it, and what each module of the shell does.
// Bytes do not depend on the machine, but on the compiler.
// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sizesOf, weighShell } from '../../scripts/shell-weight.mjs'
import { environment, printTable } from './support/kit.js'

/** @import { Sizes } from '../../scripts/shell-weight.mjs' */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const HEAD = ['bytes', 'raw', 'gzip', 'brotli']

/** @param {string} name @param {Sizes} sizes */
const row = (name, { raw, gzip, brotli }) =>
  [name, ...[raw, gzip, brotli].map(size => size.toLocaleString('en'))]

/** @param {string} file @returns {Promise<Sizes>} Of the file with what it imports, minified. */
async function bundled(file) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, file)], bundle: true, write: false, minify: true, format: 'esm',
    platform: 'node', legalComments: 'none', logLevel: 'error',
  })
  return sizesOf(outputFiles[0].contents)
}

/** @param {string} file */
const sizesOfFile = file => sizesOf(readFileSync(path.join(root, file)))

async function printBuilds() {
  const rows = [
    row('core (WebAssembly)', sizesOfFile('js/core/core_bg.wasm')),
    row('its glue, minified', await bundled('js/core/core_bg.js')),
    row('ES modules, all hosts, with glue, minified', await bundled('js/index.js')),
    row('CommonJS, all hosts, with glue, minified', await bundled('pkg/cjs/index.cjs')),
  ]
  const folder = 'pkg/miniprogram_dist'
  if (existsSync(path.join(root, folder))) {
    for (const name of readdirSync(path.join(root, folder)).sort()) {
      if (/\.(js|wasm)$/.test(name)) rows.push(row(`mini-program: ${name}`, sizesOfFile(`${folder}/${name}`)))
    }
  }
  printTable('Builds', HEAD, rows)
}

async function printShell() {
  const { script, shell, modules } = await weighShell()
  const rows = modules.map(([name, bytes]) => [name, bytes.toLocaleString('en')])
  printTable('The script of a mini-program, module by module, minified', ['bytes', 'raw'], rows)
  printTable('The script of a mini-program', HEAD, [row('all of it', script), row('without the glue', shell)])
}

/** The features that a core has if nothing is said. */
function defaultFeatures() {
  const manifest = readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
  const [, list = ''] = /^default = \[([^\]]*)\]/m.exec(manifest) ?? []
  return [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name)
}

/**
 * Builds a core with some features, as scripts/build.sh does, and says what it weighs.
 * @param {string[]} features
 */
function weighCore(features) {
  const script = `
    set -euo pipefail
    source .tools/env.sh
    lean cargo build --release --lib --target wasm32-unknown-unknown --no-default-features --features "$1" --quiet
    out=target/core-weighed
    wasm-bindgen target/lean/wasm32-unknown-unknown/release/ministash.wasm --target bundler --out-name core \\
      --out-dir "$out" --remove-name-section --remove-producers-section
    if [ "$ministash_route" = local ]; then flags='--mvp-features --enable-mutable-globals'; else flags=--all-features; fi
    # The flags are several words.
    wasm-opt -Oz $flags --strip-producers --strip-target-features "$out/core_bg.wasm" -o "$out/optimised.wasm"`
  const args = ['-c', script, 'weigh', features.join(',')]
  const { status } = spawnSync('bash', args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error(`the core does not build with ${features.join(', ') || 'no features'}`)
  return sizesOfFile('target/core-weighed/optimised.wasm')
}

/** One build each takes half a minute, so they are asked for. */
function printFeatures() {
  const features = defaultFeatures()
  const whole = weighCore(features)
  const rows = [row('the core with all features', whole), row('the core without any', weighCore([]))]
  for (const feature of features) {
    const { raw, gzip, brotli } = weighCore(features.filter(name => name !== feature))
    const share = { raw: whole.raw - raw, gzip: whole.gzip - gzip, brotli: whole.brotli - brotli }
    rows.push(row(`what ${feature} adds`, share))
  }
  printTable('The core, feature by feature', HEAD, rows)
}

console.log(`What the builds weigh\n${environment()}`)
await printBuilds()
await printShell()
if (process.argv.includes('--features')) printFeatures()
else console.log('\nFeature by feature, half a minute for each: node tests/bench/size.bench.js --features')
