// The example for Alipay does what it says: its pages run on the double of Alipay and the core in plain
// JavaScript, at the real server of the journals.
// @ts-check
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startAlipayApp } from './support/alipay-app.js'
import { NOWHERE, journalServer, tapped, typed } from './support/journal.js'
import { until } from './support/until.js'

const FOLDER = fileURLToPath(new URL('../../examples/alipay', import.meta.url))
const DAY = 24 * 3_600_000
const read = (/** @type {string} */ name) => readFileSync(path.join(FOLDER, name), 'utf8')

/** @type {(() => unknown)[]} */
const ends = []
let server = ''
before(async () => { server = (await journalServer({ after: end => { ends.push(end) } })).url })
after(() => Promise.all(ends.map(end => end())))

/**
 * Starts it on a phone.
 * @param {import('node:test').TestContext} context
 * @param {Parameters<typeof startAlipayApp>[1] & { at?: string }} [options]
 */
function start(context, { at = NOWHERE, ...options } = {}) {
  const sources = { config: `module.exports = { server: ${JSON.stringify(at)} }` }
  const phone = startAlipayApp(FOLDER, { ...options, sources })
  /** @returns {Promise<any>} */
  const stash = () => phone.app.journal().then((/** @type {any} */ journal) => journal.stash)
  context.after(() => stash().then(opened => opened.close()))
  return {
    ...phone, stash,
    /** @param {Record<string, string>} fields @param {string} [url] */
    async write(fields, url) {
      const list = await phone.open('/pages/journal/journal')
      list.write()
      list.onUnload()
      const entry = await phone.open(url ?? String(phone.visited.at(-1)))
      for (const [field, value] of Object.entries(fields)) entry.type(typed(field, value))
      entry.save()
    },
  }
}

test('it has the files that Alipay asks for, and its views name what its pages have', () => {
  const { pages, tabBar } = JSON.parse(read('app.json'))
  assert.deepEqual(pages.slice(0, 2), tabBar.items.map((/** @type {any} */ { pagePath }) => pagePath))
  assert.equal(JSON.parse(read('mini.project.json')).format, 2)
  for (const page of pages) {
    for (const ending of ['js', 'json', 'axml', 'acss']) {
      assert.ok(existsSync(path.join(FOLDER, `${page}.${ending}`)))
    }
    const [view, script] = [read(`${page}.axml`), read(`${page}.js`)]
    assert.doesNotMatch(view, /wx:|bind\w+=/)
    for (const [, handler] of view.matchAll(/\s(?:on|catch)\w+="(\w+)"/g)) {
      assert.match(script, new RegExp(`^  (async )?${handler}\\(`, 'm'), `${page} has no ${handler}`)
    }
  }
})

test('without a server an entry is written, is there after a restart, and waits; a draft stays for a day',
  async context => {
    const phone = start(context)
    assert.equal((await phone.stash()).isPlain, true)
    await phone.write({ title: '洱海边', place: '大理', text: '风很大' })
    const draft = await phone.open('/pages/entry/entry?id=1')
    draft.type(typed('title', '还没写完'))
    const next = start(context, { disk: new Map(phone.double.disk) })
    const list = await next.open('/pages/journal/journal')
    assert.deepEqual([list.data.entries.length, list.data.entries[0].title], [1, '洱海边'])
    await until(() => list.data.status === '连不上服务器 · 1 处待同步')
    const again = await next.open('/pages/entry/entry?id=1')
    assert.deepEqual([again.data.title, again.data.isStored], ['还没写完', false])
    next.clock.ahead = DAY
    assert.equal((await next.open('/pages/entry/entry?id=1')).data.title, '')
    await list.onPullDownRefresh()
    assert.deepEqual([next.visited.at(-1), next.asked], ['refreshed', []])
  })

test('two phones hold the same, and the guide comes from the server, then from the cache', async context => {
  const one = start(context, { at: server })
  await one.write({ title: '喀什', place: '新疆', text: '馕' })
  await (await one.stash()).sync.syncData()
  const two = start(context, { at: server })
  const list = await two.open('/pages/journal/journal')
  await until(() => list.data.entries.length === 1)
  list.open(tapped({ id: list.data.entries[0].id }))
  const entry = await two.open(String(two.visited.at(-1)))
  assert.deepEqual([entry.data.title, entry.data.place, entry.data.text], ['喀什', '新疆', '馕'])
  const guide = await two.open('/pages/guide/guide')
  assert.deepEqual([guide.data.places.length, guide.data.source], [6, '刚从服务器取得'])
  await guide.read()
  assert.match(guide.data.source, /^来自缓存/)
  const offline = await start(context).open('/pages/guide/guide')
  assert.deepEqual([offline.data.places.length, offline.data.source], [0, '没有网络，这里也还没有缓存'])

  entry.remove()
  two.asked[0].success({ confirm: true })
  await (await two.stash()).sync.syncData()
  await (await one.stash()).sync.syncData()
  assert.equal((await one.open('/pages/journal/journal')).data.entries.length, 0)
})

test('the random numbers come from the server, and none are given twice', async () => {
  const draw = async () => (await fetch(`${server}/entropy`)).json()
  const [first, second] = [await draw(), await draw()]
  assert.deepEqual([first.length, second.length], [32, 32])
  assert.notDeepEqual(first, second)
})
