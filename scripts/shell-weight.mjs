// What the shell of a mini-program weighs, module by module: what an app bundles that opens a store on
// WeChat's storage, minified for ES2017, without the core and its glue.
// @ts-check
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** What such an app names. */
const ENTRY = `
export { open } from './open.js'
export { wechat } from './hosts/wechat.js'
export { robust } from './robust.js'
export { StorageError } from './errors.js'
`

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
 * The largest module comes first.
 * @returns {Promise<{ sizes: Sizes, modules: [name: string, bytes: number][] }>}
 */
export async function weighShell() {
  const { outputFiles, metafile } = await build({
    stdin: { contents: ENTRY, resolveDir: path.join(root, 'js'), sourcefile: 'entry.js' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    target: 'es2017',
    platform: 'neutral',
    external: ['*/core_bg.js'],
    // A mini-program has no module of its own to speak of; its loader is told where the core lies.
    define: { 'import.meta.url': 'undefined' },
    legalComments: 'none',
    logLevel: 'warning',
  })
  const [output] = Object.values(metafile.outputs)
  const modules = Object.entries(output?.inputs ?? {})
    .map(([name, { bytesInOutput }]) => /** @type {[string, number]} */ ([name, bytesInOutput]))
    .sort(([, left], [, right]) => right - left)
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild made nothing of the shell')
  return { sizes: sizesOf(file.contents), modules }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { sizes, modules } = await weighShell()
  for (const [name, bytes] of modules) console.log(String(bytes).padStart(8), name)
  console.log(`shell: ${sizes.raw} raw, ${sizes.gzip} gzip, ${sizes.brotli} brotli`)
}
