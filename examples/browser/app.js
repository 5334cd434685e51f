// @ts-check
/** The app: four views, found by the hash of the address, drawn anew when the store tells of a change. */

import { openJournal } from './store.js'
import { entryView } from './views/entry.js'
import { guideView } from './views/guide.js'
import { journalView } from './views/journal.js'
import { roomView } from './views/room.js'
import { syncWords } from './views/words.js'

/* global document, location, window -- of pages */

/** @typedef {import('./store.js').Journal} Journal */
/**
 * @typedef {object} View
 * @property {(event: { key?: string }) => void} [hear] Hears of a change; of an entry by its key.
 */

const place = /** @type {HTMLElement} */ (document.querySelector('#view'))
const message = /** @type {HTMLElement} */ (document.querySelector('#message'))
const chip = /** @type {HTMLElement} */ (document.querySelector('#sync'))

/** Says something for three seconds. @param {string} text */
function say(text) {
  message.textContent = text
  message.dataset.count = String(Number(message.dataset.count ?? 0) + 1)
  message.classList.add('seen')
  setTimeout(() => message.classList.remove('seen'), 3000)
}

/** Shows the view of the address. @param {Journal} journal @returns {Promise<View>} */
async function show(journal) {
  const { hash } = location
  const view = await viewOf(journal, hash)
  place.dataset.shows = hash
  return view
}

/** @param {Journal} journal @param {string} hash @returns {Promise<View>} */
async function viewOf(journal, hash) {
  const [, name = '', id = ''] = hash.split('/')
  const current = name === 'guide' || name === 'room' ? name : 'journal'
  for (const link of document.querySelectorAll('nav a')) {
    link.toggleAttribute('aria-current', link.getAttribute('data-view') === current)
  }
  if (name === 'guide') return guideView(place, journal)
  if (name === 'room') return roomView(place, journal, say)
  if (name === 'entry') return entryView(place, journal, decodeURIComponent(id), say)
  return journalView(place, journal)
}

/** @param {Journal} journal */
function showStatus(journal) {
  const { text, tone } = syncWords(journal.stash.sync.status)
  chip.textContent = text
  chip.className = `chip ${tone}`
}

async function start() {
  const journal = await openJournal()
  if (journal.stash.wiped) say('The browser has deleted what was stored here.')
  let view = await show(journal)
  window.addEventListener('hashchange', () => { show(journal).then(next => { view = next }, complain) })
  // What fails is told by the status, and tried again by itself.
  chip.addEventListener('click', () => { journal.stash.sync.syncData().catch(() => {}) })
  showStatus(journal)
  journal.follow(event => {
    showStatus(journal)
    view.hear?.(event)
  })
}

/** @param {any} error A StorageError says what to do. */
function complain(error) {
  place.textContent = `${error.code ?? error.name}: ${error.remedy ?? error.message}`
}

start().catch(complain)
