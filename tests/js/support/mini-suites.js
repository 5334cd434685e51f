// @ts-check
/**
 * The suites of a mini-program other than WeChat's, on the mini-program build, for a realm without Node: the
 * contracts of host and storage, every value, kills and refusals at each call, the simulation.
 */

import { describe, test } from 'node:test'
import { encode } from '../../../js/value.js'
import { hostContract } from './host-contract.js'
import { KINDS, limited } from './mini-kinds.js'
import { valuesOn } from './mini-values.js'
import { storageContract } from './storage-contract.js'
import { harness } from './wechat-built.js'
import { CHANGES, cuts, enumerate, refusals } from './wechat-crash.js'

export { runClaims } from './browser-shims.js'

/** Whose sizes are told in bytes of UTF-8, as the tests of limits tell them. */
const COUNTS_UTF8 = /^(baidu|kuaishou)/

/**
 * Each value is made anew to be measured: some change by being read.
 * @param {import('./mini-values.js').ValueEntry} entry
 */
const isSmall = ({ make }) => encode(make()).text.length < 50_000

for (const kind of KINDS.filter(({ name }) => name.startsWith(`${harness.place},`))) {
  hostContract(kind.name, (_, limits) => limited(kind, limits), { hasLimits: COUNTS_UTF8.test(kind.name) })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate: !kind.deferred })

  valuesOn(kind, { isTaken: isSmall, isPlain: harness.isPlain })

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
