// The rules that scripts/check-dependencies.mjs holds every dependency to.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  LICENCES, advisoryFindings, crateFindings, isMet, manifestFindings, packageFindings, unexplainedCrates,
  yankedCrates,
} from '../../scripts/dependency-rules.mjs'

const CRATES_IO = 'registry+https://github.com/rust-lang/crates.io-index'

test('a licence expression is met only where its choices allow it', () => {
  const cases = /** @type {[string, boolean][]} */ ([
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['MIT OR GPL-3.0-only', true],
    ['GPL-3.0-only OR MIT', true],
    ['MIT AND GPL-3.0-only', false],
    ['MIT/Apache-2.0', true],
    ['(MIT OR Apache-2.0) AND Unicode-3.0', true],
    ['(MIT OR Apache-2.0) AND GPL-2.0-only', false],
    ['GPL-2.0-only OR (MIT AND Zlib)', true],
    ['Apache-2.0 WITH LLVM-exception OR GPL-2.0-only', true],
    ['MIT WITH Some-exception', false],
    ['', false],
    ['SEE LICENSE IN LICENSE.txt', false],
    ['MIT)', false],
  ])
  for (const [expression, met] of cases) {
    assert.equal(isMet(expression, (licence) => LICENCES.has(licence)), met, expression)
  }
})

test('a crate needs an accepted licence and must come from crates.io', () => {
  const crate = (/** @type {object} */ change) =>
    ({ name: 'x', version: '1.0.0', license: 'MIT', source: CRATES_IO, ...change })
  assert.deepEqual(crateFindings([crate({}), crate({ source: null, license: null })]), [])
  assert.match(crateFindings([crate({ license: 'AGPL-3.0-only' })]).join(), /licence .* AGPL/)
  assert.match(crateFindings([crate({ license: null })]).join(), /licence .* none/)
  assert.match(crateFindings([crate({ source: 'git+https://example.com/x' })]).join(), /not come from crates.io/)
})

test('every crate in the manifest says why it is there', () => {
  const manifest = [
    '[package]', 'name = "x"', '[dependencies]', '# Why.', 'a = "1"', 'b = "1"',
    "[target.'cfg(unix)'.dependencies]", 'c = "1"', '# A heading, then a gap.', '', 'd = "1"',
    '[features]', 'e = []',
  ].join('\n')
  assert.deepEqual(
    unexplainedCrates(manifest).map((finding) => finding.split(' ').at(-1)),
    ['b', 'c', 'd'],
  )
})

test('a locked npm package needs a licence, a checksum, the public registry and a living maintainer', () => {
  const findings = (/** @type {object} */ change) => packageFindings({ packages: {
    '': {},
    'node_modules/ours': { link: true },
    'pkg': { version: '0.1.0' },
    'node_modules/a/node_modules/x': { version: '1.0.0', license: 'MIT', integrity: 'sha512-x', ...change },
  } })
  assert.deepEqual(findings({}), [])
  assert.deepEqual(findings({ license: 'Python-2.0' }), [])
  assert.match(findings({ license: 'GPL-3.0' }).join(), /^package x 1.0.0: its licence/)
  assert.match(findings({ integrity: undefined }).join(), /no checksum/)
  assert.match(findings({ resolved: 'https://example.com/x.tgz' }).join(), /not come from the npm registry/)
  assert.match(findings({ deprecated: 'use y' }).join(), /deprecated: use y/)
  // What only the tests use has its own licence and age, but comes from the same place.
  const peer = { version: '1.0.0', license: 'GPL-3.0', deprecated: 'use y', resolved: 'https://example.com/x.tgz' }
  const found = packageFindings({ packages: { 'node_modules/x': peer } }, 'tests').join()
  assert.match(found, /no checksum.*not come from the npm registry/)
  assert.doesNotMatch(found, /licence|deprecated/)
})

test('tools are pinned and explained, and the published package depends on nothing', () => {
  assert.deepEqual(manifestFindings({ devDependencies: { x: '1.2.3' } }, {}, '- `x`: why'), [])
  assert.match(manifestFindings({ devDependencies: { x: '^1.2.3' } }, {}, '`x`').join(), /not pinned/)
  assert.match(manifestFindings({ devDependencies: { x: '1.2.3' } }, {}, 'x').join(), /does not say why/)
  assert.match(manifestFindings({}, { dependencies: { x: '1.2.3' } }, '`x`').join(), /nothing, but on x/)
})

test('a withdrawn crate is found in what cargo prints', () => {
  const line = 'warning: package `x v0.5.14` in Cargo.lock is yanked in registry `crates-io`, consider'
  assert.deepEqual(yankedCrates(`Packaging\n${line}\n`), [
    'crate x v0.5.14: this version was withdrawn (yanked)',
  ])
  assert.deepEqual(yankedCrates('Packaging\n'), [])
})

test('an advisory is a finding unless it is accepted by its id', () => {
  const asked = ['a', 'b'].map((name) => ({ name, version: '1.0.0', ecosystem: 'npm' }))
  const answer = { results: [{}, { vulns: [{ id: 'GHSA-1' }, { id: 'GHSA-2' }] }] }
  assert.deepEqual(advisoryFindings(asked, answer, { 'GHSA-1': 'why' }), [
    'npm b 1.0.0: https://osv.dev/vulnerability/GHSA-2',
  ])
  assert.deepEqual(advisoryFindings(asked, {}, {}), [])
})
