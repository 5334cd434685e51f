// @ts-check
/** A few claims on the mini-program build, for engines that are too slow for its suites. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wechat } from '../../../js/hosts/wechat.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { openAt } from './shell.js'
import { harness } from './wechat-built.js'
import { KINDS } from './wechat-kinds.js'
import { simulateAll } from './wechat-simulation.js'

export { runClaims } from './browser-shims.js'

for (const kind of KINDS.filter(({ name }) => name.startsWith(`${harness.personality},`))) {
  test(`what is stored comes back, ${kind.name}`, async () => {
    const double = wechatDouble(kind.options)
    const { stash, storage } = await openAt(wechat(double.wx, { deferred: kind.deferred }))
    await storage.setMany({ user: { name: '小明🎉' }, set: new Set(['é']), large: '中'.repeat(400_000) })
    assert.deepEqual(double.wx.getStorageSync('user'), { name: '小明🎉' })
    assert.equal((await storage.get('set')).has('é'), true)
    assert.equal((await storage.get('large')).length, 400_000)
    await stash.close()
  })

  test(`random verbs against a plain model, ${kind.name}`, async () => {
    await simulateAll('0..1', kind, 60)
  })
}
