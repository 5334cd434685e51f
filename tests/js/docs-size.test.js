// The READMEs say what each entry weighs. Another compiler, or Rust's own standard library, gives other
// bytes: what is published is built on the local route, and only there the figures are held.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ENTRIES } from '../../scripts/entry-weights.mjs'
import { staleFigures } from '../../scripts/docs-size.mjs'

/** How far a figure may be off: a change of some lines must not need another README. */
const MOST = 0.03

const read = (/** @type {string} */ name) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

test('the sizes in the READMEs are those of this build', async () => {
  const isPublished = read('.tools/stamps/route') === 'local'
  if (isPublished) assert.deepEqual(await staleFigures(MOST), [], 'run node scripts/docs-size.mjs')
  // The look would see it: nothing is within a millionth.
  assert.notEqual((await staleFigures(1e-6)).length, 0)
})

test('every entry that runs is weighed', () => {
  const { exports } = JSON.parse(read('pkg/package.json'))
  const known = ENTRIES.map(({ name }) => name)
  // Files, the same under another name, and what mini-programs have of their own.
  const others = /\.(wasm|json)$|core-only$|miniprogram/
  const named = Object.keys(exports).filter(name => !others.test(name))
  assert.deepEqual(named.map(name => name.replace('.', 'ministash')).sort(), known.sort())
})
