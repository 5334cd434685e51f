// @ts-check
/**
 * The data set: the 250 countries and territories of the npm package `countries-list` (ISO 3166-1, and
 * Kosovo), as the demo stores them.
 */

import { readFileSync } from 'node:fs'
import { continents, countries, getEmojiFlag, languages } from 'countries-list'

/**
 * A country as it is stored. `edition` counts the commits that replaced all of them at once, `visits` the
 * runs of the demo that stopped there.
 * @typedef {object} Country
 * @property {string} code
 * @property {string} name
 * @property {string} native
 * @property {string} flag
 * @property {string} continent
 * @property {string} capital
 * @property {string[]} languages
 * @property {number[]} phone
 * @property {number} edition
 * @property {number} visits
 */

/** @typedef {keyof typeof countries} Code */

// Ascension and Tristan da Cunha have reserved codes only: ISO counts them to Saint Helena.
const RESERVED = ['AC', 'TA']

/**
 * Every country under its key, such as `eu/ch`: the continent first, so that a prefix finds all of it.
 * @returns {Map<string, Country>}
 */
export function readCountries() {
  const codes = /** @type {Code[]} */ (Object.keys(countries)).filter(code => !RESERVED.includes(code))
  return new Map(codes.map(code => {
    const { name, native, continent, capital, languages: spoken, phone } = countries[code]
    return [`${continent}/${code}`.toLowerCase(), {
      code, name, native, flag: getEmojiFlag(code), continent: continents[continent], capital,
      languages: spoken.map(language => languages[language].name), phone, edition: 1, visits: 0,
    }]
  }))
}

/** The name and version of the data set. */
export function dataSet() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
  return `countries-list ${dependencies['countries-list']}`
}
