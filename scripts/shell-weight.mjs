// What the script of a mini-program weighs, module by module, as scripts/pack.mjs bundles it: the shell, the
// glue of the core, and UTF-8. The core itself is not in it.
// @ts-check
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { MINIPROGRAM_BUNDLE } from './miniprogram-bundle.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** What wasm-bindgen wrote; it grows with the core, not with the shell. */
const GLUE = 'js/core/core_bg.js'

/** @typedef {{ raw: number, gzip: number, brotli: number }} Sizes */

/**
 * @param {Uint8Array} bytes
 * @returns {Sizes} As it lies on disk, and as it travels.
 */
export function sizesOf(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  }
}

/**
 * The largest module comes first. The shell is the script without the glue of the core.
 * @returns {Promise<{ script: Sizes, shell: Sizes, modules: [name: string, bytes: number][] }>}
 */
export async function weighShell() {
  const { script, modules } = await weigh([])
  const { script: shell } = await weigh([`*/${path.basename(GLUE)}`])
  return { script, shell, modules }
}

/** @param {string[]} external What is left out. */
async function weigh(external) {
  const { outputFiles, metafile } = await build({
    ...MINIPROGRAM_BUNDLE,
    entryPoints: [path.join(root, 'js', 'miniprogram.js')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    external,
    legalComments: 'none',
    logLevel: 'warning',
  })
  const [output] = Object.values(metafile.outputs)
  const modules = Object.entries(output?.inputs ?? {})
    .map(([name, { bytesInOutput }]) => /** @type {[string, number]} */ ([name, bytesInOutput]))
    .sort(([, left], [, right]) => right - left)
  const [file] = outputFiles ?? []
  if (file === undefined) throw new Error('esbuild made nothing of the script')
  return { script: sizesOf(file.contents), modules }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { script, shell, modules } = await weighShell()
  for (const [name, bytes] of modules) console.log(String(bytes).padStart(8), name)
  for (const [name, { raw, gzip, brotli }] of Object.entries({ script, 'script without glue': shell })) {
    console.log(`${name}: ${raw} raw, ${gzip} gzip, ${brotli} brotli`)
  }
}
