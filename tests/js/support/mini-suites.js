// @ts-check
/**
 * The suites of a mini-program other than WeChat's, on the mini-program build, for a realm without Node: the
 * contracts of host and storage, every value, kills and refusals at each call, the simulation.
 */

import { describe, test } from 'node:test'
import { encode } from '../../../js/value.js'
import { hostContract } from './host-contract.js'
import { KINDS, limited } from './mini-kinds.js'
import { openAt } from './shell.js'
import { storageContract } from './storage-contract.js'
import { VALUES, assertCameBack } from './values.js'
import { harness } from './wechat-built.js'
import { CHANGES, cuts, enumerate, refusals } from './wechat-crash.js'

export { runClaims } from './browser-shims.js'

/** Whose sizes are told in bytes of UTF-8, as the tests of limits tell them. */
const COUNTS_UTF8 = /^(baidu|kuaishou)/

for (const kind of KINDS.filter(({ name }) => name.startsWith(`${harness.place},`))) {
  hostContract(kind.name, (_, limits) => limited(kind, limits), { hasLimits: COUNTS_UTF8.test(kind.name) })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate: !kind.deferred })

  describe(`values on ${kind.name}`, () => {
    test('every value comes back from the disk', async () => {
      // Each is made anew to be measured: some change by being read.
      const isSmall = (/** @type {any} */ { make }) => encode(make()).text.length < 50_000
      const all = VALUES.filter(entry => entry.expect === 'equal' && isSmall(entry))
        .map(entry => ({ entry, value: entry.make() }))
      if (all.length < 120) throw new Error(`${all.length} values`)
      const double = kind.make()
      const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      if (stash.isPlain !== harness.isPlain) throw new Error('this is the other core')
      for (const [at, { value }] of all.entries()) await storage.set(`key ${at}`, value)
      await stash.close()
      const next = kind.make({ disk: new Map(double.disk) })
      const again = await openAt(kind.host(next.mini, { deferred: kind.deferred }))
      for (const [at, { entry, value }] of all.entries()) {
        assertCameBack(entry, value, await again.storage.get(`key ${at}`))
      }
      await again.stash.close()
    })
  })

  describe(`all or nothing on ${kind.name}`, () => {
    const splitting = { ...kind, options: {}, splits: true }
    for (const [change, act] of Object.entries(CHANGES)) {
      test(`${change}: killed and refused at each call`, async () => {
        await enumerate(splitting, act, cuts)
        await enumerate(splitting, act, refusals)
      })
    }
  })
}
