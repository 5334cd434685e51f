// The glue keeps views of the memory of the core, and makes new ones when WebAssembly has taken the old
// buffer away. A buffer of the core in plain JavaScript is never taken away: there `__wbg_set_wasm` is called
// again when the memory has moved, and with this the glue forgets its views then. Called by
// scripts/build.sh: forget-memory.mjs GLUE.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'

const [file = ''] = process.argv.slice(2)
const glue = readFileSync(file, 'utf8')
const views = [...glue.matchAll(/^let (cached\w+Memory0) = null;/gm)].map(([, name]) => name)
const setter = /^export function __wbg_set_wasm\(val\) \{\n {4}wasm = val;\n\}/m
if (views.length === 0 || !setter.test(glue)) {
  throw new Error(`${file} keeps no views as it did: wasm-bindgen writes another glue now`)
}
writeFileSync(file, glue.replace(setter,
  `export function __wbg_set_wasm(val) {\n    wasm = val;\n    ${views.join(' = ')} = null;\n}`))
