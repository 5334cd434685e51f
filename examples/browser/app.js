// @ts-check
/** The app: three views, found by the hash of the address, drawn anew when the store tells of a change. */

import { openNotes } from './store.js'
import { detailView } from './views/detail.js'
import { listView } from './views/list.js'
import { storageView } from './views/storage.js'

/* global document, location, window -- of pages */

/** @typedef {Awaited<ReturnType<typeof openNotes>>} Notes */
/**
 * @typedef {object} View
 * @property {(event: Readonly<import('ministash').WatchEvent>) => void} [hear] Hears of a change.
 */

const place = /** @type {HTMLElement} */ (document.querySelector('#view'))
const message = /** @type {HTMLElement} */ (document.querySelector('#message'))

/** Says something for three seconds. @param {string} text */
export function say(text) {
  message.textContent = text
  message.dataset.count = String(Number(message.dataset.count ?? 0) + 1)
  message.classList.add('seen')
  setTimeout(() => message.classList.remove('seen'), 3000)
}

/** Shows the view of the address. @param {Notes} notes @returns {Promise<View>} */
async function show(notes) {
  const { hash } = location
  const view = await viewOf(notes, hash)
  place.dataset.shows = hash
  return view
}

/** @param {Notes} notes @param {string} hash @returns {Promise<View>} */
async function viewOf(notes, hash) {
  const [, name = '', id = ''] = hash.split('/')
  const current = name === 'storage' ? name : 'list'
  for (const link of document.querySelectorAll('nav a')) {
    link.toggleAttribute('aria-current', link.getAttribute('data-view') === current)
  }
  if (name === 'storage') return storageView(place, notes, say)
  if (name === 'note') return detailView(place, notes, decodeURIComponent(id), say)
  return listView(place, notes)
}

async function start() {
  const notes = await openNotes()
  if (notes.wiped) say('The browser has deleted what was stored here.')
  let view = await show(notes)
  window.addEventListener('hashchange', () => { show(notes).then(next => { view = next }, complain) })
  notes.watch(event => view.hear?.(event))
}

/** @param {any} error A StorageError says what to do. */
function complain(error) {
  place.textContent = `${error.code ?? error.name}: ${error.remedy ?? error.message}`
}

start().catch(complain)
