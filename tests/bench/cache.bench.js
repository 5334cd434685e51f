// The cache beside its peers, each round in turns; lru-cache = 1, and more is faster. Keys are asked for by
// Zipf 0.9. The hit ratios of the policies are in cache-traces.bench.js.
// @ts-check
import { LRUCache } from 'lru-cache'
import { LRUCacheWithDelete } from 'mnemonist'
import QuickLRU from 'quick-lru'
import { lru } from 'tiny-lru'
import { memory, open } from '../../js/index.js'
import { compare, duration, environment, printTable, times } from './support/kit.js'
import { random, zipf } from './support/traces.js'

/** @typedef {{ get: (key: string) => any, set: (key: string, value: any) => any }} Cache */
/** @typedef {(cache: Cache, key: string, at: number) => void} Use */

const HOUR = 3_600_000
const TURNS = 1 << 18
const stash = await open({ host: memory() })
const draw = random(1)

/** @type {[string, (capacity: number, ttl?: number) => Cache][]} */
const makers = [
  ['lru-cache', (max, ttl) => new LRUCache({ max, ttl })],
  ['MiniStash', (maxEntries, ttl) => stash.createCache({ maxEntries, ttl })],
  ['w-tinylfu', (maxEntries, ttl) => stash.createCache({ maxEntries, ttl, policy: 'w-tinylfu' })],
  ['quick-lru', (maxSize, ttl) => new QuickLRU({ maxSize, maxAge: ttl })],
  ['tiny-lru', (max, ttl) => lru(max, ttl ?? 0)],
  ['mnemonist', max => new LRUCacheWithDelete(max)],
  ['plain Map', () => new Map()],
]
/** These have no time to live. */
const timeless = ['mnemonist', 'plain Map']

/**
 * Keys in no order, so that neighbours in use are no neighbours in memory.
 * @param {string} name
 * @param {number} count
 */
function names(name, count) {
  const all = Array.from({ length: count }, (_, index) => `${name}:${String(index).padStart(8, '0')}`)
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(draw() * (at + 1));
    [all[at], all[other]] = [all[other], all[at]]
  }
  return all
}

/** @type {Use} */
const get = (cache, key) => { sink += cache.get(key) === undefined ? 0 : 1 }
/** @type {Use} */
const set = (cache, key, at) => { cache.set(key, at) }
/** @type {Use} */
const either = (cache, key, at) => { if (cache.get(key) === undefined) cache.set(key, at) }
let sink = 0

/**
 * @param {string} name
 * @param {number} capacity
 * @param {string[]} filled
 * @param {string[]} asked In turn.
 * @param {Use} use
 */
function scene(name, capacity, filled, asked, use) {
  return { name, capacity, filled, asked, use }
}

const small = names('user:profile', 1000)
const large = names('user:profile', 100_000)
const strangers = names('user:missing', 100_000)
const ranks = Array.from({ length: TURNS }, zipf(100_000, 0.9, draw))
const few = Array.from({ length: TURNS }, zipf(1000, 0.9, draw))
const asked = (/** @type {string[]} */ all, /** @type {number[]} */ order) => order.map(rank => all[rank])

const scenes = [
  scene('get-hit, 1k', 1000, small, asked(small, few), get),
  scene('get-hit, 100k', 100_000, large, asked(large, ranks), get),
  scene('get-miss, 100k', 100_000, large, asked(strangers, ranks), get),
  scene('set, 1k', 1000, small, asked(small, few), set),
  scene('set, 100k', 100_000, large, asked(large, ranks), set),
  scene('set, evicting 50k of 100k', 50_000, large.slice(0, 50_000), large, set),
  scene('get or set, 10k of 100k', 10_000, [], asked(large, ranks), either),
]

console.log(`Caches: ${environment(['lru-cache', 'quick-lru', 'tiny-lru', 'mnemonist'])}`)
for (const ttl of [undefined, HOUR]) {
  const contestants = makers.filter(([name]) => ttl === undefined || !timeless.includes(name))
  const rows = []
  for (const { name, capacity, filled, asked: keys, use } of scenes) {
    const medians = await compare(contestants.map(([contestant, make]) => {
      const cache = make(capacity, ttl)
      for (const key of filled) cache.set(key, key)
      let at = 0
      const run = (/** @type {number} */ count) => {
        for (let turn = 0; turn < count; turn += 1) {
          use(cache, keys[at], at)
          at = at + 1 === keys.length ? 0 : at + 1
        }
      }
      return { name: contestant, run }
    }))
    const [{ ns }] = medians
    rows.push([name, duration(ns), ...medians.slice(1).map(median => times(ns / median.ns))])
  }
  const head = ['', ...contestants.map(([name]) => name)]
  printTable(ttl === undefined ? 'Without a time to live' : 'With a time to live of an hour', head, rows)
}
console.log(`\nlru-cache in time, the others in its multiples (${sink > 0 ? 'higher is faster' : 'nothing was found'}).`)
await stash.close()
