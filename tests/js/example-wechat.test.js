// The example for WeChat does what it says: its pages run on the double of WeChat and the mini-program build,
// at the real server of the journals.
// @ts-check
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { NOWHERE, WECHAT, journalServer, startJournal, tapped, typed } from './support/journal.js'
import { copyOf, filesOf, startMiniApp } from './support/mini-app.js'
import { until } from './support/until.js'

const DAY = 24 * 3_600_000
const read = (/** @type {string} */ name) => readFileSync(path.join(WECHAT, name), 'utf8')
const plain = (/** @type {unknown} */ value) => JSON.parse(JSON.stringify(value))
const photo = (/** @type {number} */ bytes) => new Uint8Array(bytes).fill(7)

/** @type {(() => unknown)[]} */
const ends = []
let server = ''
before(async () => { server = (await journalServer({ after: end => { ends.push(end) } })).url })
after(() => Promise.all(ends.map(end => end())))

test('it has the files that WeChat asks for, and its views name what its pages have', () => {
  const { pages, tabBar } = JSON.parse(read('app.json'))
  assert.deepEqual(pages.slice(0, 3), tabBar.list.map((/** @type {any} */ { pagePath }) => pagePath))
  assert.deepEqual(Object.keys(JSON.parse(read('package.json')).dependencies), ['ministash'])
  assert.equal(JSON.parse(read('project.config.json')).compileType, 'miniprogram')
  for (const page of pages) {
    assert.deepEqual(filesOf(WECHAT, page), ['js', 'json', 'wxml', 'wxss'])
    const [view, script] = [read(`${page}.wxml`), read(`${page}.js`)]
    for (const [, handler] of view.matchAll(/(?:bind|catch)\w+="(\w+)"/g)) {
      assert.match(script, new RegExp(`^  (async )?${handler}\\(`, 'm'), `${page} has no ${handler}`)
    }
  }
})

test('without a server an entry is written, listed, there after a restart, and waits', async context => {
  const phone = startJournal(context)
  await phone.write({ title: '洱海边', place: '大理', text: '风很大' })
  await phone.write({ title: '第二天', place: '大理', text: '🚲' })
  const next = startJournal(context, { phone: copyOf(phone.phone) })
  const list = await next.open('/pages/journal/journal')
  assert.deepEqual(plain(list.data.entries).map((/** @type {any} */ { title }) => title), ['第二天', '洱海边'])
  await until(() => /连不上服务器 · 2 处待同步/.test(list.data.sync.text))
  next.double.connect(false, 'none')
  assert.equal(list.data.sync.text, '没有网络 · 2 处待同步')
  await list.onPullDownRefresh()
  assert.deepEqual([next.visited.at(-1), next.modals], ['refreshed', []])
})

test('what was typed and not saved is kept for a day', async context => {
  const phone = startJournal(context)
  const url = '/pages/entry/entry?id=1'
  const entry = await phone.open(url)
  entry.type(typed('title', '还没写完'))
  assert.equal((await phone.open('/pages/journal/journal')).data.entries.length, 0)
  const next = startJournal(context, { phone: copyOf(phone.phone), clock: { ahead: DAY - 60_000 } })
  const again = await next.open(url)
  assert.deepEqual([again.data.title, again.data.isDraft, again.data.isStored], ['还没写完', true, false])
  next.clock.ahead += 120_000
  assert.equal((await next.open(url)).data.title, '')
  const mine = await next.open('/pages/mine/mine')
  await mine.clean()
  assert.equal(mine.data.room.removed, 1)
})

