// @ts-check
/** Elements made in one call; text is always text, never markup. */

import { uploadWords } from './words.js'

/* global document -- of pages */

/**
 * @param {string} name
 * @param {Record<string, any>} [properties] `class`, `style` and `data-*` are attributes; a function is a
 *   listener.
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(key, value)
    else if (key in made && key !== 'style') Reflect.set(made, key, value)
    else made.setAttribute(key, value)
  }
  made.append(...children)
  return made
}

/** A bar that is full to a share. @param {number} percent */
export const bar = percent => element('div', { class: 'track' },
  element('i', { style: `width: ${Math.max(percent, 0.6)}%` }))

/** How far an upload is, over its photo. @param {{ state: string, percent: number }} photo */
export function veil(photo) {
  const words = uploadWords(photo)
  if (words === '') return []
  return [element('div', { class: 'veil' }, element('span', {}, words), bar(photo.percent))]
}
