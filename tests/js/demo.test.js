// The demo, as `npm run demo` runs it: it checks its own claims, so here only its summary is looked at.
// @ts-check
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cut, pad, widthOf, wrap } from '../../examples/node/width.js'
import { folderFor } from './support/host-folder.js'

const DEMO = fileURLToPath(new URL('../../examples/node/index.js', import.meta.url))
const RECORDS = 'world/records'
const GERMANY = '%7ems%7en%2fcountries%7eeu%2fde.record'

/** @param {string[]} args */
function runDemo(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** Runs the demo, which must end well. @param {string[]} args */
function runWell(...args) {
  const { status, stdout, stderr } = runDemo(...args)
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  assert.equal(stderr, '')
  assert.match(stdout, /^ {2}All \d+ claims hold\. Run \d+ took [\d.]+ m?s; 13 processes died for it\.$/m)
  assert.match(stdout, /killed 12 times in 11 commits: each time all 250 countries or none had changed/)
  assert.ok(!stdout.includes('\x1b') && !stdout.includes('\r'), 'a pipe gets no colours and no moving lines')
  return stdout
}

test('the demo starts over, goes on from what it stored, and notices damage done in between', t => {
  const data = folderFor(t)
  // What an earlier run left; what is not the demo's own stays.
  for (const name of ['world', 'mine']) mkdirSync(join(data, name))
  writeFileSync(join(data, 'world/witness'), '0123456789abcdef01234567 1')
  const first = runWell('--data', data, '--reset')
  assert.deepEqual(readdirSync(data), ['cached', 'devices', 'mine', 'small', 'uploads', 'world'])
  assert.match(first, /run +1: the folder is new/)
  assert.match(first, /250 countries imported from countries-list \d/)
  const kills = [['none', 'none', 'old', 3], ['whole', 'finished', 'new', 7], ['none', 'none', 'new', 1]]
  for (const [journal, recovery, outcome, count] of kills) {
    const rows = first.match(new RegExp(` ${journal} +\\d+ +\\d+ +${recovery} +✓ all 250 are ${outcome}`, 'g'))
    assert.equal(rows?.length, count, first)
  }
  const codes = ['NETWORK_FAILED', 'CONFLICT', 'INVALID_VALUE', 'QUOTA_EXCEEDED', 'BUSY', 'CORRUPT', 'LOCKED',
    'WRONG_SECRET']
  for (const code of codes) {
    assert.match(first, new RegExp(`^ {2}${code} `, 'm'))
  }
  assert.match(first, /^ {2}cold +\d+\.\d % +\d+ +0 /m)
  assert.match(first, /^ {2}warm +100\.0 % +0 +\d+ /m)
  assert.match(first, /^ {2}✓ nothing is dropped: 5 changes wait for the server$/m)
  for (const device of ['phone', 'laptop']) {
    assert.match(first, new RegExp(`^ {2}${device} .*seats 3, hotel Alfama`, 'm'))
  }
  assert.match(first, /^ {2}✓ both hold what either has changed, and neither what one has deleted$/m)
  assert.match(first, /^ {2}in all +\d+ +\d+ +\d+ /m)

  const second = runWell('--data', data)
  assert.match(second, /run +2: it goes on from what is stored/)
  assert.match(second, /all 250 countries are exactly as run 1 left them/)
  assert.match(second, /nothing to import/)

  const path = join(data, RECORDS, GERMANY)
  const content = readFileSync(path)
  content.writeUInt8(content.readUInt8(120) ^ 4, 120)
  writeFileSync(path, content)
  const third = runWell('--data', data)
  assert.match(third, /Somebody has damaged eu\/de since then:/)
  assert.match(third, /1 country imported/)
})

test('a demo that cannot run says why and ends with exit code 1', t => {
  const data = folderFor(t)
  const file = join(data, 'file')
  writeFileSync(file, '')
  const blocked = runDemo('--data', file)
  assert.equal(blocked.status, 1)
  assert.match(blocked.stderr, /✗ HOST_FAILED: /)
  const wrong = runDemo('--data', data, '--colour')
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /usage: npm run demo/)
  assert.deepEqual(readdirSync(data), ['file'])
})

test('the demo knows how wide a text is in a terminal', () => {
  const widths = /** @type {const} */ ([
    ['', 0], ['abc', 3], ['\x1b[31mred\x1b[0m', 3], ['é', 1], ['e\u0301', 1], ['✓', 1], ['Ελλάδα', 6],
    ['中国', 4], ['한국', 4], ['Ａ', 2], ['🇨🇭', 2], ['🇨🇭 🇯🇵', 5], ['❤\ufe0f', 2], ['👩\u200d🚀', 2],
  ])
  for (const [text, width] of widths) assert.equal(widthOf(text), width, JSON.stringify(text))
  assert.equal(pad('中国', 6), '中国  ')
  assert.equal(pad('42', 4, 'right'), '  42')
  assert.equal(cut('中国中国', 6), '中国…')
  assert.equal(cut('abc', 3), 'abc')
  assert.deepEqual(wrap('one two three four', 9), ['one two', 'three', 'four'])
})
