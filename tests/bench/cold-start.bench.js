// What an app waits for before its first value: the script loaded, the core loaded and instantiated, a store
// opened, a value read. Each time in a process of its own, or in a browser that was started for it. Time is
// that of the clock on the wall, so that a busy machine counts: medians, of starts in turns.
// @ts-check
import { CHROMIUM, FIREFOX } from '../js/support/browser.js'
import { environment, printTable } from './support/kit.js'
import { startInBrowser, startInJsc, startInNode } from './support/cold-start.js'

/** @typedef {import('./support/cold-start.js').Start} Start */

/** How often each is started; `MINISTASH_BENCH_ROUNDS` asks for more or fewer. */
const STARTS = Number(process.env.MINISTASH_BENCH_ROUNDS ?? 9)
const ALWAYS = { fallback: 'always' }
const SMALL = { wasm: new URL('../../pkg/js/core/core_bg.wasm', import.meta.url).href }

/** @type {[name: string, start: () => Promise<Start>][]} */
const PLACES = [
  ['Node, ES modules', () => startInNode('js/index.js')],
  ['Node, CommonJS', () => startInNode('cjs/index.cjs')],
  ['Node, CommonJS, the small core', () => startInNode('cjs/index.cjs', SMALL)],
  ['Node, CommonJS, plain JavaScript', () => startInNode('cjs/index.cjs', ALWAYS)],
  ['Node, CommonJS, storage alone', () => startInNode('cjs/storage.cjs')],
  ['Chromium, one script', () => startInBrowser(CHROMIUM)],
  ['Chromium, plain JavaScript', () => startInBrowser(CHROMIUM, ALWAYS)],
  ['Firefox, one script', () => startInBrowser(FIREFOX)],
  ['Firefox, plain JavaScript', () => startInBrowser(FIREFOX, ALWAYS)],
  ['JavaScriptCore, mini-program', () => startInJsc({})],
  ['JavaScriptCore, plain JavaScript', () => startInJsc({ isPlain: true })],
  ['JavaScriptCore without compilers', () => startInJsc({ hasCompilers: false })],
  ['the same, plain JavaScript', () => startInJsc({ isPlain: true, hasCompilers: false })],
]

/** @type {Start[][]} */
const starts = PLACES.map(() => [])
for (let round = 0; round < STARTS; round += 1) {
  process.stderr.write(`start ${round + 1} of ${STARTS} ...\n`)
  for (const [index, [, start]] of PLACES.entries()) starts[index].push(await start())
}

const ms = (/** @type {number[]} */ times) =>
  ([...times].sort((left, right) => left - right)[times.length >> 1] ?? 0).toFixed(1)
console.log(environment())
printTable('Until the first value, in milliseconds', ['', 'script', 'open', 'first read', 'in all'],
  PLACES.map(([name], index) => [name, ...[0, 1, 2].map(step => ms(starts[index].map(times => times[step]))),
    ms(starts[index].map(times => times[0] + times[1] + times[2]))]))
