// The names of the folder host's files: every key safe on every disk.
// @ts-check
import assert from 'node:assert/strict'
import { writeFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  dataOf, headerOfKey, isHashedName, keyOfBeginning, keyOfName, nameOfKey, newRecord,
} from '../../js/hosts/node-names.js'
import { KEYS } from './support/host-contract.js'
import { folderFor } from './support/host-folder.js'

const SEED = 20250117

/** Keys of every sort: the hand-made ones, every ASCII character at every place, and random ones. */
function adversarialKeys() {
  const keys = [
    ...KEYS, '', '...', '....', '.a', '..a', 'a..', 'a...', ' ', '   ', 'a b', '\t', '-', '--', '_',
    '%%', '%u0041', '%e9', '%u', '~0', '\ud800', '\udfff', '\udfff\ud800', 'a\ud800', '\ufeff', '\uffff',
    '\u0000', '\u0000\u0000', 'prn', 'aux', 'nul', 'clock$', 'conin$', 'CONOUT$', 'com0', 'com9', 'lpt1',
    'LPT9.x', 'con.', 'con..', 'con.a.b', 'console', 'com10', 'aux-1', '.con', 'a.record', '.record',
    'record', 'key.tmp', '.0123456789abcdef.tmp', 'desktop.ini', '../../etc/passwd', '/', '//',
    '\\\\server\\share', 'c:', 'c:\\a', '~/x', '-rf', '*', '?', '\u212b', '\u00c5', 'A\u030a',
    '\u1e9b\u0323', 'ﬁ', 'fi', 'ß', 'ss', 'ẞ', 'İ', 'i', 'I', 'ı', 'ſ', 's', 'K', 'k',
  ]
  for (let code = 0; code < 128; code++) {
    const unit = String.fromCharCode(code)
    keys.push(unit, `${unit}a`, `a${unit}`, `a${unit}a`)
  }
  for (const length of [120, 121, 122, 127, 128, 129, 130, 200, 254, 255, 256, 1000]) {
    keys.push('q'.repeat(length), 'Q'.repeat(length), `${'q'.repeat(length)}Q`, `${'q'.repeat(length - 1)}/`)
  }
  let state = SEED
  const random = (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
  const ranges = [[0x20, 0x7f], [0x61, 0x7b], [0x41, 0x5b], [0xa0, 0x250], [0x300, 0x370], [0x4e00, 0x9fff],
    [0xd800, 0xe000], [0x1f300, 0x1f700], [0, 0x110000]]
  for (let made = 0; made < 600; made++) {
    const [from, to] = ranges[random(ranges.length)]
    keys.push(String.fromCodePoint(...Array.from({ length: 1 + random(60) }, () => from + random(to - from))))
  }
  return [...new Set(keys)]
}

const keys = adversarialKeys()

test(`each of ${keys.length} adversarial keys comes back from its name, or is hashed (seed ${SEED})`, () => {
  for (const key of keys) {
    const name = nameOfKey(key)
    if (isHashedName(name)) {
      assert.equal(keyOfName(name), undefined)
      assert.equal(keyOfBeginning(name, newRecord([key, new Uint8Array(9)]).content), key)
    } else {
      assert.equal(keyOfName(name), key, name)
    }
  }
})

test('no two keys share a name, on disks that ignore case or normalise Unicode either', () => {
  const names = keys.map(nameOfKey)
  assert.equal(new Set(names).size, keys.length)
  assert.equal(new Set(names.map(name => name.toLowerCase())).size, keys.length)
  assert.equal(new Set(names.map(name => name.normalize('NFC').toUpperCase())).size, keys.length)
})

test('a name is short, plain, visible, and no name that a system reserves', () => {
  for (const name of keys.map(nameOfKey)) {
    assert.match(name, /^[a-z0-9_%~-][a-z0-9_.%~-]*$/)
    assert.ok(name.length <= 143, `${name.length} characters`)
    assert.doesNotMatch(name, /[. ]$/)
    assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
  }
})

test('a disk keeps every name apart', t => {
  const dir = folderFor(t)
  for (const key of keys) writeFileSync(join(dir, nameOfKey(key)), '', { flag: 'wx' })
  assert.equal(readdirSync(dir).length, keys.length)
})

test('a name that no key has belongs to someone else', () => {
  const foreign = ['README.md', 'notes.txt', 'desktop.ini', 'Thumbs.db', '.DS_Store', 'a', 'A.record',
    '.record', 'con.record', 'a/b.record', '%4.record', '%61.record', '%U0041.record', '%u0041.record',
    `${'q'.repeat(200)}.record`, `q~${'0'.repeat(63)}.record`, '.0123456789abcdef.tmp', '']
  for (const name of foreign) assert.equal(keyOfName(name), undefined, name)
})

test('the first line of a hashed file is believed only if the hash agrees', () => {
  const [key, other] = ['k'.repeat(300), 'l'.repeat(300)]
  const name = nameOfKey(key)
  assert.equal(keyOfBeginning(name, Buffer.from(headerOfKey(key))), key)
  const wrong = ['no json\n', '', '"unfinished', '42\n', 'null\n', headerOfKey(other), 'k'.repeat(300)]
  for (const text of wrong) {
    assert.equal(keyOfBeginning(name, Buffer.from(text)), undefined, text.slice(0, 20))
  }
})

test('a file gives back its record byte for byte, and all of itself when its first line is gone', () => {
  for (const key of ['a', 'line\nbreak', '\ud800', 'k'.repeat(300)]) {
    for (const data of [Uint8Array.of(), Uint8Array.of(10), Uint8Array.of(1, 10, 2, 10)]) {
      assert.deepEqual(dataOf(newRecord([key, data]).content), data)
    }
  }
  assert.deepEqual(dataOf(Buffer.from('no line')), new Uint8Array(Buffer.from('no line')))
  assert.deepEqual(dataOf(Buffer.alloc(0)), new Uint8Array(0))
})
