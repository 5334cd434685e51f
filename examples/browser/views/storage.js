// @ts-check
/** What the store takes, and what the browser promises. */

import { element } from './elements.js'

/** @typedef {import('../app.js').Notes} Notes */

/**
 * @param {HTMLElement} place
 * @param {Notes} notes
 * @param {(text: string) => void} say
 * @returns {Promise<import('../app.js').View>}
 */
export async function storageView(place, notes, say) {
  const keep = async () => {
    const isKept = await notes.keep()
    say(isKept ? 'The browser keeps the notes from now on.' : 'The browser keeps them while it has room.')
    await draw()
  }
  const draw = async () => {
    const { keys, usedBytes, limitBytes, isPersisted, hostCalls } = await notes.info()
    const share = usedBytes === undefined || !limitBytes ? 0 : 100 * usedBytes / limitBytes
    const bar = element('i')
    bar.style.width = `${Math.max(share, 0.4)}%`
    /** @type {[name: string, value: string][]} */
    const facts = [
      ['Notes', String(keys.length)],
      ['Taken by this site', bytes(usedBytes)],
      ['Room in this browser', bytes(limitBytes)],
      ['Kept when room runs short', isPersisted ? 'Promised' : 'Not promised'],
      ['Questions to IndexedDB', String(hostCalls)],
    ]
    place.replaceChildren(
      element('div', { class: 'bar' },
        element('div', {}, element('h1', {}, 'Storage'),
          element('p', { class: 'lead' }, 'One IndexedDB; each change is one transaction, kept on disk')),
        element('button', { id: 'keep', click: keep }, 'Keep my notes')),
      element('div', { class: 'sheet' },
        element('div', { class: 'meter' }, bar),
        element('div', { class: 'facts' }, `${share.toFixed(3)} % of the room is taken`),
        element('dl', {}, ...facts.map(([name, value]) =>
          element('div', {}, element('dt', {}, name), element('dd', {}, value))))))
  }
  await draw()
  return { hear: () => { void draw() } }
}

/** @param {number | undefined} count */
function bytes(count) {
  if (count === undefined) return 'not told'
  if (count < 1024) return `${count} B`
  const power = Math.min(Math.floor(Math.log2(count) / 10), 4)
  return `${(count / 1024 ** power).toFixed(1)} ${['B', 'KB', 'MB', 'GB', 'TB'][power]}`
}
