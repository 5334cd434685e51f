// Puts the table of the last `npm test`, which suite held on which host, into src/docs/hosts.md.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const page = path.join(root, 'src/docs/hosts.md')
const log = path.join(root, '.tools/logs/suites.md')
const [begin, end] = ['<!-- suites -->', '<!-- /suites -->']
const text = readFileSync(page, 'utf8')
const [from, to] = [text.indexOf(begin), text.indexOf(end)]
if (from < 0 || to < from) throw new Error(`${page} has lost its marks ${begin} and ${end}`)
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${readFileSync(log, 'utf8').trim()}\n\n${text.slice(to)}`)
