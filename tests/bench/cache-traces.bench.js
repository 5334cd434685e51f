// What each rule of who leaves finds, on traces of our own making: hit ratios, not times. In small letters
// ours, in capitals the others as their papers have them.
// `MINISTASH_BENCH_TRACE` says how long the traces are.
// @ts-check
import { memory, open } from '../../js/index.js'
import { environment, printTable } from './support/kit.js'
import { optimum, s3Fifo, windowTinyLfu } from './support/policies.js'
import { traces } from './support/traces.js'

const stash = await open({ host: memory() })
console.log(`Hit ratios in percent: ${environment()}`)

/** @param {'lru' | 'w-tinylfu'} policy @param {number} maxEntries */
function ours(policy, maxEntries) {
  const cache = stash.createCache({ maxEntries, policy })
  return {
    name: policy,
    access(/** @type {string} */ key) {
      if (cache.get(key) !== undefined) return true
      cache.set(key, 1)
      return false
    },
  }
}

/** @param {number} hits @param {number} all */
const percent = (hits, all) => (100 * hits / all).toFixed(1)

const rows = traces().map(({ name, keys, capacity }) => {
  const policies = [ours('lru', capacity), s3Fifo(capacity), windowTinyLfu(capacity),
    ours('w-tinylfu', capacity)]
  const hits = policies.map(({ access }) => keys.reduce((sum, key) => sum + (access(`k${key}`) ? 1 : 0), 0))
  return [name, ...[...hits, optimum(keys, capacity)].map(count => percent(count, keys.length))]
})
printTable('2,000 entries', ['trace', 'lru', 'S3-FIFO', 'W-TinyLFU', 'w-tinylfu', 'optimum'], rows)
await stash.close()
