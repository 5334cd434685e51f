// The suites of the storage hold on the core with storage alone that is compiled for size, which browsers and
// mini-programs load.
// @ts-check
import { readFileSync } from 'node:fs'
import { register } from 'node:module'

const wasm = readFileSync(new URL('../../js/core/storage_bg.wasm', import.meta.url))
register('./support/storage-core.js', import.meta.url)
const { memory, open } = await import('../../js/index.js')
await (await open({ host: memory(), wasm })).close()

await import('./storage-contract.test.js')
await import('./shell-verbs.test.js')
