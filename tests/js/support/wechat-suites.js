// @ts-check
/**
 * The suites that run on the mini-program build: the contracts of host and storage, every value, kills and
 * refusals at every call, the simulation. Bundled by wechat-bundle.js for a realm without Node.
 */

import { describe, test } from 'node:test'
import { wechat } from '../../../js/hosts/wechat.js'
import { encode } from '../../../js/value.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { hostContract } from './host-contract.js'
import { openAt, refused } from './shell.js'
import { storageContract } from './storage-contract.js'
import { VALUES, assertCameBack } from './values.js'
import { harness } from './wechat-built.js'
import { CHANGES, cuts, enumerate } from './wechat-crash.js'
import { KINDS, limited } from './wechat-kinds.js'
import { simulateAll } from './wechat-simulation.js'

export { runClaims } from './browser-shims.js'

/** @typedef {import('./wechat-kinds.js').Kind} Kind */

const STEPS = 150

for (const kind of KINDS.filter(({ name }) => name.startsWith(`${harness.personality},`))) {
  hostContract(kind.name, (_, limits) => limited(kind, limits), { hasLimits: harness.personality === 'ios' })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate: !kind.deferred })
  describe(`values on ${kind.name}`, () => valueClaims(kind))
  describe(`all or nothing on ${kind.name}`, () => crashClaims(kind))
  test(`random verbs against a plain model, ${kind.name}`, async () => {
    const { kills, refusals: refused_, wipes, restarts } = await simulateAll(harness.seeds, kind, STEPS)
    for (const [name, count] of Object.entries({ kills, refusals: refused_, wipes, restarts })) {
      if (count === 0) throw new Error(`there were no ${name}`)
    }
  })
}

/** @param {Kind} kind */
function valueClaims({ options, deferred }) {
  const small = VALUES.filter(({ expect, make }) => expect === 'equal' && encode(make()).text.length < 50_000)
  for (const [way, more] of /** @type {[string, object][]} */ ([
    ['as it is', {}], ['compressed, with a TTL', { compress: true, ttl: '1h' }],
  ])) {
    test(`every value stored ${way} comes back from the disk`, async () => {
      const double = wechatDouble(options)
      const { stash, storage } = await openAt(wechat(double.wx, { deferred }))
      const all = small.map(entry => ({ entry, value: entry.make() }))
      if (all.length < 120) throw new Error(`${all.length} values`)
      for (const [at, { value }] of all.entries()) await storage.set(`key ${at}`, value, more)
      await stash.close()
      const next = wechatDouble({ ...options, disk: new Map(double.disk) })
      const again = await openAt(wechat(next.wx, { deferred }))
      const many = await again.storage.getMany(all.map((_, at) => `key ${at}`))
      for (const [at, { entry, value }] of all.entries()) {
        assertCameBack(entry, value, many[at])
        assertCameBack(entry, value, await again.storage.get(`key ${at}`))
      }
      await again.stash.close()
    })
  }

  test('what cannot come back is refused, and nothing is written', async () => {
    const double = wechatDouble(options)
    const { stash, storage } = await openAt(wechat(double.wx, { deferred }))
    const before = double.disk.size
    for (const entry of VALUES.filter(({ expect }) => expect === 'refused')) {
      await refused('INVALID_VALUE', () => storage.set('key', entry.make()))
    }
    if (double.disk.size !== before) throw new Error('something was written')
    await stash.close()
  })
}

/**
 * One change that takes every way through a commit: old and new values, parts, the journal.
 * @param {Kind} kind
 */
function crashClaims(kind) {
  const name = 'setMany of large values'
  const change = CHANGES[name]
  test(`${name}: killed at each call`, async () => {
    if (await enumerate({ ...kind, splits: true }, change, cuts) < 8) throw new Error('too few kills')
  })
  // Every reason and every part of a batch is refused in Node; here before anything is done, and after
  // all of it.
  /** @type {import('./wechat-crash.js').Mishaps} */
  const refusals = parts => [{ refuse: 'quota' }, { refuse: 'io', applied: parts }]
  test(`${name}: refused at each call`, async () => {
    if (await enumerate({ ...kind, splits: true }, change, refusals) < 12) throw new Error('too few refusals')
  })
}
