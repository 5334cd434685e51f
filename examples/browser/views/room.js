// @ts-check
/** What the journal comes to, and how its synchronisation, its uploads and its room stand. */

import { bar, element } from './elements.js'
import { inWords, syncWords, uploadWords } from './words.js'

/** @typedef {import('../app.js').Journal} Journal */

/**
 * @param {HTMLElement} view
 * @param {Journal} journal
 * @param {(text: string) => void} say
 * @returns {Promise<import('../app.js').View>}
 */
export async function roomView(view, journal, say) {
  const { sync, uploads } = journal.stash
  const keep = async () => {
    say(await journal.keep() ? 'The browser keeps the journal from now on.'
      : 'The browser keeps it while it has room.')
    await draw()
  }
  const pause = () => {
    if (uploads.isPaused) uploads.resume()
    else uploads.pause()
    void draw()
  }
  const draw = async () => {
    const [{ usedBytes, limitBytes, isPersisted, hostCalls }, footprint, pending] =
      await Promise.all([journal.info(), journal.footprint(), sync.pendingChanges()])
    const items = await Promise.all(uploads.list().filter(({ state }) => !/done|cancelled/.test(state))
      .map(({ cloudPath }) => journal.photos.look(cloudPath)))
    if (location.hash !== '#/room') return
    const { lastSyncTime } = sync.status
    view.replaceChildren(
      element('div', { class: 'bar' }, element('h1', {}, 'What there is')),
      element('dl', {}, ...numbers([['Entries', footprint.entries], ['Places', footprint.places],
        ['Photos', footprint.photos], ['Questions to IndexedDB', hostCalls]])),
      section('Synchronisation', [],
        element('p', { id: 'standing' }, `${syncWords(sync.status).text}${lastSyncTime === undefined ? ''
          : `, last ${inWords(Date.now() - lastSyncTime)} ago`}`),
        ...pending.slice(0, 5).map(({ type, data }) =>
          element('p', { class: 'lead' }, `${type}: ${data?.title ?? 'an entry'}`))),
      section('Photos on their way',
        [element('button', { id: 'pause', click: pause }, uploads.isPaused ? 'Go on' : 'Pause')],
        ...items.map(photo => element('div', { class: 'upload' }, element('img', { src: photo.url, alt: '' }),
          element('div', { class: 'grow' }, uploadWords(photo), bar(photo.percent)))),
        ...(items.length === 0 ? [element('p', { class: 'lead' }, 'All have arrived.')] : [])),
      section('This browser', [element('button', { id: 'keep', click: keep }, 'Keep my journal')],
        bar(usedBytes === undefined || !limitBytes ? 0 : 100 * usedBytes / limitBytes),
        element('p', { class: 'lead' }, `${bytes(usedBytes)} of ${bytes(limitBytes)}; ${isPersisted
          ? 'kept when room runs short' : 'the browser may delete it when room runs short'}`)))
  }
  await draw()
  return { hear: () => { void draw() } }
}
/* global location -- of pages */

/** @param {string} title @param {HTMLElement[]} tools @param {...Node} children */
function section(title, tools, ...children) {
  return element('section', { class: 'sheet' },
    element('div', { class: 'bar' }, element('h2', {}, title), ...tools), ...children)
}

/** @param {[name: string, value: number][]} all */
function numbers(all) {
  return all.map(([name, value]) =>
    element('div', {}, element('dd', {}, value.toLocaleString('en')), element('dt', {}, name)))
}

/** @param {number | undefined} count */
function bytes(count) {
  if (count === undefined) return 'an unknown amount'
  if (count < 1024) return `${count} B`
  const power = Math.min(Math.floor(Math.log2(count) / 10), 4)
  return `${(count / 1024 ** power).toFixed(1)} ${['B', 'KB', 'MB', 'GB', 'TB'][power]}`
}
