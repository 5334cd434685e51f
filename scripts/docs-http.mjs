// Runs the HTTP cache tests and writes their results into src/docs/http-cache.md; takes a minute.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { networkByFetch } from '../js/hosts/http-fetch.js'
import { memory, open } from '../js/index.js'
import { KNOWN_FAILURES, runConformance } from '../tests/js/support/http-conformance.js'

const page = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src', 'docs', 'http-cache.md')
const host = { ...memory(), network: networkByFetch() }
const stash = await open({ host, http: { maxEntries: 5000, maxBytes: 100_000_000 } })
const outcomes = await runConformance((url, init) => stash.http.fetch(url, init))
await stash.close()

const rows = ['required', 'optimal', 'check'].map((kind) => {
  const of = outcomes.filter((outcome) => outcome.kind === kind)
  const count = (/** @type {string} */ result) => of.filter((outcome) => outcome.result === result).length
  return `| ${kind} | ${of.length} | ${count('pass')} | ${count('fail')} | ${count('untested')} |`
})
const failed = outcomes.filter(({ kind, result }) => kind !== 'check' && result === 'fail')
const reasons = failed.map(({ id, kind }) => `| \`${id}\` | ${kind} | ${KNOWN_FAILURES[id] ?? 'UNKNOWN'} |`)
const table = ['| kind | tests | passed | failed | untested |', '|---|---|---|---|---|', ...rows, '',
  '| failing test | kind | why |', '|---|---|---|', ...reasons].join('\n')
const text = readFileSync(page, 'utf8')
const [before, rest = ''] = text.split('<!-- results -->\n')
const [, after = ''] = rest.split('<!-- /results -->')
writeFileSync(page, `${before}<!-- results -->\n${table}\n<!-- /results -->${after}`)
console.log(table)
process.exit(0)
