// @ts-check
/** The guide: the HTTP cache gives it at once for a minute, then asks the server whether it still holds. */

import { element } from './elements.js'
import { inWords } from './words.js'

/** @typedef {import('../app.js').Journal} Journal */

/** @param {HTMLElement} view @param {Journal} journal @returns {Promise<import('../app.js').View>} */
export async function guideView(view, journal) {
  const draw = async (/** @type {{ isAsked?: boolean }} */ how) => {
    const { places, source } = await journal.guide(how).then(
      ({ places: all, ...answer }) => ({ places: all, source: sourceWords(answer) }),
      error => ({ places: [], source: error.remedy ?? error.message }))
    view.replaceChildren(
      element('div', { class: 'bar' },
        element('div', {}, element('h1', {}, 'Where to go next'),
          element('p', { class: 'lead', id: 'source' }, source)),
        element('button', { id: 'ask', click: () => draw({ isAsked: true }) }, 'Ask the server')),
      element('div', { class: 'grid' }, ...places.map(place)))
  }
  await draw({})
  return {}
}

/** @param {{ name: string, season: string, tip: string, tint: [string, string] }} place */
function place({ name, season, tip, tint: [from, to] }) {
  return element('article', { class: 'place', style: `background: linear-gradient(135deg, ${from}, ${to})` },
    element('header', {}, element('h2', {}, name), element('span', {}, season)), element('p', {}, tip))
}

/** @param {{ fromCache: boolean, isConfirmed: boolean, age: number }} answer */
function sourceWords({ fromCache, isConfirmed, age }) {
  if (!fromCache) return 'Just fetched from the server'
  return isConfirmed ? 'The server says that nothing has changed' : `From the cache, ${inWords(age)} old`
}
