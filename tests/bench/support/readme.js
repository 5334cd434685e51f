// Puts the ratios of a run into README.md and README.zh-CN.md, between two markers.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import { times } from './kit.js'

/** @typedef {{ results: Record<string, Record<string, { ns: number, calls: number }>> }} Measured */

const PEERS = ['raw host', 'TTL wrapper', 'localForage', 'unstorage', 'keyv']

/** By language: the words of the table, the verbs in the order of the bench. */
const TEXTS = {
  'README.md': {
    head: ['times as fast as', ...PEERS, 'host calls'],
    bridges: ['no bridge', '0.5 ms a call'],
    note: 'Medians of one run, Sync verbs, processor time; another machine gives others: `npm run bench` '
      + 'prints them all.',
  },
  'README.zh-CN.md': {
    head: ['速度是对方的几倍', '直接调用 wx', '手写 TTL 封装', 'localForage', 'unstorage', 'keyv', '宿主调用次数'],
    bridges: ['桥接无开销', '每次调用 0.5 ms'],
    note: '一次运行的中位数，同步方法，CPU 时间；不同机器结果不同：`npm run bench` 会全部打印。',
  },
}

/**
 * @param {Measured[]} measured One for each bridge.
 * @param {string} environment
 */
export function writeRatios(measured, environment) {
  for (const [name, { head, bridges, note }] of Object.entries(TEXTS)) {
    const rows = measured.flatMap(({ results }, index) =>
      Object.entries(results).filter(([verb]) => verb !== 'open').map(([verb, all]) => {
        const ours = all.MiniStash
        const ratios = PEERS.map(peer => all[peer] ? times(all[peer].ns / ours.ns) : '-')
        return [`${verb}, ${bridges[index]}`, ...ratios, ours.calls]
      }))
    const table = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
    put(name, [...table, '', `${note} (${environment})`].join('\n'))
  }
}

/** @param {string} name @param {string} words */
function put(name, words) {
  const file = new URL(`../../../${name}`, import.meta.url)
  const text = readFileSync(file, 'utf8')
  const markers = /<!-- bench -->[^]*<!-- \/bench -->/
  if (!markers.test(text)) throw new Error(`${name} lacks the markers of the bench`)
  writeFileSync(file, text.replace(markers, () => `<!-- bench -->\n${words}\n<!-- /bench -->`))
}
