// @ts-check

/**
 * How many bytes a text takes as UTF-8, where there is no Buffer; a lone surrogate takes three.
 * @param {string} text
 */
export function utf8Bytes(text) {
  let length = 0
  for (const point of text) length += point.length === 2 ? 4 : point < '\x80' ? 1 : point < '\u0800' ? 2 : 3
  return length
}
