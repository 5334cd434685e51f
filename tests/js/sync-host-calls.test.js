// How often synchronisation asks the host: the table of sync.md, held.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { wechat } from '../../js/hosts/wechat.js'
import { open } from '../../js/index.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { MemoryServer } from './support/sync-memory-server.js'

/** The hosts, each made anew by its function. @type {Record<string, () => any>} */
const HOSTS = {
  'wx': () => wechat(wechatDouble().wx),
  'wx without batches': () => wechat(wechatDouble({ baseLibrary: '2.17.3' }).wx),
  'text': () => memory(),
  'text, atomic': () => memory({ atomic: true }),
  'native, shared': () => ({ ...memory({ holds: 'native' }), exclusive: false }),
}

/** @typedef {{ sync: any, server: MemoryServer }} Place */

const add = (/** @type {string} */ key) => (/** @type {Place} */ { sync }) =>
  sync.addPendingChange({ type: 'create', key, data: { key } })

/** @type {[name: string, act: (place: any) => Promise<unknown>, calls: number[]][]} */
const STEPS = [
  ['the first synchronisation of all', ({ sync }) => sync.syncData(), [1, 1, 1, 1, 7]],
  ['a change', add('a'), [4, 6, 5, 2, 7]],
  ['a change of the same key', add('a'), [3, 5, 3, 1, 5]],
  ['a change of another key', add('b'), [4, 6, 4, 2, 6]],
  ['a synchronisation that pushes two', ({ sync }) => sync.syncData(), [8, 11, 7, 4, 15]],
  ['one that has nothing to do', ({ sync }) => sync.syncData(), [1, 1, 1, 1, 5]],
  ['one that pulls 100 rows', ({ sync, server }) => {
    for (let at = 0; at < 100; at += 1) {
      server.version += 1
      const { version } = server
      server.rows.set(`k${at}`, { key: `k${at}`, version, hlc: '0'.repeat(16), value: { at } })
    }
    return sync.syncData()
  }, [3, 188, 3, 1, 7]],
]

test('synchronisation asks the host as often as its table says', async () => {
  const names = Object.keys(HOSTS)
  /** @type {Record<string, number[]>} */
  const measured = {}
  for (const name of names) {
    const server = new MemoryServer()
    const stash = await open({ host: HOSTS[name]?.(), sync: { transport: server.transport() } })
    await stash.storage.set('before', 1)
    for (const [step, act] of STEPS) {
      const before = stash.hostCalls
      await act({ sync: stash.sync, server })
      measured[step] = [...measured[step] ?? [], stash.hostCalls - before]
    }
    await stash.close()
  }
  const expected = Object.fromEntries(STEPS.map(([step, , calls]) => [step, calls]))
  assert.deepEqual(measured, expected)
})
