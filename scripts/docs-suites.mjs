// Puts the table of the last `npm test`, which suite held on which host, into src/docs/hosts.md.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const [page, log] = ['src/docs/hosts.md', '.tools/logs/suites.md'].map(name => path.join(root, name))
const [begin, end] = ['<!-- suites -->', '<!-- /suites -->']
const text = readFileSync(page, 'utf8')
const [from, to] = [text.indexOf(begin), text.indexOf(end)]
if (from < 0 || to < from) throw new Error(`${page} has lost its marks ${begin} and ${end}`)
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${readFileSync(log, 'utf8').trim()}\n\n${text.slice(to)}`)
