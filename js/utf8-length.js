// @ts-check
/** How many bytes of UTF-8 a text takes, a lone surrogate counting as U+FFFD. */

/** Of a text up to here its units are looked at one by one; beyond it the encoder of the engine is faster. */
const COUNTED_MAX = 40
/** So much is encoded at once. */
const SCRATCH_BYTES = 8192

/** @type {{ encoder: TextEncoder, bytes: Uint8Array } | null | undefined} Null where there is no encoder. */
let scratch

/**
 * @param {string} text
 * @returns {number}
 */
export function utf8Length(text) {
  if (text.length <= COUNTED_MAX) return counted(text)
  if (scratch === undefined) scratch = makeScratch()
  if (scratch === null) return counted(text)
  const { encoder, bytes } = scratch
  let length = 0
  let at = 0
  while (at < text.length) {
    const { read, written } = encoder.encodeInto(at === 0 ? text : text.slice(at), bytes)
    at += read
    length += written
  }
  return length
}

function makeScratch() {
  // Looked for, not needed.
  // eslint-disable-next-line no-restricted-globals
  const encoder = typeof TextEncoder === 'function' ? new TextEncoder() : undefined
  return encoder ? { encoder, bytes: new Uint8Array(SCRATCH_BYTES) } : null
}

/** @param {string} text */
function counted(text) {
  let length = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    length += unit < 0x800 ? 1 : 2
    // The two units of a pair take four bytes.
    if (unit >= 0xD800 && unit < 0xDC00 && (text.charCodeAt(at + 1) & 0xFC00) === 0xDC00) at += 1
  }
  return length
}
