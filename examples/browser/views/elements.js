// @ts-check
/** Elements made in one call; text is always text, never markup. */

/* global document -- of pages */

/**
 * @param {string} name
 * @param {Record<string, any>} [properties] `class` and `data-*` are attributes; a function is a listener.
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(key, value)
    else if (key in made) Reflect.set(made, key, value)
    else made.setAttribute(key, value)
  }
  made.append(...children)
  return made
}

/** How far away a moment is, in words. @param {number} ms */
export function inWords(ms) {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}
