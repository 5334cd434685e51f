// @ts-check
/**
 * Byte ranges of bodies: cut out of what is stored, and joined to it. Which bytes a header means, the core
 * says.
 */

/**
 * The bytes that a stored response holds: first, last, and how many the whole has.
 * @typedef {[first: number, last: number, total: number]} Span
 */

/**
 * A body as bytes.
 * @param {string | Uint8Array} body
 * @returns {Uint8Array}
 */
export function bytesOf(body) {
  if (typeof body !== 'string') return body
  // Every engine spells UTF-8 in URIs; few mini-programs have a TextEncoder.
  const spelled = utf8Of(body)
  const bytes = new Uint8Array(spelled.length)
  for (let at = 0; at < spelled.length; at += 1) bytes[at] = spelled.charCodeAt(at)
  return bytes
}

/**
 * A string of one character for each byte of a text's UTF-8.
 * @param {string} text
 */
function utf8Of(text) {
  return encodeURIComponent(text).replace(/%([0-9A-F]{2})/g,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

/**
 * Cuts the bytes from `first` to `last` out of a body that holds `span`; undefined if they are not all there.
 * @param {string | Uint8Array} body
 * @param {Span} span
 * @param {number} first
 * @param {number} last
 * @returns {Uint8Array | undefined}
 */
export function cut(body, span, first, last) {
  if (first < span[0] || last > span[1]) return undefined
  const part = bytesOf(body).slice(first - span[0], last - span[0] + 1)
  // A server that sent less than it said.
  return part.length === last - first + 1 ? part : undefined
}

/**
 * Joins two parts of one representation that overlap or touch (RFC 9110 section 15.3.7.3); undefined if they
 * leave a gap.
 * @param {{ body: Uint8Array, span: Span }} left
 * @param {{ body: Uint8Array, span: Span }} right
 * @returns {{ body: Uint8Array, span: Span } | undefined}
 */
export function combine(left, right) {
  if (left.span[2] !== right.span[2]) return undefined
  if (left.span[0] > right.span[0]) return combine(right, left)
  if (right.span[0] > left.span[1] + 1) return undefined
  const last = Math.max(left.span[1], right.span[1])
  const body = new Uint8Array(last - left.span[0] + 1)
  body.set(left.body)
  body.set(right.body, right.span[0] - left.span[0])
  return { body, span: [left.span[0], last, left.span[2]] }
}
