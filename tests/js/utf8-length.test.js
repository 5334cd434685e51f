// How many bytes of UTF-8 a text takes, against the encoder of the engine.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8Length } from '../../js/utf8-length.js'

const encoder = new TextEncoder()

test('a text is as long as its encoding, wherever it is cut', () => {
  const pieces = ['a', '\x7f', '\x80', '\u07ff', '\u0800', '\uffff', '\u{10000}', '\u{10ffff}', '\ud800',
    '\udc00']
  for (const one of pieces) {
    for (const other of pieces) {
      for (const length of [0, 1, 19, 20, 21, 39, 40, 41, 8190, 8191, 8192, 20_000]) {
        const pair = one + other
        for (const text of ['x'.repeat(length) + pair, one + other.repeat(length), pair.repeat(length)]) {
          assert.equal(utf8Length(text), encoder.encode(text).length, `${length} and ${JSON.stringify(pair)}`)
        }
      }
    }
  }
})

test('without an encoder the units are counted', async t => {
  const { TextEncoder } = globalThis
  t.after(() => { globalThis.TextEncoder = TextEncoder })
  Reflect.deleteProperty(globalThis, 'TextEncoder')
  const { utf8Length: length } = await import(`../../js/utf8-length.js?${1}`)
  const text = 'aé你😀\ud800'.repeat(1000)
  assert.equal(length(text), encoder.encode(text).length)
})
