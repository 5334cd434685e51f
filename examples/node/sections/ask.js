// @ts-check
/** Reads: by key, by prefix, and a question or two that need every country. */

import { claim } from '../proof.js'
import { cyan, dim, say, table, title } from '../print.js'
import { pad } from '../width.js'

/** @typedef {import('../countries.js').Country} Country */

/** @param {import('../world.js').World} world */
export function ask(world) {
  const { countries } = world
  title('Ask them something')
  const south = /** @type {[string, Country][]} */ (countries.entriesSync({ prefix: 'sa/' }))
  say(`South America, by the prefix ${cyan('sa/')}, from the last key:`)
  table([{ head: 'key' }, { head: '' }, { head: 'country' }, { head: 'capital' }, { head: 'speaks' }],
    south.slice(-4).reverse().map(([key, { flag, name, capital, languages }]) =>
      [key, flag, name, capital, languages.join(', ')]))
  claim(`the prefix gave ${south.length} countries, all of them in South America`,
    south.length > 0 && south.every(([, { continent }]) => continent === 'South America'))
  say()

  const all = world.all().map(([, country]) => country)
  say('Official in most countries:')
  const spoken = countBy(all.flatMap(({ languages }) => languages)).slice(0, 5)
  const most = spoken[0]?.[1] ?? 1
  for (const [language, count] of spoken) {
    say(`  ${pad(language, 10)} ${cyan('▇'.repeat(Math.max(1, Math.round(count / most * 40))))} ${count}`)
  }
  say()
  const named = all.filter(({ name, capital }) => name === capital)
  say('Countries named as their capital:')
  say(`  ${named.map(({ flag, name }) => `${flag} ${name}`).join('  ')}`)
  const [code, sharers] = countBy(all.flatMap(({ phone }) => phone.map(String)))[0] ?? ['', 0]
  say(`Most shared telephone code: +${code}, by ${sharers} countries and territories`)
  say(`Some names, as they are written there:`)
  say(`  ${nativeNames(countries).join('  ')}`)
  const swiss = /** @type {Country} */ (countries.getSync('eu/ch'))
  claim(`Switzerland speaks ${swiss.languages.join(', ')}`, swiss.languages.length >= 3)
  claim('a country that does not exist gives the default',
    countries.getSync('eu/atlantis', 'sunk') === 'sunk' && !countries.hasSync('eu/atlantis'))
}

/** @param {import('../tally.js').Storage} countries */
function nativeNames(countries) {
  const keys = ['as/cn', 'as/jp', 'eu/gr', 'as/ge', 'as/kr', 'as/th']
  return countries.getManySync(keys).map(country => `${country.native}${dim(`(${country.code})`)}`)
}

/** @type {(names: string[]) => [name: string, count: number][]} */
function countBy(names) {
  const counts = /** @type {Map<string, number>} */ (new Map())
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)
}
