// @ts-check
/** What a cache spares: a slow source, asked through `wrap`, and a second start that begins warm. */

import { join } from 'node:path'
import { node, open } from 'ministash'
import { claim } from '../proof.js'
import { explain, table, time, title } from '../print.js'

/** @typedef {import('../world.js').World} World */

const LOADS = 40
const ASKS = 400
const SOURCE_MS = 5

/**
 * Asks a slow source for countries, most of the time for the same few, in two runs of a cache.
 * @param {World} world
 */
export async function showCache(world) {
  title('Spare a slow source')
  explain(`A source that takes ${SOURCE_MS} ms for a country is asked ${ASKS} times through the cache, ten at a time and `
    + 'mostly for the same few. Then the cache is closed and opened again: what was loaded is still there.')
  const codes = world.all().map(([key]) => key).slice(0, LOADS)
  const folder = join(world.dataDir, 'cached')
  const rows = []
  /** @type {{ loads: number, promotions: number }[]} */
  const runs = []
  for (const name of ['cold', 'warm']) {
    const stash = await open({ host: node({ dir: folder }), cache: { persist: true, ttl: '1h' } })
    if (name === 'cold') stash.cache.clear()
    const start = performance.now()
    for (let ask = 0; ask < ASKS; ask += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => {
        const rank = Math.floor(LOADS * ((ask + index) * 0.618 % 1) ** 2)
        return stash.cache.wrap(codes[rank] ?? '', load)
      }))
    }
    const took = performance.now() - start
    const { hitRatio, loads, savedMs, promotions } = stash.cache.stats
    runs.push({ loads, promotions })
    rows.push([name, `${(hitRatio * 100).toFixed(1)} %`, String(loads), String(promotions), time(took),
      savedMs === 0 ? 'all of it' : time(savedMs)])
    await stash.close()
  }
  table([{ head: 'start' }, { head: 'hits', side: 'right' }, { head: 'loads', side: 'right' },
    { head: 'from the store', side: 'right' }, { head: 'took', side: 'right' },
    { head: 'loading spared', side: 'right' }], rows)
  const [cold, warm] = runs
  claim(`the cold start loaded each country once, although ten asked at a time`, cold?.loads === asked())
  claim('the warm start loaded nothing', warm?.loads === 0 && warm.promotions === asked())
}

/** How many different countries are asked for. */
function asked() {
  return new Set(Array.from({ length: ASKS }, (_, ask) => Math.floor(LOADS * (ask * 0.618 % 1) ** 2))).size
}

/** @param {{ key: string }} asked */
async function load({ key }) {
  await new Promise(resolve => { setTimeout(resolve, SOURCE_MS) })
  return { key, at: new Date() }
}
