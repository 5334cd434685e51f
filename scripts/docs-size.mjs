// Writes what the package weighs into README.md and README.zh-CN.md, between two markers: the table
// that scripts/build.sh printed last. Nothing checks it: another compiler gives other bytes.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const table = readFileSync(path.join(root, 'target', 'pkg.stamp'), 'utf8')

/**
 * The numbers of a row, in thousands of bytes.
 * @param {string} name
 */
function row(name) {
  const line = table.split('\n').find((text) => text.startsWith(name))
  if (line === undefined) throw new Error(`the table has no row "${name}": run npm run build`)
  const [raw, gzip, brotli] = line.slice(name.length).trim().split(/\s+/)
    .map((bytes) => (Number(bytes.replaceAll(',', '')) / 1000).toFixed(1))
  return { raw, gzip, brotli }
}

const all = row('all that is loaded')
const core = row('core (WebAssembly)')
const plain = row('ministash/plain, minified')
const texts = {
  'README.md': `**Size:** ${all.brotli} KB with brotli, ${all.gzip} KB with gzip, ${all.raw} KB raw: all that is loaded,
minified; ${core.brotli} KB (brotli) of it are the core. The core in plain JavaScript, where there is no
WebAssembly: ${plain.brotli} KB with brotli, ${plain.raw} KB raw. \`npm run build\` measures and prints it.`,
  'README.zh-CN.md': `**体积：** brotli 压缩后 ${all.brotli} KB，gzip 压缩后 ${all.gzip} KB，不压缩 ${all.raw} KB（运行时加载的全部内容，
JS 经 minify）；其中内核 ${core.brotli} KB（brotli）。没有 WebAssembly 时使用的
纯 JavaScript 内核：brotli 压缩后 ${plain.brotli} KB，不压缩 ${plain.raw} KB。\`npm run build\` 会测量并打印。`,
}
for (const [name, words] of Object.entries(texts)) {
  const file = path.join(root, name)
  const text = readFileSync(file, 'utf8')
  const fresh = text.replace(/<!-- size -->[^]*<!-- \/size -->/, () => `<!-- size -->\n${words}\n<!-- /size -->`)
  if (fresh === text && !text.includes(words)) throw new Error(`${name} lacks the markers of the size`)
  writeFileSync(file, fresh)
}
