// The example for WeChat does what it says: its pages run on the double of WeChat and the mini-program build.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { filesOf, startMiniApp } from './support/mini-app.js'

const FOLDER = fileURLToPath(new URL('../../examples/wechat', import.meta.url))
const read = (/** @type {string} */ name) => readFileSync(path.join(FOLDER, name), 'utf8')

/** @param {Map<string, any>} [disk] */
function start(disk) {
  const time = { now: 1_700_000_000_000 }
  return { time, ...startMiniApp(FOLDER, disk ? { disk, time } : { time }) }
}

/** @param {string} value @returns {any} */
const typed = value => ({ detail: { value } })
/** @param {object} dataset @returns {any} */
const tapped = dataset => ({ currentTarget: { dataset } })

/** @param {any} list A list page. @param {string} text */
function add(list, text) {
  list.type(typed(text))
  list.add()
}

/**
 * What a list shows; its arrays are of the realm of the mini-program.
 * @param {any} list
 * @returns {string[]}
 */
const textsOf = list => Array.from(list.data.notes, (/** @type {any} */ { text }) => text)

test('it has the files that WeChat asks for, and its views name what its pages have', () => {
  const { pages } = JSON.parse(read('app.json'))
  assert.deepEqual(pages, ['pages/list/list', 'pages/detail/detail', 'pages/info/info'])
  assert.deepEqual(Object.keys(JSON.parse(read('package.json')).dependencies), ['ministash'])
  assert.equal(JSON.parse(read('project.config.json')).compileType, 'miniprogram')
  for (const page of pages) {
    assert.deepEqual(filesOf(FOLDER, page), ['js', 'json', 'wxml', 'wxss'])
    const [view, script] = [read(`${page}.wxml`), read(`${page}.js`)]
    for (const [, handler] of view.matchAll(/(?:bind|catch)\w+="(\w+)"/g)) {
      assert.match(script, new RegExp(`^  ${handler}\\(`, 'm'), `${page} has no ${handler}`)
    }
  }
})

test('a note is listed, lies in the storage of WeChat as itself, and is there after a restart', async () => {
  const { open, double, time, modals } = start()
  const list = await open('/pages/list/list')
  assert.deepEqual(textsOf(list), [])
  add(list, '  milk  ')
  time.now += 1
  add(list, '牛奶 🥛')
  add(list, '   ')
  assert.deepEqual(textsOf(list), ['牛奶 🥛', 'milk'])
  const key = list.data.notes[1].key
  assert.equal(double.wx.getStorageSync(key).text, 'milk')
  list.type(typed('not yet'))

  const next = start(new Map(double.disk))
  const again = await next.open('/pages/list/list')
  assert.deepEqual(textsOf(again), ['牛奶 🥛', 'milk'])
  assert.equal(again.data.text, 'not yet')
  again.remove(tapped({ key }))
  assert.deepEqual(textsOf(again), ['牛奶 🥛'])
  assert.deepEqual(modals, [])
})

test('a draft is kept for a day', async () => {
  const first = start()
  const list = await first.open('/pages/list/list')
  list.type(typed('later'))
  const next = start(new Map(first.double.disk))
  next.time.now += 24 * 3_600_000
  assert.equal((await next.open('/pages/list/list')).data.text, '')
})

test('a note is changed on its page, the list follows, and it expires', async () => {
  const { open, time, visited } = start()
  const list = await open('/pages/list/list')
  add(list, 'milk')
  list.show(tapped({ key: list.data.notes[0].key }))
  const detail = await open(String(visited[0]))
  assert.deepEqual([detail.data.note.text, detail.data.expires], ['milk', 'Kept for ever'])
  detail.save(typed('oat milk'))
  assert.equal(list.data.notes[0].text, 'oat milk')
  detail.keep(tapped({ term: '10s' }))
  assert.match(detail.data.expires, /^Kept until /)
  // A change of the text keeps the time.
  detail.save(typed('soy milk'))
  assert.match(detail.data.expires, /^Kept until /)
  time.now += 9_999
  list.onShow()
  assert.equal(list.data.notes.length, 1)
  time.now += 1
  list.onShow()
  assert.deepEqual(textsOf(list), [])
  detail.save(typed('too late'))
  detail.read()
  assert.equal(detail.data.note, null)
  list.onUnload()
  detail.onUnload()
})

test('a note may be kept for ever again', async () => {
  const { open, visited } = start()
  const list = await open('/pages/list/list')
  add(list, 'milk')
  list.show(tapped({ key: list.data.notes[0].key }))
  const detail = await open(String(visited[0]))
  detail.keep(tapped({ term: '1d' }))
  detail.keep(tapped({ term: 'forever' }))
  assert.equal(detail.data.expires, 'Kept for ever')
})

test('the room is told, and what has expired is removed', async () => {
  const { open, time, double, visited } = start()
  const list = await open('/pages/list/list')
  list.info()
  add(list, 'milk')
  list.show(tapped({ key: list.data.notes[0].key }))
  const detail = await open(String(visited[1]))
  detail.keep(tapped({ term: '10s' }))
  const info = await open(String(visited[0]))
  assert.equal(info.data.keys, 1)
  assert.ok(info.data.limit >= 9000 && info.data.used >= 0 && info.data.fits, JSON.stringify(info.data))
  time.now += 60_000
  info.clean()
  assert.deepEqual([info.data.removed, info.data.keys], [1, 0])
  double.occupy(9_500_000)
  info.read()
  assert.equal(info.data.fits, false)
})

test('a core that cannot be loaded is told to the person', async () => {
  const { modals, app } = startMiniApp(FOLDER, { time: { now: 0 }, read: () => undefined })
  await assert.rejects(app.storage(), { code: 'CORE_UNAVAILABLE' })
  assert.match(modals[0].content, /build npm/)
})
