// @ts-check
/** Changes: update, remove, a condition on the version, exact values, and who hears of it all. */

import { isDeepStrictEqual } from 'node:util'
import { claim, refused } from '../proof.js'
import { cyan, dim, explain, refusal, say, title } from '../print.js'

/** @typedef {import('../countries.js').Country} Country */
/** @typedef {import('../world.js').World} World */

// Has no divisor in common with 250, so that 250 runs see 250 countries.
const STRIDE = 97
const FLAGS_SHOWN = 12

/**
 * @param {World} world
 * @param {number} run
 */
export function change(world, run) {
  title('Change them, and be told')
  const { countries } = world
  const keys = countries.keysSync()
  const here = keys[run * STRIDE % keys.length] ?? ''
  const heard = /** @type {string[]} */ ([])
  const unwatch = countries.watch({ prefix: '' }, ({ type, key }) => { heard.push(`${type} ${key}`) })

  const before = /** @type {Country} */ (countries.getSync(here))
  const after = countries.updateSync(here, country => ({ ...country, visits: country.visits + 1 }))
  say(`Run ${run} visits ${after.flag} ${after.name} (${after.native}), for the ${ordinal(after.visits)} time.`)
  countries.setManySync({ 'eu/atlantis': { name: 'Atlantis' }, 'as/shangri-la': { name: 'Shangri-La' } })
  const removed = countries.removeManySync(['eu/atlantis', 'as/shangri-la', 'oc/lemuria'])
  unwatch()
  claim('the visit is stored', countries.getSync(here).visits === before.visits + 1)
  claim('two invented countries came and went, a third never was',
    removed === 2 && countries.keysSync().length === 250)
  say(`The watcher heard: ${heard.slice(0, 3).join(dim(' · '))}`)
  say(`                   ${heard.slice(3).join(dim(' · '))}`)
  claim('each event came once, after its commit, in order', isDeepStrictEqual(heard, [`set ${here}`,
    'set eu/atlantis', 'set as/shangri-la', 'remove eu/atlantis', 'remove as/shangri-la']))

  explain('Two hands at one record: the second one holds a version that is no longer there.')
  const { version } = countries.getMetaSync(here) ?? {}
  countries.setSync(here, after, { ifVersion: version })
  refusal(refused('CONFLICT', () => countries.setSync(here, after, { ifVersion: version })))
  keepExact(world, after)
}

/**
 * What JSON cannot say comes back as it went in.
 * @param {World} world
 * @param {Country} visited
 */
function keepExact({ notes }, visited) {
  const blank = /** @type {Passport} */ ({ stamps: 0n, countries: new Map() })
  const passport = notes.updateSync('passport', (/** @type {Passport | undefined} */ current) => ({
    stamps: (current ?? blank).stamps + 1n,
    countries: new Map([...(current ?? blank).countries, [visited.flag, new Date()]]),
  }))
  const flags = [...passport.countries.keys()]
  const more = flags.length - FLAGS_SHOWN
  say(`The passport is a ${cyan('Map')} of ${cyan('Date')}s, its stamps are counted by a ${cyan('BigInt')}:`)
  say(`  ${flags.slice(-FLAGS_SHOWN).join('  ')}  ${dim(`${more > 0 ? `and ${more} more, ` : ''}${passport.stamps} stamp${passport.stamps === 1n ? '' : 's'}`)}`)
  claim('it came back as it went in, types and all', isDeepStrictEqual(notes.getSync('passport'), passport))
}

/** @typedef {{ stamps: bigint, countries: Map<string, Date> }} Passport */

/** @param {number} count */
function ordinal(count) {
  const rules = new Intl.PluralRules('en', { type: 'ordinal' })
  return `${count}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[rules.select(count)]}`
}
