// Keyv's own test suite, run on `ministash/keyv` as the package ships it, on every kind of host.
// @ts-check
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import Keyv from 'keyv'
import { memory, node, open, wechat } from 'ministash'
import { keyvStore } from 'ministash/keyv'
import * as vitest from 'vitest'
import { wechatDouble } from '../../../js/testing/wechat.js'

const folder = mkdtempSync(path.join(tmpdir(), 'ministash-keyv-'))
vitest.afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HOSTS = {
  'memory, immediate': () => memory(),
  'memory, deferred': () => memory({ immediate: false }),
  'node': () => node({ dir: folder, durable: false }),
  'wechat, immediate': () => wechat(wechatDouble().wx),
  'wechat, deferred': () => wechat(wechatDouble().wx, { deferred: true }),
}

for (const [name, makeHost] of Object.entries(HOSTS)) {
  vitest.describe(name, () => {
    /** @type {import('ministash').Stash} */
    let stash
    vitest.beforeAll(async () => { stash = await open({ host: /** @type {any} */ (makeHost()) }) })
    vitest.afterAll(() => stash.close())
    // The suite makes a store for each Keyv, and expects all of them to lie over the same data.
    const store = () => keyvStore(stash.storage.namespace('keyv'))
    keyvTestSuite(/** @type {any} */ (vitest), Keyv, store)
    keyvIteratorTests(/** @type {any} */ (vitest), Keyv, store)
  })
}
