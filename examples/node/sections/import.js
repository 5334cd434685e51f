// @ts-check
/** Brings the data set into the store: on the first run all of it, later only what is missing or damaged. */

import { isDeepStrictEqual } from 'node:util'
import { StorageError } from 'ministash'
import { dataSet, readCountries } from '../countries.js'
import { claim } from '../proof.js'
import { explain, progress, say, title } from '../print.js'

/** @typedef {import('../world.js').World} World */
/** @typedef {import('../countries.js').Country} Country */

/** @param {World} world */
export function importCountries(world) {
  title('Store 250 countries, each under its own key')
  const source = readCountries()
  tidyUp(world, source)
  const stored = new Set(world.countries.keysSync())
  const missing = [...source].filter(([key]) => !stored.has(key))
  if (missing.length > 0) store(world, missing)
  else explain(`They are here already, from ${dataSet()}: nothing to import.`)

  const { countries } = world
  const values = countries.getManySync(source.keys())
  claim(`${values.length} countries came back in one read, each equal to its original`,
    source.size === 250 && [...source.values()].every((country, index) => isOf(country, values[index])))
  claim('the namespace holds those keys and no others', countries.keysSync().length === source.size)
}

/** @type {(world: World, missing: [string, Country][]) => void} */
function store({ countries }, missing) {
  const start = performance.now()
  // Those that come late join the edition of the others.
  const [[, { edition }] = ['', { edition: 1 }]] = countries.entriesSync({ limit: 1 })
  missing.forEach(([key, country], index) => {
    countries.setSync(key, { ...country, edition })
    progress('countries stored', index + 1, missing.length)
  })
  const rate = Math.round(missing.length / (performance.now() - start) * 1000)
  const what = missing.length === 1 ? 'country' : 'countries'
  say(`${missing.length} ${what} imported from ${dataSet()}, ${rate} a second, each one synced to the disk`)
}

/**
 * A run that was cut off may have left invented countries behind, or a damaged one, and so may a hand.
 * @type {(world: World, source: Map<string, Country>) => void}
 */
function tidyUp({ countries }, source) {
  const strangers = countries.keysSync().filter(key => !source.has(key))
  if (strangers.length > 0) say(`${countries.removeManySync(strangers)} invented countries of an earlier run are removed`)
  const damaged = countries.keysSync().filter(key => !isReadable(countries, key))
  for (const key of damaged) {
    countries.removeSync(key)
    say(`${key} was damaged, and has to be imported anew`)
  }
}

/** @type {(countries: import('../tally.js').Storage, key: string) => boolean} */
function isReadable(countries, key) {
  try {
    countries.getSync(key)
    return true
  } catch (error) {
    if (error instanceof StorageError && error.code === 'CORRUPT') return false
    throw error
  }
}

/** @type {(country: Country, stored: Country | undefined) => boolean} */
function isOf(country, stored) {
  return isDeepStrictEqual({ ...stored, edition: 0, visits: 0 }, { ...country, edition: 0, visits: 0 })
}
