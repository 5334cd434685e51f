// Takes the picture of examples/wechat: its pages run on the double, are drawn by WeChat's own compiler and
// components, and laid out in Chromium. `node tests/pictures/wechat.mjs` after scripts/build.sh.
// @ts-check
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { launch } from '../js/support/browser.js'
import { WECHAT, journalServer, startJournal } from '../js/support/journal.js'
import { viewsOf } from '../js/support/mini-view.js'
import { until } from '../js/support/until.js'
import { landscape } from './landscape.mjs'
import { takePicture } from './picture.mjs'

const PICTURE = path.join(WECHAT, 'screenshot.png')
/** Two units of WeChat are a pixel of a page as wide as this. */
const WIDTH = 375
const HEIGHT = 760

/** What the tools bring for the elements of WeChat. */
const ELEMENTS = `
  body { margin: 0; padding: 36px; display: flex; gap: 32px; background: #e9e4d8;
    font-family: "Noto Sans CJK SC", sans-serif; }
  .phone { width: ${WIDTH}px; height: ${HEIGHT}px; border-radius: 34px; overflow: hidden; position: relative;
    background: #f7f4ee; box-shadow: 0 0 0 9px #23211c, 0 26px 60px #0003; transform: translateZ(0); }
  .top { height: 74px; line-height: 96px; text-align: center; font-weight: 600; font-size: 16px; background: #f7f4ee; }
  .tabs { position: absolute; left: 0; right: 0; bottom: 0; height: 62px; line-height: 50px; display: flex;
    background: #fffdf8; border-top: 1px solid #eee7d9; color: #98917f; font-size: 14px; }
  .tabs span { flex: 1; text-align: center; } .tabs .here { color: #1f7a56; font-weight: 600; }
  page { display: block; } wx-view, wx-textarea, wx-image, wx-button, wx-input { display: block; }
  wx-image { background-size: cover; background-position: center; }
  wx-button { text-align: center; line-height: 46px; cursor: pointer; box-sizing: border-box; }
  wx-input::after, wx-textarea::after { content: attr(value); white-space: pre-line; }
  .floating { bottom: 86px !important; }
`
/** So much is sent long enough to be seen on its way. */
const LARGE_BYTES = 15_000_000
const PAGES = ['journal', 'entry', 'guide', 'mine']

const ENTRIES = /** @type {const} */ ([
  { title: '喀什的清晨', place: '喀什', text: '大巴扎还没开门，馕已经出炉。', scene: 'dunes' },
  { title: '洱海骑行', place: '大理', text: '从双廊到挖色，一路顺风。云从苍山后面翻过来，像要下雨，又没有下。',
    scene: 'lake' },
])

/** @type {(() => unknown)[]} */
const ends = []
const context = { after: (/** @type {() => unknown} */ end) => { ends.push(end) } }
const browser = await launch()
try {
  const { url } = await journalServer(context)
  const phone = startJournal(context, { server: url })
  /** @type {Map<string, string>} */
  const pictures = new Map()
  for (const { scene, ...fields } of ENTRIES) {
    const entry = await phone.write(fields)
    phone.chosen.push(Buffer.from(landscape(scene)))
    await entry.addPhoto()
  }
  const stash = await phone.stash()
  await Promise.all([stash.sync.syncData(), stash.uploads.onIdle()])
  const guide = await phone.open('/pages/guide/guide')
  await guide.onShow()
  // The last photo is still on its way, and the network goes while it is.
  const [first] = (await phone.open('/pages/journal/journal')).data.entries
  const entry = await phone.open(`/pages/entry/entry?id=${first.id}`)
  phone.chosen.push(Buffer.concat([Buffer.from(landscape('coast')), Buffer.alloc(LARGE_BYTES, ' ')]))
  phone.double.connect(false, 'none')
  await entry.addPhoto()
  for (const [file, bytes] of phone.phone.files) {
    const picture = Buffer.from(bytes).toString().trimEnd()
    pictures.set(file, `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`)
  }
  phone.double.connect(true, 'wifi')
  await until(() => stash.uploads.list({ state: 'running' }).some((/** @type {any} */ { progress }) =>
    progress.bytes > LARGE_BYTES * 0.35))
  entry.follow()
  phone.double.connect(false, 'none')

  const views = viewsOf(WECHAT)
  const shots = []
  for (const name of PAGES) {
    const page = name === 'entry' ? entry : name === 'guide' ? guide : await phone.open(`/pages/${name}/${name}`)
    shots.push(phoneOf(name, views.draw(`pages/${name}/${name}`, page).html()))
  }
  const html = `<!doctype html><meta charset="utf-8"><style>${ELEMENTS}${styleOf('app')}</style>${shots.join('')}`
  const page = await browser.newPage()
  await page.setViewport({ width: (WIDTH + 32) * PAGES.length + 40, height: HEIGHT + 72 })
  await page.setContent(html.replace(/src="(wxfile:[^"]*)"/g,
    (_, file) => `style="background-image: url(${pictures.get(file)})"`))
  await takePicture(page, PICTURE)
} finally {
  for (const end of ends.reverse()) await end()
  await browser.close()
}

/** @param {string} name @param {string} body */
function phoneOf(name, body) {
  const { navigationBarTitleText: title } = JSON.parse(read(`pages/${name}/${name}.json`))
  const { tabBar } = JSON.parse(read('app.json'))
  const tabs = tabBar.list.map((/** @type {any} */ { pagePath, text }) =>
    `<span class="${pagePath.endsWith(`/${name}`) ? 'here' : ''}">${text}</span>`).join('')
  return `<div class="phone" id="${name}"><style>#${name} { ${styleOf(`pages/${name}/${name}`)} }</style>
    <div class="top">${title}</div>${body}${name === 'entry' ? '' : `<div class="tabs">${tabs}</div>`}</div>`
}

/** The style of a page or of the app, in pixels. @param {string} name */
function styleOf(name) {
  return read(`${name}.wxss`).replace(/(\d+)rpx/g, (_, units) => `${Number(units) / 2}px`)
    .replace(/(^|[\s,}])(button|image|text|input|textarea)(?=[.\s,{])/g, '$1wx-$2')
}

/** @param {string} name */
function read(name) {
  return readFileSync(path.join(WECHAT, name), 'utf8')
}
