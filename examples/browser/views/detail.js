// @ts-check
/** One note: read, edited, given an end. Two tabs that edit it do not overwrite each other. */

import { LIVES } from '../store.js'
import { element, inWords } from './elements.js'

/** @typedef {import('../app.js').Notes} Notes */

const NAMES = Object.freeze({
  '': 'Keep for ever', '1h': 'Gone in an hour', '1d': 'Gone in a day', '7d': 'Gone in a week',
})

/**
 * @param {HTMLElement} place
 * @param {Notes} notes
 * @param {string} id
 * @param {(text: string) => void} say
 * @returns {Promise<import('../app.js').View>}
 */
export async function detailView(place, notes, id, say) {
  let found = await notes.read(id)
  const title = /** @type {HTMLInputElement} */ (element('input', { type: 'text', placeholder: 'Title',
    value: found?.note.title ?? '', 'aria-label': 'Title' }))
  const text = /** @type {HTMLTextAreaElement} */ (element('textarea', { placeholder: 'Write …',
    value: found?.note.text ?? '', 'aria-label': 'Text' }))
  const life = /** @type {HTMLSelectElement} */ (element('select', { 'aria-label': 'How long it lives' },
    ...LIVES.map(value => element('option', { value }, NAMES[value]))))
  const facts = element('div', { class: 'facts' })
  const clash = element('div', { class: 'clash', role: 'alert', hidden: true })
  clash.style.display = 'none'

  const state = () => {
    const parts = found === undefined ? ['Not stored yet'] : [`Stored ${found.note.editedAt.toLocaleTimeString()}`,
      ...(found.expiresAt === undefined ? [] : [`gone in ${inWords(found.expiresAt - Date.now())}`])]
    facts.replaceChildren(...parts.map(part => element('span', {}, part)))
    clash.style.display = 'none'
  }
  const take = async () => {
    found = await notes.read(id)
    title.value = found?.note.title ?? ''
    text.value = found?.note.text ?? ''
    state()
  }
  const save = async (/** @type {number | undefined} */ version) => {
    try {
      await notes.save(id, { title: title.value, text: text.value }, { ttl: life.value, version })
      found = await notes.read(id)
      state()
      say('Stored')
    } catch (/** @type {any} */ error) {
      if (error.code === 'CONFLICT') disagree()
      else say(`${error.code}: ${error.remedy}`)
    }
  }
  const disagree = () => {
    clash.replaceChildren(element('span', {}, 'Another tab has changed this note meanwhile.'),
      element('button', { id: 'theirs', click: take }, 'Take theirs'),
      element('button', { id: 'mine', click: () => save(undefined) }, 'Keep mine'))
    clash.style.display = ''
  }
  const remove = async () => {
    await notes.remove(id)
    say('Removed')
    history.back()
  }

  place.replaceChildren(clash, element('div', { class: 'sheet' }, title, text, facts,
    element('div', { class: 'row' }, life, element('span', { class: 'grow' }),
      element('button', { class: 'quiet', id: 'remove', click: remove }, 'Remove'),
      element('button', { class: 'main', id: 'save', click: () => save(found?.version ?? 0) }, 'Save'))))
  state()
  return {
    hear({ key, isElsewhere }) {
      const isSame = title.value === (found?.note.title ?? '') && text.value === (found?.note.text ?? '')
      // What nobody has touched here follows the other tab; what somebody is writing is left to them.
      if (isElsewhere && key === id) void (isSame ? take() : disagree())
    },
  }
}
/* global history -- of pages */
