// @ts-check
/** Every note as a card. */

import { element, inWords } from './elements.js'

/** @typedef {import('../app.js').Notes} Notes */

/** @param {HTMLElement} place @param {Notes} notes @returns {Promise<import('../app.js').View>} */
export async function listView(place, notes) {
  const draw = async () => {
    const all = await notes.list()
    const fresh = `#/note/${Date.now().toString(36)}`
    place.replaceChildren(
      element('div', { class: 'bar' },
        element('div', {}, element('h1', {}, 'Notes'),
          element('p', { class: 'lead' }, `${all.length} stored in this browser, the same in every tab`)),
        element('a', { href: fresh }, element('button', { class: 'main' }, 'New note'))),
      all.length === 0 ? element('div', { class: 'empty' }, 'Nothing here yet. Write the first note.')
        : element('ul', { class: 'grid' }, ...all.map(card)))
  }
  await draw()
  return { hear: () => { void draw() } }
}

/** @param {Awaited<ReturnType<Notes['list']>>[number]} entry */
function card({ id, note, expiresAt }) {
  const left = expiresAt === undefined ? [] : [element('span', { class: 'pill warm' },
    `gone in ${inWords(expiresAt - Date.now())}`)]
  return element('li', {}, element('a', { href: `#/note/${encodeURIComponent(id)}` },
    element('article', { class: expiresAt === undefined ? 'card' : 'card fades' },
      element('h2', {}, note.title || 'Untitled'), element('p', {}, note.text),
      element('footer', {}, ...left, element('time', {}, `edited ${note.editedAt.toLocaleString([], {
        month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })}`)))))
}
