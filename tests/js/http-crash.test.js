// @ts-check
/**
 * The process dies before each call of the host while a response is stored, validated, replaced, invalidated
 * or evicted, and each call is refused in turn: whoever opens next is served what was right once, or nothing.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { faulty as faultyHost } from '../../js/testing/faulty.js'
import { PowerCut } from '../../js/testing/power-cut.js'

/** @typedef {import('../../js/testing/faulty.js').Mishap} Mishap */

const URL_A = 'https://example.com/a'
const time = { now: 1_800_000_000_000 }

/** A network whose server has one document, with a version that is its ETag. */
function network() {
  const state = { version: 1 }
  /** @type {import('../../js/hosts/http.js').HttpNetwork} */
  const wire = {
    words: 'wx',
    send({ method, headers }) {
      const etag = `"${state.version}"`
      if (method === 'POST') state.version += 1
      const isSame = method === 'GET' && headers.includes(`If-None-Match:${etag}`)
      const said = `Date:${new Date(time.now).toUTCString()}\nCache-Control:max-age=10\nETag:${etag}\n`
      const answer = Promise.resolve({ status: isSame ? 304 : 200, statusText: '', headers: said,
        read: async () => isSame ? '' : JSON.stringify({ version: state.version, filler: 'x'.repeat(300) }) })
      return { answer, abort() {} }
    },
  }
  return { wire, state }
}

/** @type {Record<string, (http: any, state: { version: number }) => Promise<unknown>>} */
const CHANGES = {
  'a first response is stored': async http => {
    await http.clear()
    await http.request({ url: URL_A })
  },
  'a stale response is validated': async http => {
    time.now += 11_000
    await http.request({ url: URL_A })
  },
  'a stale response is replaced': async (http, state) => {
    time.now += 11_000
    state.version += 1
    await http.request({ url: URL_A })
  },
  'a change invalidates it': http => http.request({ url: URL_A, method: 'POST' }),
  'it is dropped by its tag': http => http.invalidate({ tag: 't' }),
  'others push it out': async http => {
    for (const name of ['b', 'c', 'd']) await http.request({ url: `https://example.com/${name}` })
  },
}

/** @param {any} host @param {any} wire */
const opened = (host, wire) => open({ host: { ...host, network: wire }, clock: () => time.now,
  http: { maxEntries: 2 } })

/** What is served without the network, and whether its fields belong to its body. @param {any} stash */
async function servedFrom(stash) {
  const answer = await stash.http.request({ url: URL_A, cache: 'only-if-cached' })
  if (answer.statusCode === 504) return undefined
  assert.equal(answer.header.ETag, `"${answer.data.version}"`, 'fields of one response, body of another')
  assert.equal(answer.data.filler.length, 300)
  return answer.data.version
}

for (const immediate of [true, false]) {
  for (const [name, change] of Object.entries(CHANGES)) {
    test(`nothing wrong is served after a death: ${name}, ${immediate ? 'immediate' : 'deferred'}`,
      async () => {
        let runs = 0
        for (const kind of /** @type {const} */ (['cut', 'refuse'])) {
          for (let number = 1; ; number += 1) {
            time.now = 1_800_000_000_000
            const { wire, state } = network()
            const inner = memory({ immediate })
            const prepared = await opened(inner, wire)
            await prepared.http.request({ url: URL_A, tags: ['t'] })
            await prepared.close()
            const faulty = faultyHost(inner)
            const stash = await opened(faulty.host, wire)
            let isMet = false
            faulty.expect(call => {
              if (call.number !== number) return undefined
              isMet = true
              return /** @type {Mishap} */ (kind === 'cut' ? { cut: true } : { refuse: 'HOST_FAILED' })
            })
            const outcome = await change(stash.http, state).then(() => undefined, error => error)
            // A store that fails is a slower network, not a broken one; only who asks for a removal must hear
            // of it.
            const mayFail = kind === 'cut' || name.includes('tag') || name.includes('first')
            if (!mayFail) assert.equal(outcome, undefined)
            faulty.expect(undefined)
            if (!faulty.isCut) await stash.close().catch(error => assert.ok(!(error instanceof PowerCut)))
            else await inner.close?.()
            const next = await opened(inner, wire)
            const version = await servedFrom(next)
            assert.ok(version === undefined || version <= state.version)
            // And it goes on as if nothing had happened.
            const { data } = await next.http.request({ url: URL_A, cache: 'reload' })
            assert.equal(data.version, state.version)
            await next.close()
            runs += 1
            if (!isMet) break
          }
        }
        assert.ok(runs > 4, `only ${runs} runs`)
      })
  }
}
