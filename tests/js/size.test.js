// The core of a mini-program that uses storage alone, with its glue, as both travel. Another compiler, or
// Rust's own standard library, gives other bytes: the budget holds for the core that is published.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'

/** WebAssembly and glue, compressed by brotli, in bytes. */
const BUDGET = 56_600

const at = (/** @type {string} */ place) => fileURLToPath(new URL(`../../${place}`, import.meta.url))

test('storage alone stays within its budget', async t => {
  const module = readFileSync(at('js/core/storage_bg.wasm'))
  const { outputFiles: [glue] } = await build({
    entryPoints: [at('js/core/storage_bg.js')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2017',
  })
  const [wasm = 0, script = 0] = [module, glue.contents].map(bytes => brotliCompressSync(bytes).length)
  t.diagnostic(`WebAssembly ${module.length} bytes, ${wasm} with brotli; glue ${glue.contents.length}, ${script}`)
  const isPublished = readFileSync(at('.tools/stamps/route'), 'utf8') === 'local'
  assert.ok(!isPublished || wasm + script <= BUDGET, `${wasm + script} bytes are more than ${BUDGET}`)
})
