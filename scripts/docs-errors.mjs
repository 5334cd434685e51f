// Writes the error table of js/errors.js into README.md and README.zh-CN.md, between two markers.
// With --check it writes nothing and fails when a table is stale. The causes lie in
// scripts/errors.en.json, all Chinese texts in scripts/errors.zh-CN.json: for readers, they do not ship.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_CODES, REMEDIES, RETRYABLE } from '../js/errors.js'

const BEGIN = '<!-- errors: written by scripts/docs-errors.mjs -->'
const END = '<!-- /errors -->'

const here = path.dirname(fileURLToPath(import.meta.url))

/** @typedef {{ cause: string, remedy: string }} Texts */

/**
 * @param {string} file
 * @returns {Record<string, Partial<Texts> | undefined>}
 */
const textsIn = (file) => JSON.parse(readFileSync(path.join(here, file), 'utf8'))
const english = textsIn('errors.en.json')
const chinese = textsIn('errors.zh-CN.json')
/** @type {string[]} */
const problems = []
for (const code of ERROR_CODES) {
  if (!english[code]?.cause) problems.push(`${code} has no cause: add it to scripts/errors.en.json`)
  if (!chinese[code]?.cause || !chinese[code]?.remedy) {
    problems.push(`${code} has no Chinese text: add it to scripts/errors.zh-CN.json`)
  }
}
for (const [file, texts] of Object.entries({ 'errors.en.json': english, 'errors.zh-CN.json': chinese })) {
  for (const code of Object.keys(texts)) {
    if (!Object.hasOwn(REMEDIES, code)) problems.push(`${code} of scripts/${file} is no code: remove it`)
  }
}

/**
 * @param {string[]} head
 * @param {[yes: string, no: string]} answers
 * @param {(code: import('../js/errors.js').ErrorCode) => Partial<Texts> | undefined} textsOf
 */
function table(head, [yes, no], textsOf) {
  const rows = ERROR_CODES.map((code) => {
    const { cause = '', remedy = '' } = textsOf(code) ?? {}
    return [`\`${code}\``, cause, remedy, RETRYABLE.includes(code) ? yes : no]
  })
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

const documents = {
  'README.md': table(['code', 'cause', 'remedy', 'retryable'], ['yes', 'no'],
    (code) => ({ ...english[code], remedy: REMEDIES[code] })),
  'README.zh-CN.md': table(['错误码', '原因', '处理办法', '可直接重试'], ['是', '否'], (code) => chinese[code]),
}

const isCheck = process.argv[2] === '--check'
if (process.argv.length > 3 || (process.argv.length === 3 && !isCheck)) {
  problems.push(`unknown argument ${process.argv.slice(2).join(' ')}: expected nothing or --check`)
}
for (const [name, rows] of problems.length > 0 ? [] : Object.entries(documents)) {
  const file = path.join(here, '..', name)
  const text = readFileSync(file, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin === -1 || end < begin) {
    problems.push(`${name} lacks the markers ${BEGIN} and ${END}`)
    continue
  }
  const fresh = `${text.slice(0, begin + BEGIN.length)}\n${rows}\n${text.slice(end)}`
  if (fresh === text) continue
  if (isCheck) problems.push(`the error table of ${name} is stale: run node scripts/docs-errors.mjs`)
  else writeFileSync(file, fresh)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
