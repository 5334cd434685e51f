// @ts-check
/**
 * Mark Nottingham's HTTP cache tests, as a private cache, through `stash.http.fetch` and a real server.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkByFetch } from '../../js/hosts/http-fetch.js'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { KNOWN_FAILURES, runConformance } from './support/http-conformance.js'

test('what the standard requires holds, but for what is named with its reason', async t => {
  const host = { ...memory(), network: networkByFetch() }
  const stash = await open({ host, http: { maxEntries: 5000, maxBytes: 100_000_000 } })
  const outcomes = await runConformance((url, init) => stash.http.fetch(url, init))
  await stash.close()
  for (const kind of ['required', 'optimal', 'check']) {
    const of = outcomes.filter(outcome => outcome.kind === kind)
    const count = (/** @type {string} */ result) => of.filter(outcome => outcome.result === result).length
    t.diagnostic(`${kind}: ${of.length}, passed ${count('pass')}, failed ${count('fail')}, untested ${count('untested')}`)
  }
  assert.ok(outcomes.length > 280, `only ${outcomes.length} tests ran`)
  const failed = outcomes.filter(({ kind, result }) => kind !== 'check' && result === 'fail')
  const unknown = failed.filter(({ id }) => !(id in KNOWN_FAILURES))
  assert.deepEqual(unknown.map(({ id, why }) => `${id}: ${why}`), [])
})
