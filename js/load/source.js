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
