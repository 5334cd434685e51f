// @ts-check
/** The first section: what an earlier run left behind, and whether it is all still as it was left. */

import { createHash } from 'node:crypto'
import { StorageError } from 'ministash'
import { claim } from '../proof.js'
import { dim, explain, refusal, say, time, title } from '../print.js'

/** @typedef {import('../world.js').World} World */

/** @typedef {{ run: number, endedAt: Date, digest: string }} Farewell */

/**
 * Opens the world and says what survived.
 * @param {World} world
 * @returns {Promise<number>} Which run this is, counted from 1.
 */
export async function begin(world) {
  title('Open the store')
  const { recovery, wiped } = await world.open()
  const { notes } = world
  const before = notes.getSync('runs', 0)
  const run = notes.incrementSync('runs')
  say(`${dim('folder')}    ${world.dir}`)
  if (wiped !== null) refusal(wiped)
  if (before === 0) {
    say(`${dim('run')}       1: ${wiped === null ? 'the folder is new' : 'what earlier runs had stored is lost'}`)
  } else {
    say(`${dim('run')}       ${run}: it goes on from what is stored`)
    if (recovery === 'finished') say(`${dim('recovery')}  the last run died in a commit, which is now finished`)
    lookBack(world, before)
  }
  // While a run is under way nobody knows what it will leave behind.
  notes.removeSync('farewell')
  claim(`this is run ${run}, by the counter in the store`, run === before + 1)
  return run
}

/** @type {(world: World, before: number) => void} */
function lookBack({ notes, countries }, before) {
  const farewell = /** @type {Farewell | undefined} */ (notes.getSync('farewell'))
  const postcard = notes.getMetaSync('postcard')
  if (farewell === undefined) {
    explain(`Run ${before} did not come to its end; what it had stored is there all the same.`)
    return
  }
  say(`${dim('last run')}  ended ${time(Date.now() - farewell.endedAt.getTime())} ago`)
  const rest = (postcard?.expiresAt ?? 0) - Date.now()
  say(`${dim('postcard')}  ${postcard === undefined
    ? `of the last run: gone, it had a time to live of one minute`
    : `of the last run: still here, gone in ${Math.ceil(rest / 1000)} s`}`)
  try {
    const entries = countries.entriesSync()
    const isSame = digestOf(entries) === farewell.digest
    claim(`all ${entries.length} countries are exactly as run ${before} left them`, isSame)
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'CORRUPT') throw error
    say(`Somebody has damaged ${error.key ?? 'a record'} since then:`)
    refusal(error)
  }
}

/**
 * What is left for the next run to find.
 * @param {World} world
 * @param {number} run
 */
export function leave({ notes, countries }, run) {
  const digest = digestOf(countries.entriesSync())
  notes.setSync('postcard', `greetings from run ${run}`, { ttl: '1m' })
  notes.setSync('farewell', { run, endedAt: new Date(), digest })
}

/** @param {[string, unknown][]} entries */
function digestOf(entries) {
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex')
}