test('two phones hold the same, also after both changed one entry, and the photo of one is seen by the other',
  async context => {
    const one = startJournal(context, { server })
    const entry = await one.write({ title: '洱海边', place: '大理', text: '风很大' })
    one.chosen.push(photo(200_000))
    await entry.addPhoto()
    const [{ name, src }] = entry.data.photos
    assert.match(src, /^wxfile:\/\/usr\//)
    await (await one.stash()).uploads.onIdle()
    assert.deepEqual([entry.data.photos[0].state, entry.data.photos[0].percent], ['done', 100])
    await (await one.stash()).sync.syncData()

    const two = startJournal(context, { server })
    const list = await two.open('/pages/journal/journal')
    await until(() => list.data.entries.length === 1)
    assert.deepEqual([list.data.entries[0].cover, list.data.entries[0].upload], [`${server}/photos/${name}`, ''])
    const seen = await fetch(list.data.entries[0].cover)
    assert.deepEqual(new Uint8Array(await seen.arrayBuffer()), photo(200_000))

    const url = `/pages/entry/entry?id=${list.data.entries[0].id}`
    two.double.connect(false, 'none')
    await two.write({ text: '风很大，云很低' }, url)
    await one.write({ place: '大理·双廊' }, url)
    await (await one.stash()).sync.syncData()
    two.double.connect(true, 'wifi')
    for (const phone of [two, one]) await (await phone.stash()).sync.syncData()
    for (const phone of [one, two]) {
      const { title, place, text } = (await phone.open(url)).data
      assert.deepEqual([title, place, text], ['洱海边', '大理·双廊', '风很大，云很低'])
    }
    list.open(tapped({ id: list.data.entries[0].id }))
    assert.equal(two.visited.at(-1), url)

    // Gone on one, gone on the other; nothing of its photo is left on the phone that took it.
    entry.remove()
    one.modals[0].success({ confirm: true })
    await (await one.stash()).sync.syncData()
    await (await two.stash()).sync.syncData()
    assert.equal(list.data.entries.length, 0)
    await until(() => [...one.phone.files.keys()].every(file => file !== src))
  })

test('a photo that a killed run could not send is sent by the next one', async context => {
  const phone = startJournal(context)
  const entry = await phone.write({ title: '雨崩', place: '', text: '' })
  phone.chosen.push(photo(50_000), photo(60_000))
  await entry.addPhoto()
  const mine = await phone.open('/pages/mine/mine')
  await mine.pauseOrResume()
  const { uploads } = await phone.stash()
  // Both are stored, and nothing is being sent.
  await until(() => uploads.list({ state: 'waiting' }).length === 2
    && uploads.list().every((/** @type {any} */ { waitingFor }) => !waitingFor.reasons.includes('opening')))
  const { queue, footprint } = mine.data
  assert.deepEqual([queue.isPaused, queue.items.length, footprint.photos], [true, 2, 2])
  assert.match(mine.data.sync.pending[0].words, /《雨崩》/)
  const kept = copyOf(phone.phone)
  // Temporary files are gone after a run.
  for (const file of kept.files.keys()) if (file.startsWith('http://tmp/')) kept.files.delete(file)
  const next = startJournal(context, { phone: kept, server })
  const later = await next.open('/pages/mine/mine')
  assert.deepEqual([later.data.queue.isPaused, later.data.queue.items.length], [true, 2])
  await later.pauseOrResume()
  await (await next.stash()).uploads.onIdle()
  await until(() => later.data.queue.items.length === 0)
  for (const { cloudPath } of (await next.stash()).uploads.list()) {
    assert.equal((await fetch(`${server}/photos/${cloudPath}`)).status, 200)
  }
})

test('a photo that is refused can be tried again, and one that cannot be kept is told', async context => {
  const phone = startJournal(context, { server: `${server}/nothing-here` })
  const entry = await phone.write({ title: '雨崩' })
  phone.chosen.push(photo(100))
  await entry.addPhoto()
  const mine = await phone.open('/pages/mine/mine')
  await until(() => mine.data.queue.hasFailed)
  assert.equal(mine.data.queue.items[0].words, '上传失败')
  await mine.retry()
  await until(() => mine.data.queue.hasFailed && phone.running() === 0)
  await entry.addPhoto()
  phone.chosen.push(photo(300 * 1024 * 1024))
  await entry.addPhoto()
  assert.equal(phone.modals[0].title, '照片没有存下来')
  assert.equal(entry.data.photos.length, 1)
})

test('the guide comes from the server, then from the cache, and without a network from the cache still',
  async context => {
    const phone = startJournal(context, { server })
    const guide = await phone.open('/pages/guide/guide')
    assert.equal(guide.data.places.length, 6)
    await guide.onShow()
    assert.match(guide.data.source, /^来自缓存/)
    await guide.onPullDownRefresh()
    assert.equal(guide.data.source, '服务器说没有变化')
    const next = startJournal(context, { server, phone: copyOf(phone.phone), clock: { ahead: 9 * DAY } })
    await next.stash()
    next.double.connect(false, 'none')
    const old = await next.open('/pages/guide/guide')
    assert.deepEqual([old.data.places.length, old.data.source], [6, '来自缓存 · 9 天前'])
    const never = await startJournal(context).open('/pages/guide/guide')
    assert.deepEqual([never.data.places.length, never.data.error], [0, '没有网络，这里也还没有缓存'])
  })

test('what the entries come to is counted once, and again when one changes', async context => {
  const phone = startJournal(context, { server: NOWHERE })
  await phone.write({ title: '一', place: '大理', text: '十个字不到' })
  const mine = await phone.open('/pages/mine/mine')
  assert.deepEqual(plain(mine.data.footprint), { entries: 1, places: 1, photos: 0, letters: 5 })
  const { cache } = await phone.stash()
  const { misses } = cache.stats
  await mine.onShow()
  assert.equal(cache.stats.misses, misses)
  await phone.write({ title: '二', place: '喀什', text: '🐫' })
  await until(() => mine.data.footprint.entries === 2)
  assert.deepEqual(plain(mine.data.footprint), { entries: 2, places: 2, photos: 0, letters: 6 })
  assert.ok(mine.data.room.limit >= 9000 && mine.data.room.used >= 0, JSON.stringify(mine.data.room))
})

test('a core that cannot be loaded is told to the person', async () => {
  const { modals, app } = startMiniApp(WECHAT, { read: () => undefined })
  await assert.rejects(app.journal(), { code: 'CORE_UNAVAILABLE' })
  assert.match(modals[0].content, /build npm/)
})
