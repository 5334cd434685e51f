// Times to live as callers write them.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { StorageError } from '../../js/errors.js'
import { TTL_MS_MAX, parseTtl } from '../../js/ttl.js'

test('a ttl is a whole number of milliseconds, or one with a unit', () => {
  const cases = /** @type {[any, number][]} */ ([
    [1, 1], [5000, 5000], [TTL_MS_MAX, TTL_MS_MAX],
    ['500ms', 500], ['30s', 30_000], ['10m', 600_000], ['1h', 3_600_000], ['7d', 604_800_000], ['2w',
      1_209_600_000],
    ['007s', 7000], ['36500d', TTL_MS_MAX],
  ])
  for (const [ttl, ms] of cases) assert.equal(parseTtl(ttl), ms, String(ttl))
})

test('anything else is refused with what was expected', () => {
  const cases = /** @type {[any, string][]} */ ([
    [0, '0'], [-1, '-1'], [-0, '0'], [1.5, '1.5'], [NaN, 'NaN'], [-Infinity, '-Infinity'], ['', '""'],
    ['10', '"10"'],
    ['10 m', '"10 m"'], [' 10m', '" 10m"'], ['1.5h', '"1.5h"'], ['-1s', '"-1s"'], ['0s', '"0s"'], ['1M',
      '"1M"'],
    ['1y', '"1y"'], ['s', '"s"'], ['1e3s', '"1e3s"'], [undefined, 'undefined'], [null, 'null'], [true,
      'a boolean'],
    [{}, 'an object'], [[5], 'an object'], [() => 5, 'a function'], [BigInt(5), 'a bigint'], [Symbol('s'),
      'a symbol'],
    ['9'.repeat(41), 'a string of 41 characters'],
  ])
  for (const [ttl, got] of cases) {
    assert.throws(() => parseTtl(ttl), (error) => {
      assert.ok(error instanceof StorageError)
      assert.equal(error.code, 'INVALID_OPTION')
      assert.equal(error.message, `expected a ttl such as 5000 or '10m', got ${got}`)
      return true
    })
  }
})

test('a ttl for ever or above a hundred years says what to do', () => {
  assert.throws(() => parseTtl(Infinity), { code: 'INVALID_OPTION',
    message: /got Infinity: leave the ttl out/ })
  for (const ttl of /** @type {const} */ ([TTL_MS_MAX + 1, '36501d', '999999999999999w'])) {
    assert.throws(() => parseTtl(ttl), { code: 'INVALID_OPTION', message: /of at most 36500 days, got / })
  }
})

test('the longest ttl is that of the core', () => {
  const config = readFileSync(new URL('../../src/config.rs', import.meta.url), 'utf8')
  const factors = /TTL_MS_MAX: u64 = ([\d_ *]+);/.exec(config)?.[1]?.replaceAll('_', '').split('*') ?? []
  assert.equal(factors.reduce((product, factor) => product * Number(factor), 1), TTL_MS_MAX)
})
