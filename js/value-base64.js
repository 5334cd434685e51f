// @ts-check
/**
 * Bytes as base64 text (RFC 4648 section 4, padded) and back, for engines without `btoa` and `Buffer`.
 * `Buffer` is not named here: a bundler that sees the name ships 50 KB of it to phones.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PADDING = 61
/** Bytes that become text at a time: a multiple of three, and few enough arguments for any engine. */
const CHUNK_BYTES = 6144

/** @type {Uint8Array | undefined} The code of each digit; made when first needed. */
let digitCodes
/** @type {Uint8Array | undefined} The digit of each code, 255 for none; made when first needed. */
let digitValues

/**
 * Writes bytes as base64.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toBase64(bytes) {
  const native = /** @type {{ toBase64?: () => string }} */ (bytes)
  if (typeof native.toBase64 === 'function') return native.toBase64()
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    text += chunkToBase64(bytes.subarray(start, start + CHUNK_BYTES))
  }
  return text
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function chunkToBase64(bytes) {
  const codes = digitCodes || (digitCodes = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0)))
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let at = 0
  for (let i = 0; i < bytes.length; i += 3) {
    // A byte past the end reads as undefined, which the operators take as zero.
    const bits = (at8(bytes, i) << 16) | (at8(bytes, i + 1) << 8) | at8(bytes, i + 2)
    out[at++] = at8(codes, bits >> 18)
    out[at++] = at8(codes, (bits >> 12) & 63)
    out[at++] = i + 1 < bytes.length ? at8(codes, (bits >> 6) & 63) : PADDING
    out[at++] = i + 2 < bytes.length ? at8(codes, bits & 63) : PADDING
  }
  return String.fromCharCode.apply(null, /** @type {any} */ (out))
}

/**
 * Reads base64 strictly: no spaces, full padding, no stray bits.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | undefined} `undefined` if the text is not what `toBase64` writes.
 */
export function fromBase64(text) {
  if (text.length % 4 !== 0) return undefined
  const values = digitValues || (digitValues = makeDigitValues())
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const digits = text.length - padding
  let at = 0
  let wrong = 0
  for (let i = 0; i < digits; i += 4) {
    const a = digit(values, text, i)
    const b = digit(values, text, i + 1)
    const c = i + 2 < digits ? digit(values, text, i + 2) : 0
    const d = i + 3 < digits ? digit(values, text, i + 3) : 0
    wrong |= a | b | c | d
    const bits = (a << 18) | (b << 12) | (c << 6) | d
    // A write past the end of a typed array does nothing.
    bytes[at++] = bits >> 16
    bytes[at++] = bits >> 8
    bytes[at++] = bits
    // The bits that the last digit has to spare are zero.
    if (i + 4 > digits && (bits & (padding === 1 ? 0xff : 0xffff)) !== 0) return undefined
  }
  return (wrong & 192) === 0 ? bytes : undefined
}

function makeDigitValues() {
  const values = new Uint8Array(128).fill(255)
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i
  return values
}

/**
 * @param {Uint8Array} values
 * @param {string} text
 * @param {number} index
 * @returns {number} A value of 64 or more if the character is no digit.
 */
function digit(values, text, index) {
  const code = text.charCodeAt(index)
  return code < 128 ? at8(values, code) : 255
}

/**
 * @param {Uint8Array} bytes
 * @param {number} index
 */
function at8(bytes, index) {
  return /** @type {number} */ (bytes[index])
}
