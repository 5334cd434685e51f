// What the reference host promises beyond the contract of hosts.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'

test('memory holds text and answers at once unless asked otherwise', () => {
  const host = memory()
  assert.deepEqual([host.name, host.holds, host.immediate, host.commit], ['memory', 'text', true, undefined])
  assert.equal(memory({ name: 'mine' }).name, 'mine')
  assert.equal(memory({ batch: false }).readMany, undefined)
  assert.equal(typeof memory({ atomic: true }).commit, 'function')
})

test('a wipe takes the records and the count, and leaves the witness', () => {
  const host = memory({ totalBytes: 10 })
  host.write('a', '123456789')
  host.witness?.write('seen')
  host.wipe()
  assert.deepEqual(host.list(''), [])
  assert.equal(host.witness?.read(), 'seen')
  host.write('b', '123456789')
})

test('a deferred call takes effect later, in order, with the data of the moment it was made', async () => {
  const host = memory({ immediate: false, holds: 'bytes' })
  const data = Uint8Array.of(1)
  const written = host.write('key', data)
  data[0] = 2
  const early = host.read('key')
  const replaced = host.write('key', data)
  await Promise.all([written, replaced])
  assert.deepEqual(await early, Uint8Array.of(1))
  assert.deepEqual(await host.read('key'), Uint8Array.of(2))
})

test('a native host behaves as wx: JSON comes back as a copy, and an empty text reads as missing', () => {
  const host = memory({ holds: 'native' })
  const value = { when: new Date(0), list: [undefined, NaN] }
  host.write('value', value)
  assert.deepEqual(host.read('value'), { when: '1970-01-01T00:00:00.000Z', list: [null, null] })
  assert.notEqual(host.read('value'), host.read('value'))
  host.write('empty', '')
  assert.equal(host.read('empty'), undefined)
  assert.deepEqual(host.list('empty'), ['empty'])
})

test('data of another kind than the host holds are refused', () => {
  assert.throws(() => memory().write('a', Uint8Array.of(1)), { fault: 'HOST_FAILED' })
  assert.throws(() => memory({ holds: 'bytes' }).write('a', 'text'), { fault: 'HOST_FAILED' })
})

test('sizes are counted as UTF-8, a lone surrogate as three bytes', () => {
  const host = memory({ totalBytes: 100 })
  for (const text of ['a', '\u007f\u0080', '\u07ff\u0800', '\uffff', '🎉', '\ud800', '\udc00\ud800', '中文']) {
    host.write('k', text)
    assert.equal(host.info?.().usedBytes, 1 + Buffer.byteLength(text), JSON.stringify(text))
  }
})

test('a refused batch in memory has done what stands before the refusal, as real stores do', () => {
  const host = memory({ totalBytes: 20 })
  /** @type {[string, string][]} */
  const entries = [['a', '123'], ['b', 'x'.repeat(99)], ['c', '1']]
  assert.throws(() => host.writeMany?.(entries), { fault: 'QUOTA_EXCEEDED' })
  assert.deepEqual(host.list(''), ['a'])
})
