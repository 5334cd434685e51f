// @ts-check
/** What users may give as the place of the core, and how it is told from the core itself. */

/**
 * A `URL`, said so that the types of the package need none of a browser's.
 * @typedef {{ readonly href: string }} UrlLike
 */

/**
 * Where the core lies, or its bytes.
 * @typedef {string | UrlLike | ArrayBuffer | ArrayBufferView} CoreSource
 */

/**
 * The core in plain JavaScript, as `ministash/plain` exports it: given the glue, and what to call when its
 * memory has moved, it makes what a module of WebAssembly exports.
 * @typedef {(glue: object, moved: () => void) => object} PlainCore
 */

/**
 * Which core is wanted. `plain` is looked for in the package if it is not given.
 * @typedef {{ fallback?: 'auto' | 'never' | 'always', plain?: PlainCore }} Choice
 */

/**
 * Whether a place is meant, and not the core itself.
 * @param {CoreSource} source
 * @returns {source is string | UrlLike}
 */
export function isPlace(source) {
  return typeof source === 'string' || 'href' in source
}

/**
 * The text of a place.
 * @param {string | UrlLike} place
 */
export function textOf(place) {
  return typeof place === 'string' ? place : place.href
}
