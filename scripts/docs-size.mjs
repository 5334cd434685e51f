// Writes what each entry of the package weighs into README.md and README.zh-CN.md, between two markers:
// node scripts/docs-size.mjs. tests/js/docs-size.test.js says when that is due.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { weighEntries } from './entry-weights.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const PLACE = /<!-- size -->[^]*<!-- \/size -->/

/** What the readers of each language are told: the sentence before the table, its head, and each entry. */
const WORDS = Object.freeze({
  'README.md': {
    before: '**Size:** all that an entry loads, minified, in KB. `npm run build` measures and prints it;\n'
      + '[what each feature weighs](src/docs/entries.md).',
    mark: '; ',
    head: ['entry', 'brotli', 'gzip', 'raw', ''],
    notes: /** @type {Record<string, string>} */ ({
      'ministash': 'everything', 'ministash/storage': 'storage alone, with its own core',
      'ministash/inline': 'everything, the core in the script',
      'ministash/storage/inline': 'storage alone, the core in the script',
      'ministash/plain': 'in place of WebAssembly', 'ministash/storage/plain': 'the same for storage alone',
      'ministash/keyv': 'beside one of the first two', 'ministash/web-storage': 'beside one of the first two',
      'ministash/testing': 'for tests only',
    }),
    core: (/** @type {string} */ size) => `${size} of it the core`,
  },
  'README.zh-CN.md': {
    before: '**体积：** 各入口加载的全部内容（JS 经 minify），单位 KB，由 `npm run build` 测量并打印；'
      + '[各功能占多少](src/docs/entries.md)（英文）。',
    mark: '；',
    head: ['入口', 'brotli', 'gzip', '不压缩', ''],
    notes: /** @type {Record<string, string>} */ ({
      'ministash': '全部功能', 'ministash/storage': '只有存储，使用自己的内核',
      'ministash/inline': '全部功能，内核写在脚本里', 'ministash/storage/inline': '只有存储，内核写在脚本里',
      'ministash/plain': '代替 WebAssembly', 'ministash/storage/plain': '同上，只有存储',
      'ministash/keyv': '与前两者之一同用', 'ministash/web-storage': '与前两者之一同用',
      'ministash/testing': '只用于测试',
    }),
    core: (/** @type {string} */ size) => `其中内核 ${size}`,
  },
})

/** @param {number} bytes */
const kilobytes = (bytes) => (bytes / 1000).toFixed(1)

/**
 * What stands in a README between the markers, as it should be now.
 * @param {keyof typeof WORDS} name
 * @param {Awaited<ReturnType<typeof weighEntries>>} entries
 */
function sectionOf(name, entries) {
  const { before, head, notes, mark, core } = WORDS[name]
  const rows = entries.map(({ name: entry, all, ofCore }) => {
    const note = ofCore ? `${notes[entry]}${mark}${core(kilobytes(ofCore.brotli))}` : notes[entry] ?? ''
    return [`\`${entry}\``, ...[all.brotli, all.gzip, all.raw].map(kilobytes), note]
  })
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`
  return [before, '', line(head), '|---|---:|---:|---:|---|', ...rows.map(line)].join('\n')
}

/**
 * The numbers of a README that are off by more than a part of them, and those of rows that are not there.
 * @param {number} most
 * @returns {Promise<string[]>}
 */
export async function staleFigures(most) {
  const entries = await weighEntries()
  const stale = []
  for (const name of /** @type {(keyof typeof WORDS)[]} */ (Object.keys(WORDS))) {
    const [section = ''] = PLACE.exec(readFileSync(path.join(root, name), 'utf8')) ?? []
    for (const { name: entry, all } of entries) {
      const row = section.split('\n').find((line) => line.startsWith(`| \`${entry}\` |`)) ?? ''
      const told = row.split('|').slice(2, 5).map(Number)
      const [brotli = 0, gzip = 0, raw = 0] = told
      const isTrue = [[brotli, all.brotli], [gzip, all.gzip], [raw, all.raw]].every(([said = 0, bytes = 0]) =>
        Math.abs(said * 1000 - bytes) <= bytes * most)
      if (!isTrue) stale.push(`${name}: ${entry} is ${[all.brotli, all.gzip, all.raw].map(kilobytes)}, not ${told}`)
    }
  }
  return stale
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const entries = await weighEntries()
  for (const name of /** @type {(keyof typeof WORDS)[]} */ (Object.keys(WORDS))) {
    const file = path.join(root, name)
    const text = readFileSync(file, 'utf8')
    if (!PLACE.test(text)) throw new Error(`${name} lacks the markers of the size`)
    writeFileSync(file, text.replace(PLACE, () =>
      `<!-- size -->\n${sectionOf(name, entries)}\n<!-- /size -->`))
  }
}
