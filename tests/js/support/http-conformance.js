// @ts-check
/**
 * Runs the HTTP cache tests of Mark Nottingham (https://cache-tests.fyi), as a private cache, against a
 * fetch: a real server on loopback, in a process of its own.
 */

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.js'

/** @typedef {{ id: string, name: string, suite: string, kind: 'required' | 'optimal' | 'check',
 *   result: 'pass' | 'fail' | 'untested', why: string }} Outcome */

const require = createRequire(import.meta.url)

/**
 * Runs every test that concerns a private cache.
 * @param {(url: string, init: any) => Promise<any>} fetchThrough
 * @returns {Promise<Outcome[]>}
 */
export async function runConformance(fetchThrough) {
  const root = path.dirname(require.resolve('http-cache-tests/package.json'))
  const port = await freePort()
  const server = spawn(process.execPath, [path.join(root, 'server/server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_config_protocol: 'http', npm_config_port: String(port),
      npm_config_pidfile: path.join(os.tmpdir(), `http-cache-tests-${process.pid}.pid`) },
  })
  try {
    const base = `http://localhost:${port}`
    await answering(base, server)
    // @ts-expect-error -- it has no types
    const { runTests, getResults } = await import('http-cache-tests/client/runner.mjs')
    // @ts-expect-error -- it has no types
    const { default: suites } = await import('http-cache-tests/tests/index.mjs')
    await runTests(suites, fetchThrough, true, base)
    return outcomes(suites, getResults())
  } finally {
    server.kill('SIGKILL')
  }
}

/**
 * @param {string} base
 * @param {import('node:child_process').ChildProcess} server
 */
async function answering(base, server) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (server.exitCode !== null) throw new Error(`the server of the tests ended with ${server.exitCode}`)
    try {
      await fetch(`${base}/config/none`, { method: 'HEAD' })
      return
    } catch {
      await pause(50)
    }
  }
  throw new Error('the server of the tests does not answer')
}

/**
 * A test whose preparation failed, or that depends on one that failed, says nothing.
 * @param {any[]} suites
 * @param {Record<string, true | [string, string]>} results
 * @returns {Outcome[]}
 */
function outcomes(suites, results) {
  /** @type {Map<string, any>} */
  const byId = new Map(suites.flatMap(suite => suite.tests.map((/** @type {any} */ test) => [test.id,
    { ...test, suite: suite.id }])))
  /** @param {string} id @returns {Outcome['result']} */
  const resultOf = id => {
    const test = byId.get(id)
    const result = results[id]
    if (!test || result === undefined) return 'untested'
    for (const other of test.depends_on ?? []) if (resultOf(other) !== 'pass') return 'untested'
    if (result === true) return 'pass'
    return result[0] === 'Setup' ? 'untested' : 'fail'
  }
  return Array.from(byId.values()).filter(({ id }) => results[id] !== undefined).map(test => {
    const result = results[test.id]
    return { id: test.id, name: test.name, suite: test.suite, kind: test.kind ?? 'required',
      result: resultOf(test.id), why: result === true || result === undefined ? '' : result.join(': ') }
  })
}

/**
 * The required and optimal tests that fail, each with its reason.
 * @type {Readonly<Record<string, string>>}
 */
export const KNOWN_FAILURES = Object.freeze({
  'age-parse-prefix': 'An `Age` of "0,7200" counts as no number, so the answer is stale (RFC 9111 '
    + 'section 5.1). '
    + 'The suite wants the first member here, and the opposite for "0, 0".',
  'vary-normalise-lang-select': 'Choosing a variant by what the client would prefer among those '
    + 'stored would take '
    + 'the negotiation of the server for granted (RFC 9111 section 4.1 allows it, and does not ask '
    + 'for it).',
  'partial-store-partial-complete': 'The stored part has no strong validator, and without one parts '
    + 'must not be '
    + 'combined (RFC 9110 section 15.3.7.3). With one they are.',
  'partial-store-partial-reuse-partial-absent': 'The server of the test sends five bytes and calls '
    + 'them six: what '
    + 'is missing is asked for.',
  'partial-store-partial-reuse-partial-suffix': 'As above.',
  'other-cookie': 'Requests with a `Cookie` have a partition of their own unless the app names one: '
    + 'answers of '
    + 'one user are not for another.',
})
