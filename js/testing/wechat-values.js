// @ts-check
/**
 * What WeChat's base library makes of a value: a text and a tag of its type, and a value again. Also how the
 * two kinds of phones count a text. Nothing here stores or refuses.
 */

/**
 * A value as it lies on the disk.
 * @typedef {object} Stored
 * @property {string} type The tag that `Object.prototype.toString` gave.
 * @property {string} text
 * @property {boolean} [encrypted]
 */

/**
 * Encodes as the base library does: what it does not know becomes the empty text, silently. Throws what
 * JSON.stringify throws.
 * @param {any} value
 * @returns {Stored}
 */
export function encode(value) {
  const type = Object.prototype.toString.call(value).slice(8, -1)
  if (type === 'Array' || type === 'Object') return { type, text: JSON.stringify(value) ?? '' }
  if (type === 'Date') return { type, text: String(value.getTime()) }
  const isPlain = ['String', 'Number', 'Boolean', 'Null', 'Undefined'].includes(type)
  return isPlain ? { type, text: String(value) } : { type: 'String', text: '' }
}

/**
 * Decodes by the tag; each call makes a new object.
 * @param {Stored} stored
 * @returns {any}
 */
export function decode({ type, text }) {
  if (type === 'Array' || type === 'Object') return text === '' ? '' : JSON.parse(text)
  if (type === 'Date') return new Date(Number.parseFloat(text))
  if (type === 'Number') return Number.parseFloat(text)
  if (type === 'Boolean') return text === 'true'
  if (type === 'Null') return null
  return type === 'Undefined' ? undefined : text
}

/** Android counts Java's chars. @param {string} text */
export function utf16Units(text) {
  return text.length
}

/** The worst that iOS may count, of which nothing is known. @param {string} text */
export function utf8Bytes(text) {
  let bytes = 0
  // A half of a pair that stands alone is counted as what takes its place.
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
