// @ts-check
/** One entry: read, edited, with its photos. Two tabs that edit it do not overwrite each other. */

import { element, veil } from './elements.js'

/** @typedef {import('../app.js').Journal} Journal */

const FIELDS = /** @type {const} */ (['title', 'place', 'text'])

/**
 * @param {HTMLElement} view
 * @param {Journal} journal
 * @param {string} id
 * @param {(text: string) => void} say
 * @returns {Promise<import('../app.js').View>}
 */
export async function entryView(view, journal, id, say) {
  let found = await journal.read(id)
  let isTyped = found.draft !== undefined
  let isChanging = false
  const fields = { title: field('input', 'Title'), place: field('input', 'Where'),
    text: field('textarea', 'What did you see today?') }
  const photos = element('div', { class: 'photos' })
  const facts = element('div', { class: 'facts' })
  const clash = element('div', { class: 'clash', role: 'alert', style: 'display: none' })
  const choose = /** @type {HTMLInputElement} */ (element('input', { type: 'file', accept: 'image/*',
    multiple: true, id: 'photo', 'aria-label': 'Add photos', change: () => void addPhotos() }))
  const add = element('label', { class: 'photo add' }, choose, '+ Photos')

  const words = () => ({ title: fields.title.value, place: fields.place.value, text: fields.text.value })
  const fill = () => {
    const from = { title: '', place: '', text: '', ...found.entry, ...found.draft }
    for (const name of FIELDS) fields[name].value = from[name]
  }
  const draw = async () => {
    const shown = await Promise.all((found.entry?.photos ?? []).map(journal.photos.look))
    photos.replaceChildren(...shown.map(photo =>
      element('div', { class: 'photo' }, element('img', { src: photo.url, alt: '' }), ...veil(photo))), add)
    facts.textContent = isTyped ? 'A draft, kept in this browser for a day'
      : found.entry ? `Written on ${found.entry.writtenAt.toLocaleString('en')}` : 'Not stored yet'
  }
  const take = async () => {
    found = { ...await journal.read(id), draft: undefined }
    isTyped = false
    clash.style.display = 'none'
    fill()
    await draw()
  }
  /** Changes something itself, and takes what came of it. @param {() => Promise<void>} act */
  const change = async act => {
    isChanging = true
    try {
      await act()
      await take()
      return true
    } catch (/** @type {any} */ error) {
      if (error.code === 'CONFLICT') disagree()
      else say(`${error.code ?? error.name}: ${error.remedy ?? error.message}`)
      return false
    } finally {
      isChanging = false
    }
  }
  const save = async (/** @type {number | undefined} */ version) => {
    const isDone = await change(() => journal.save(id, words(), version))
    if (isDone) say('Stored')
    return isDone
  }
  const disagree = () => {
    clash.replaceChildren(element('span', {}, 'This entry was changed elsewhere meanwhile.'),
      element('button', { id: 'theirs', click: take }, 'Take theirs'),
      element('button', { id: 'mine', click: () => save(undefined) }, 'Keep mine'))
    clash.style.display = ''
  }
  const addPhotos = async () => {
    const files = [...choose.files ?? []]
    choose.value = ''
    // An entry is there before its photos are.
    if ((found.entry === undefined || isTyped) && !await save(found.version)) return
    for (const file of files) await change(() => journal.addPhoto(id, file))
  }
  const remove = async () => {
    isChanging = true
    await journal.remove(id)
    say('Removed')
    location.hash = '#/'
  }
  for (const one of Object.values(fields)) {
    one.addEventListener('input', () => {
      isTyped = true
      void journal.keepDraft(id, words()).then(draw)
    })
  }

  const tools = element('div', { class: 'row' }, facts, element('span', { class: 'grow' }),
    element('button', { class: 'quiet', id: 'remove', click: remove }, 'Remove'),
    element('button', { class: 'main', id: 'save', click: () => save(found.version) }, 'Save'))
  view.replaceChildren(clash,
    element('div', { class: 'sheet' }, fields.title, fields.place, fields.text, photos, tools))
  fill()
  await draw()
  return {
    hear({ key }) {
      if (isChanging) return
      // What nobody has touched here follows the others; what somebody is writing is left to them.
      if (key !== id) void draw()
      else if (isTyped) disagree()
      else void take()
    },
  }
}

/** @param {string} name @param {string} placeholder */
function field(name, placeholder) {
  const more = name === 'input' ? { type: 'text' } : {}
  return /** @type {HTMLInputElement} */ (element(name, { placeholder, 'aria-label': placeholder, ...more }))
}
/* global location -- of pages */
