// Makes the core in plain JavaScript of a WebAssembly module, for places that have no WebAssembly: one
// function of ES5 that takes the glue and gives what the module would export. Called by scripts/build.sh:
// plain-core.mjs MODULE SCRIPT, or plain-core.mjs --none SCRIPT, where the module cannot be had in this form.
// @ts-check
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transform } from 'esbuild'

const [module = '', script = ''] = process.argv.slice(2)
/** The name of the one function, and its types. */
const TYPES = `/** The core in plain JavaScript: made as \`load/plain.js\` makes it. */
export function plain(glue: object, moved: () => void): object
`
const NONE = `export function plain() {
  throw new Error('this build has none: it comes with the core for old phones, MINISTASH_WASM_STD=local')
}
`

/** How wasm2js lets the memory grow, and how it has to be: 2 GB are more than any engine gives. */
const GROWS = new RegExp(/^ +if \(\(oldPages < newPages\) && \(newPages < 65536\)\) \{\n/.source
  + / +var newBuffer = new ArrayBuffer\(newPages << 16\);$/.source, 'm')
const GROWS_OR_NOT = `if (oldPages === newPages) return oldPages
  if (newPages < oldPages || newPages >= 32768) return -1
  var newBuffer
  try { newBuffer = new ArrayBuffer(newPages << 16) } catch (error) { return -1 }
  {`

writeFileSync(script.replace(/js$/, 'd.ts'), TYPES)
if (module === '--none') writeFileSync(script, NONE)
else await make()

async function make() {
  const began = performance.now()
  const code = await minified(inOneFunction(translated()))
  writeFileSync(script, code)
  const seconds = (performance.now() - began) / 1000
  console.log(`the core in plain JavaScript: ${code.length.toLocaleString('en')} bytes, made in ${seconds.toFixed(1)} s`)
}

/** What wasm2js makes of the module. */
function translated() {
  const made = `${script}.made`
  // The features are those of the first version of WebAssembly: of what is newer wasm2js lowers only a part.
  const options = ['-Oz', '--mvp-features', '--enable-mutable-globals']
  const run = spawnSync('wasm2js', [...options, module, '-o', made], { stdio: 'inherit' })
  if (run.status !== 0) throw new Error('wasm2js made nothing of the core')
  const text = readFileSync(made, 'utf8')
  rmSync(made)
  return text
}

/** @param {string} text */
async function minified(text) {
  const { code } = await transform(text, { minify: true, target: 'es5', legalComments: 'none' })
  return code
}

/** @param {string} text */
function inOneFunction(text) {
  // What is imported comes as an argument, and what is exported is returned.
  let body = replaced(text, /^import \* as \S+ from '\.\/core_bg\.js';$/m, '')
  body = replaced(body, /^var retasmFunc = asmFunc\(\{[^]*$/m, `return asmFunc({ './core_bg.js': glue })`)
  // A buffer of JavaScript cannot grow. The glue, which would see that a memory of WebAssembly has moved, has
  // to be told so; and where there is no room, the core must hear it.
  body = replaced(body, GROWS, GROWS_OR_NOT)
  body = replaced(body, /^ +bufferView = HEAPU8;\n +\}\n +return oldPages;$/m,
    'bufferView = HEAPU8; moved() } return oldPages')
  return `export function plain(glue, moved) {${body}}`
}

/**
 * Replaces what must be there exactly once.
 * @param {string} whole
 * @param {RegExp} form
 * @param {string} other
 */
function replaced(whole, form, other) {
  const found = whole.match(new RegExp(form, `${form.flags}g`)) ?? []
  if (found.length !== 1) {
    throw new Error(`wasm2js writes another script now: ${form} is there ${found.length} times`)
  }
  return whole.replace(form, () => other)
}
