// The pages of the example for WeChat as a person sees and touches them: compiled and drawn by WeChat's own
// tools, on the double and the mini-program build.
// @ts-check
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { WECHAT, journalServer, startJournal } from './support/journal.js'
import { viewsOf } from './support/mini-view.js'
import { until } from './support/until.js'

/** @type {ReturnType<typeof viewsOf>} */
let views
before(() => { views = viewsOf(WECHAT) })

/**
 * Opens a page and draws it.
 * @param {ReturnType<typeof startJournal>} phone
 * @param {string} name
 * @param {string} [query]
 */
async function look(phone, name, query = '') {
  const page = await phone.open(`/pages/${name}/${name}${query}`)
  return { page, view: views.draw(`pages/${name}/${name}`, page) }
}

test('an entry is written by touch, and seen in the list', async context => {
  const phone = startJournal(context)
  const { view: list } = await look(phone, 'journal')
  assert.deepEqual([list.words('.empty-title'), list.words('.hero-count')], [['还没有手记'], ['0 篇手记']])
  await list.tap('.floating', '写一篇')
  const query = String(phone.visited[0]).replace(/^[^?]*/, '')
  const { view: entry } = await look(phone, 'entry', query)
  await entry.type('.title', '洱海边 <b>')
  await entry.type('.place', '大理')
  await entry.type('.text', '风很大\n云很低')
  assert.deepEqual(entry.words('.hint'), ['草稿已保存在本机，一天后清除'])
  await entry.tap('.main', '保存')
  assert.equal(phone.visited[1], 'back')
  assert.deepEqual(list.words('.entry-title'), ['洱海边 <b>'])
  assert.deepEqual([list.words('.plain'), list.words('.empty')], [['大理'], []])
  await until(() => list.words('.chip')[0] === '连不上服务器 · 1 处待同步')
  await list.tap('.entry', '洱海边')
  assert.equal(phone.visited[2], `/pages/entry/entry${query}`)

  const { view: again } = await look(phone, 'entry', query)
  assert.deepEqual(again.attributes('.title', 'value'), ['洱海边 <b>'])
  await again.tap('.quiet', '删除')
  phone.modals[0].success({ confirm: false })
  assert.equal(list.words('.entry').length, 1)
  await again.tap('.quiet', '删除')
  phone.modals[1].success({ confirm: true })
  assert.deepEqual(list.words('.empty-title'), ['还没有手记'])
})

test('a photo shows how far it is, and is there when the server has it', async context => {
  const { url: server } = await journalServer(context)
  const phone = startJournal(context, { server })
  const { view: mine } = await look(phone, 'mine')
  await mine.tap('.small', '暂停')
  await until(() => mine.words('.small').includes('继续'))
  const { page, view: entry } = await look(phone, 'entry', '?id=1')
  await entry.tap('.add')
  assert.equal(page.data.isStored, false, 'who chooses no photo has stored nothing')
  phone.chosen.push(new Uint8Array(400_000))
  await entry.tap('.add')
  await until(() => entry.words('.veil')[0] === '等待上传')
  assert.match(String(entry.attributes('.picture', 'src')[0]), /^wxfile:/)
  await until(() => mine.words('.upload').length === 1)
  assert.deepEqual(mine.words('.number'), ['1', '0', '1', '0'])
  await mine.tap('.small', '继续')
  await until(() => entry.words('.veil').length === 0 && mine.words('.upload').length === 0)
  await mine.tap('.small', '立即同步')
  await until(() => mine.words('.chip')[0] === '已同步')

  const { page: guide, view: places } = await look(phone, 'guide')
  assert.deepEqual(places.words('.name').slice(0, 2), ['大理', '京都'])
  await guide.onShow()
  assert.match(places.words('.source')[0], /^来自缓存/)
})
