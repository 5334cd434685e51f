// hide-globals.mjs IN OUT: takes exported globals out of a module's exports. wasm-bindgen exports two for
// its own bookkeeping, which its glue never reads, and WeChat on iOS cannot instantiate a module that
// exports one.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import binaryen from 'binaryen'

const [from, to] = process.argv.slice(2)
if (from === undefined || to === undefined) throw new Error('usage: hide-globals.mjs IN OUT')
const module = binaryen.readBinary(readFileSync(from))
const exported = Array.from({ length: module.getNumExports() }, (_, at) =>
  binaryen.getExportInfo(module.getExportByIndex(at)))
for (const { kind, name } of exported) if (kind === binaryen.ExternalGlobal) module.removeExport(name)
writeFileSync(to, module.emitBinary())
