// @ts-check
/** Every entry as a card. */

import { element, veil } from './elements.js'
import { day, tint } from './words.js'

/** @typedef {import('../app.js').Journal} Journal */

/** @param {HTMLElement} place @param {Journal} journal @returns {Promise<import('../app.js').View>} */
export async function journalView(place, journal) {
  const draw = async () => {
    const all = await journal.list()
    const cards = await Promise.all(all.map(async entry => {
      const photos = await Promise.all(entry.photos.map(journal.photos.look))
      return card(entry, photos)
    }))
    // Somebody may have gone to another view meanwhile.
    if (!/^(#\/?)?$/.test(location.hash)) return
    place.replaceChildren(
      element('div', { class: 'bar' },
        element('div', {}, element('h1', {}, 'Where the days went'),
          element('p', { class: 'lead' }, `${all.length} entries, the same in every tab and on every device`)),
        element('a', { class: 'button main', href: `#/entry/${journal.freshId()}` }, 'New entry')),
      all.length === 0 ? element('div', { class: 'empty' }, 'Nothing here yet. Write the first entry.')
        : element('ul', { class: 'grid' }, ...cards))
  }
  await draw()
  return { hear: () => { void draw() } }
}

/**
 * @param {Awaited<ReturnType<Journal['list']>>[number]} entry
 * @param {Awaited<ReturnType<Journal['photos']['look']>>[]} photos
 */
function card({ id, title, place, text, writtenAt }, photos) {
  const [first] = photos
  const onItsWay = photos.filter(({ state }) => state !== 'done').slice(0, 1)
  const cover = first ? element('img', { src: first.url, alt: '' })
    : element('div', { class: 'plain', style: `background: ${tint(place)}` }, place)
  return element('li', {}, element('a', { href: `#/entry/${encodeURIComponent(id)}` },
    element('article', { class: 'card' },
      element('div', { class: 'cover' }, cover, ...onItsWay.flatMap(veil)),
      element('div', { class: 'body' },
        element('h2', {}, title || 'Untitled'), element('p', {}, text),
        element('footer', {}, element('span', { class: 'where' }, place),
          element('time', {}, day(writtenAt)),
          ...(photos.length > 1 ? [element('span', {}, `${photos.length} photos`)] : []))))))
}
/* global location -- of pages */
