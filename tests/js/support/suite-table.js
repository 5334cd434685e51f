// @ts-check
/**
 * A reporter for `node --test`: which suite held on which host, in which engine, and with how many claims. It
 * counts what passed and writes a table when the run is over.
 */

/** @import { TestEvent } from 'node:test/reporters' */

/**
 * The suites that every host has to pass, by what the tests are called; the first group is the host.
 * @type {readonly [suite: string, name: RegExp][]}
 */
const SUITES = [
  ['host contract', /the contract of a host, kept by ([^›]+)/],
  ['storage contract', /the contract of the storage, kept on ([^›]+), by /],
  ['exact values', /(?:values on|every value on) ([^›]+)/],
  ['killed and refused', /(?:killed and refused on|all or nothing on) ([^›]+)/],
]

/** @type {readonly [engine: string, place: RegExp][]} */
const ENGINES = [
  ['Chromium', /suites in Chromium/], ['Firefox', /suites in Firefox/],
  ['V8, in plain JavaScript', /plain-suites\.test/],
  ['JavaScriptCore, in plain JavaScript', /in plain JavaScript, in JavaScriptCore/],
  ['QuickJS, in plain JavaScript', /in plain JavaScript, in QuickJS/],
  ['JavaScriptCore', /miniprogram-jsc\.test/], ['V8, mini-program build', /miniprogram-suites\.test/],
]

/** What one host is called among the kinds of it. @type {readonly [host: string, kind: RegExp][]} */
const HOSTS = [
  ['`bySize`', / by size/],
  ['`memory`', /^memory/], ['`node`', /^node/],
  ['`browserIndexedDb`', /browserIndexedDb/], ['`browserFiles`', /browserFiles/],
  ['`browserLocal`', /browserLocal/], ['`wechatFiles` and its like', / files/],
  ['`wechat`, Android', /android/], ['`wechat`, iOS', /^ios/], ['`wechat`, developer tools', /^devtools/],
  ['`alipay`', /alipay/], ['`douyin`', /^douyin/], ['`qq`', /^qq/], ['`baidu`', /^baidu/],
  ['`kuaishou`', /^kuaishou/], ['`uni`', /^uni-app/], ['`taro`', /^taro/],
]

/**
 * Which suite, host and engine a claim belongs to.
 * @param {string} path The names from the outermost to its own.
 * @param {string} file
 * @returns {[row: string, suite: string] | undefined}
 */
export function placeOf(path, file) {
  for (const [suite, pattern] of SUITES) {
    const kind = pattern.exec(path)?.[1]
    if (kind === undefined) continue
    const host = HOSTS.find(([, known]) => known.test(kind.trim()))?.[0]
    const engine = ENGINES.find(([, known]) => known.test(`${file} ${path}`))?.[0] ?? 'V8'
    return host === undefined ? undefined : [`${host} | ${engine}`, suite]
  }
  return undefined
}

/**
 * @param {AsyncIterable<TestEvent>} source
 * @returns {AsyncGenerator<string>}
 */
export default async function* suiteTable(source) {
  // What one file tells comes in one piece, also where its tests are written in others.
  /** @type {string[]} */
  const stack = []
  /** @type {Map<string, Map<string, number>>} */
  const rows = new Map()
  for await (const { type, data } of source) {
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue
    const { file = '', name, nesting } = data
    if (type === 'test:start') {
      stack.length = nesting
      stack.push(name)
      continue
    }
    const isLeaf = stack.length === nesting + 1
    const path = [...stack.slice(0, nesting), name].join(' › ')
    const place = isLeaf && type === 'test:pass' ? placeOf(path, file) : undefined
    stack.length = Math.min(stack.length, nesting + 1)
    if (place === undefined) continue
    const [row, suite] = place
    const counts = rows.get(row) ?? new Map()
    rows.set(row, counts)
    counts.set(suite, (counts.get(suite) ?? 0) + 1)
  }
  yield tableOf(rows)
}

/** @param {Map<string, Map<string, number>>} rows */
function tableOf(rows) {
  const suites = SUITES.map(([name]) => name)
  const order = (/** @type {string} */ row) => HOSTS.findIndex(([host]) => row.startsWith(`${host} `))
  const lines = [...rows].sort(([one], [other]) => order(one) - order(other) || (one < other ? -1 : 1))
    .map(([row, counts]) => `| ${row} | ${suites.map(suite => counts.get(suite) ?? '–').join(' | ')} |`)
  return [`| host | engine | ${suites.join(' | ')} |`, `|---|---|${'---|'.repeat(suites.length)}`, ...lines, '']
    .join('\n')
}
