// What WeChat tells of the life of a mini-program reaches the stash, and what is held back is flushed before
// WeChat is answered; `close` ends it.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wechat } from '../../js/hosts/wechat.js'
import { loadCore } from '../../js/load/load.js'
import { openWith } from '../../js/open-with.js'
import { StorageManager } from '../../js/storage-manager.js'
import { wechatDouble } from '../../js/testing/wechat.js'

/** @import { DoubleOptions } from '../../js/testing/wechat.js' */

/**
 * A feature that holds a value back until it is flushed.
 * @param {any[]} [heard] What it is told of the life of the app.
 * @returns {import('../../js/features.js').Feature}
 */
const holdingBack = (heard = []) => ({
  option: 'holding',
  check: () => {},
  attach(session) {
    for (const event of /** @type {const} */ (['show', 'memory', 'network'])) {
      session.listen(event, detail => heard.push([event, detail]))
    }
    const storage = new StorageManager({ session, path: '' })
    return { members: {}, flush: () => storage.setSync('held', 1) }
  }
})

/** @param {DoubleOptions} options @param {any[]} [heard] */
async function openOn(options, heard) {
  const double = wechatDouble(options)
  const entropy = () => new Uint8Array(32).fill(1)
  const stash = await openWith(loadCore, { host: wechat(double.wx), entropy }, [holdingBack(heard)])
  return { double, stash }
}

for (const personality of /** @type {const} */ (['android', 'ios', 'devtools'])) {
  test(`what is held back is on the disk when onAppHide returns, on ${personality}`, async () => {
    const { double, stash } = await openOn({ personality })
    assert.equal(double.disk.has('held'), false)
    double.hide()
    assert.equal(double.wx.getStorageSync('held'), 1)
    await stash.close()
  })

  test(`show, memory and network are told in the words of the port, on ${personality}`, async () => {
    const heard = /** @type {any[]} */ ([])
    const { double, stash } = await openOn({ personality }, heard)
    double.show()
    double.warn()
    double.connect(true, 'wifi')
    double.connect(false, 'none')
    double.weaken(true, '3g')
    assert.deepEqual(heard.map(([event]) => event), ['show', 'memory', 'network', 'network', 'network'])
    assert.deepEqual(heard[1][1], personality === 'android' ? { level: 10 } : {})
    assert.deepEqual(heard.slice(2).map(([, detail]) => detail), [
      { isConnected: true, type: 'wifi', isWeak: false }, { isConnected: false, type: 'none', isWeak: false },
      { isConnected: true, type: '3g', isWeak: true },
    ])
    await stash.close()
  })
}

test('close ends it: nobody listens, and nothing is flushed any more', async () => {
  const heard = /** @type {any[]} */ ([])
  const { double, stash } = await openOn({}, heard)
  assert.equal(double.listeners(), 5)
  await stash.close()
  assert.equal(double.listeners(), 0)
  double.hide()
  double.show()
  assert.deepEqual([double.disk.has('held'), heard], [false, []])
})

test('a client without `off` is not listened to after the end either', async () => {
  const { wx, warn, listeners } = wechatDouble({ baseLibrary: '2.8.0' })
  assert.equal('offMemoryWarning' in wx, false)
  let count = 0
  const end = wechat(wx).listen?.('memory', () => { count += 1 })
  warn()
  end?.()
  end?.()
  warn()
  assert.deepEqual([count, listeners()], [1, 1])
})

test('what a client does not tell is undefined, as all but the network in a plugin', () => {
  const told = (/** @type {DoubleOptions} */ options) => {
    const { listen } = wechat(wechatDouble(options).wx)
    return /** @type {const} */ (['hide', 'show', 'memory', 'network'])
      .filter(event => typeof listen?.(event, () => {}) === 'function')
  }
  assert.deepEqual(told({}), ['hide', 'show', 'memory', 'network'])
  assert.deepEqual(told({ baseLibrary: '2.1.1' }), ['memory', 'network'])
  assert.deepEqual(told({ baseLibrary: '2.0.1' }), ['network'])
  assert.deepEqual(told({ plugin: true }), ['network'])
})
