// @ts-check
/** What the network is when the app starts, as hosts tell it, and what the upload queue makes of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { listenToPage } from '../../js/hosts/browser-life.js'
import { listenTo } from '../../js/hosts/mini-life.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { byHand, openQueue, quiet, stoppedTime } from './support/uploads.js'

/** WeChat with a network. @param {string} networkType */
function wxOn(networkType) {
  const double = wechatDouble()
  const wx = { ...double.wx, getNetworkType(/** @type {any} */ { success }) {
    setImmediate(() => success({ networkType, errMsg: 'getNetworkType:ok' }))
  } }
  return { double, wx }
}

test('an app that starts without a network, or on a mobile one, waits from the beginning', async t => {
  const time = stoppedTime(t)
  for (const [networkType, reason] of [['none', 'offline'], ['4g', 'metered'], ['wifi', undefined]]) {
    const { double, wx } = wxOn(String(networkType))
    const net = byHand()
    const stash = await openQueue({ transport: net.transport, network: 'unmetered' },
      { ...memory(), listen: listenTo(wx) })
    await quiet()
    const upload = stash.uploads.uploadFile('/a', 'a')
    upload.catch(() => {})
    await time.pass(30_000, 3)
    assert.deepEqual(stash.uploads.explain(upload.id)?.reasons, reason && [reason])
    double.connect(true, 'wifi')
    await quiet()
    assert.equal(stash.uploads.get(upload.id)?.state, 'running', networkType)
    await stash.close()
  }
})

test('what WeChat tells of a change is newer than its answer; nothing is told after the end', async () => {
  /** @type {any[]} */
  const heard = []
  const { double, wx } = wxOn('none')
  const end = listenTo(wx)('network', detail => heard.push(detail.type))
  double.connect(true, 'wifi')
  await quiet()
  const other = listenTo(wx)('network', detail => heard.push(detail.type))
  other?.()
  await quiet()
  end?.()
  assert.deepEqual(heard, ['wifi'])
})

test('a page that starts offline is told so, one that starts online is not', async t => {
  const { self: hadSelf, navigator: hadNavigator } = /** @type {any} */ (globalThis)
  const put = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  t.after(() => {
    put('self', hadSelf)
    put('navigator', hadNavigator)
  })
  put('self', new EventTarget())
  for (const onLine of [true, false]) {
    put('navigator', { onLine })
    /** @type {any[]} */
    const heard = []
    const end = listenToPage('network', detail => heard.push(detail))
    const other = listenToPage('network', detail => heard.push(detail))
    other?.()
    await quiet()
    assert.deepEqual(heard, onLine ? [] : [{ isConnected: false, type: 'none' }])
    end?.()
  }
})
