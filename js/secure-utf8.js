// @ts-check
/** UTF-8 of short texts, made by hand: not every host has a TextEncoder. */

/**
 * @param {string} text
 * @returns {Uint8Array | undefined} Nothing for half of a surrogate pair.
 */
export function toUtf8(text) {
  const bytes = []
  for (const character of text) {
    const code = /** @type {number} */ (character.codePointAt(0))
    if (code >= 0xd800 && code <= 0xdfff) return undefined
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | code >> 6, 0x80 | code & 63)
    else if (code < 0x10000) bytes.push(0xe0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63)
    else bytes.push(0xf0 | code >> 18, 0x80 | code >> 12 & 63, 0x80 | code >> 6 & 63, 0x80 | code & 63)
  }
  const utf8 = Uint8Array.from(bytes)
  bytes.fill(0)
  return utf8
}
