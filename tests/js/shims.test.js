// UTF-8 of our own is UTF-8, as far as the core uses it.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as shims from '../../js/shims/utf8.js'

const encoder = new shims.TextEncoder()
const decoder = new shims.TextDecoder()
const native = new TextEncoder()

test('every code point is encoded as the platform encodes it, and decoded again', () => {
  for (let first = 0; first < 0x110000; first += 0x1000) {
    const points = Array.from({ length: 0x1000 }, (_, at) => first + at)
    const text = String.fromCodePoint(...points.filter(point => point < 0xD800 || point > 0xDFFF))
    const bytes = native.encode(text)
    assert.deepEqual(encoder.encode(text), bytes)
    assert.ok(decoder.decode(bytes) === text, `from U+${first.toString(16)} on`)
  }
})

test('texts at every boundary are encoded into the room of three bytes a unit', () => {
  const ends = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]
    .map(point => String.fromCodePoint(point))
  for (const first of ends) {
    for (const second of ends) {
      const text = first + second + first
      const room = new Uint8Array(text.length * 3 + 1).fill(0xAA)
      const { read, written } = encoder.encodeInto(text, room)
      assert.equal(read, text.length)
      assert.deepEqual(room.subarray(0, written), native.encode(text))
      assert.ok(room.subarray(written).every(byte => byte === 0xAA))
    }
  }
})

test('what does not fit is left, and never cut within a character', () => {
  const text = 'a\u00E9\u4E2D\u{1F389}z\uD800'
  for (let room = 0; room <= 14; room += 1) {
    const [ours, theirs] = [new Uint8Array(room), new Uint8Array(room)]
    assert.deepEqual(encoder.encodeInto(text, ours), native.encodeInto(text, theirs))
    assert.deepEqual(ours, theirs)
  }
})

test('a lone surrogate becomes U+FFFD, wherever it stands', () => {
  for (const text of ['\uD800', 'a\uDC00', '\uD800\uD800\uDC00', '\uDC00\uD800', '\uDBFFz', '🎉\uD83C']) {
    assert.deepEqual(encoder.encode(text), native.encode(text))
  }
})

test('long texts come back, and nothing is nothing', () => {
  const text = 'a'.repeat(4095) + '中🎉é'.repeat(30_000)
  assert.equal(decoder.decode(encoder.encode(text)), text)
  assert.deepEqual([encoder.encode().length, decoder.decode()], [0, ''])
})
