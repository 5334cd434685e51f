// uni-app's own build of examples/uni-app, with the package from its tarball; what it makes runs in the
// double of WeChat, and is drawn by WeChat's own compiler.
// @ts-check
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderFor } from '../js/support/host-folder.js'
import { journalServer } from '../js/support/journal.js'
import { copyOf, freshPhone, startMiniApp } from '../js/support/mini-app.js'
import { viewsOf } from '../js/support/mini-view.js'
import { packed } from '../js/support/package.js'
import { until } from '../js/support/until.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/uni-app', import.meta.url))
const PAGE = 'pages/journal/journal'

/** What the runtime of uni-app asks of a phone. */
const PHONE = { SDKVersion: '3.5.0', platform: 'android', system: 'Android 14', language: 'zh_CN', brand: '',
  model: '', version: '8.0.50', windowWidth: 375, windowHeight: 700, screenWidth: 375, screenHeight: 800,
  pixelRatio: 2, statusBarHeight: 20, safeArea: { top: 20, left: 0, right: 375, bottom: 780 } }
const LAUNCH = { path: PAGE, query: {}, scene: 1001 }
const told = (/** @type {object} */ answer) => () => answer
const EXTRA = {
  getSystemInfoSync: told(PHONE), getWindowInfo: told(PHONE), getDeviceInfo: told(PHONE),
  getAppBaseInfo: told(PHONE), getAccountInfoSync: told({ miniProgram: {} }),
  getLaunchOptionsSync: told(LAUNCH), getEnterOptionsSync: told(LAUNCH), canIUse: () => true,
}

/** @type {(() => unknown)[]} */
const ends = []
const context = { after: (/** @type {() => unknown} */ end) => { ends.push(end) } }
let [made, server] = ['', '']
/** @type {ReturnType<typeof viewsOf>} */
let views
before(async () => {
  server = (await journalServer(context)).url
  made = build()
  views = viewsOf(made)
})
after(async () => { for (const end of ends.reverse()) await end() })

/** A project as its user has it, built. @returns {string} The folder of the mini-program. */
function build() {
  const folder = folderFor(context)
  for (const name of ['src', 'vite.config.js', 'package.json']) {
    cpSync(path.join(EXAMPLE, name), path.join(folder, name), { recursive: true })
  }
  const journal = path.join(folder, 'src/journal.js')
  const source = readFileSync(journal, 'utf8').replace('http://127.0.0.1:8788', server)
  assert.ok(source.includes(server))
  writeFileSync(journal, source)
  const modules = path.join(folder, 'node_modules')
  mkdirSync(path.join(modules, 'ministash'), { recursive: true })
  for (const name of readdirSync(path.join(EXAMPLE, 'node_modules'))) {
    if (name !== 'ministash') symlinkSync(path.join(EXAMPLE, 'node_modules', name), path.join(modules, name))
  }
  execFileSync('tar', ['-xzf', packed(), '-C', path.join(modules, 'ministash'), '--strip-components=1'])
  const tool = path.join(modules, '@dcloudio/vite-plugin-uni/bin/uni.js')
  execFileSync(process.execPath, [tool, 'build', '-p', 'mp-weixin'], { cwd: folder, stdio: 'ignore' })
  return path.join(folder, 'dist/build/mp-weixin')
}

/** @param {import('../js/support/mini-app.js').Phone} [phone] */
async function start(phone = freshPhone()) {
  const read = (/** @type {string} */ place) => {
    const file = path.join(made, place)
    return existsSync(file) ? readFileSync(file) : undefined
  }
  const app = startMiniApp(made, { phone, read, wx: EXTRA })
  const page = await app.open(`/${PAGE}`)
  const draw = () => views.draw(PAGE, page)
  await until(() => draw().words('.faint').length > 0)
  return { ...app, page, draw }
}

test('it brings the core along, and fits into a mini-program', () => {
  const files = readdirSync(made, { recursive: true, encoding: 'utf8' })
  assert.ok(files.includes(path.join('static', 'core.wasm.br')))
  const bytes = files.filter(name => path.extname(name) !== '')
    .reduce((sum, name) => sum + readFileSync(path.join(made, name)).length, 0)
  assert.ok(bytes < 1_000_000, `${bytes} bytes`)
  console.log(`the whole mini-program: ${bytes.toLocaleString('en')} bytes`)
})

test('an entry is written by touch, reaches the server, and is there after a restart', async () => {
  const { draw, page, phone } = await start()
  await until(() => draw().words('.faint')[0] === '0 篇手记已同步')
  await draw().type('.input', '洱海骑行')
  await draw().tap('.link', '记下')
  await until(() => draw().words('.faint')[0] === '1 篇手记已同步')
  const { rows } = await (await fetch(`${server}/sync/pull?limit=10`)).json()
  assert.match(JSON.stringify(rows), /洱海骑行/)
  await draw().type('.input', '还没写完')

  const next = await start(copyOf(phone))
  await until(() => next.draw().words('.card').some(words => words.includes('洱海骑行')))
  assert.deepEqual(next.draw().attributes('.input', 'value'), ['还没写完'])
  await next.draw().tap('.card .faint', '删除')
  await until(() => next.draw().words('.faint')[0] === '0 篇手记已同步')
  page.onUnload()
})
