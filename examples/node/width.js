// @ts-check
/**
 * How many columns a text takes in a terminal: two for Chinese characters and flags, none for accents
 * that sit on another letter, one for most. Nothing is printed here.
 */

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const COLOUR = /\x1b\[\d*m/g // eslint-disable-line no-control-regex
const EMOJI = /^(?:\p{Regional_Indicator}{2}|\p{Emoji_Presentation}|.\ufe0f)/u
const NOTHING = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}]+$/u
// East Asian Wide and Fullwidth, in the blocks that people write in.
const WIDE = new RegExp('^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff'
  + '\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]', 'u')

/**
 * The columns that a text takes, colours not counted.
 * @param {string} text
 * @returns {number}
 */
export function widthOf(text) {
  let width = 0
  for (const { segment } of graphemes.segment(text.replace(COLOUR, ''))) {
    if (EMOJI.test(segment) || WIDE.test(segment)) width += 2
    else if (!NOTHING.test(segment)) width += 1
  }
  return width
}

/**
 * Fills a text with spaces up to a width: behind it, or before it for numbers.
 * @param {string} text
 * @param {number} width
 * @param {'left' | 'right'} [side]
 * @returns {string}
 */
export function pad(text, width, side = 'left') {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return side === 'left' ? text + space : space + text
}

/**
 * Cuts a text that has no colours to a width, with an ellipsis where something is missing.
 * @param {string} text
 * @param {number} width
 * @returns {string}
 */
export function cut(text, width) {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/**
 * Breaks a text between words into lines of at most this width; a longer word keeps its line.
 * @param {string} text
 * @param {number} width
 * @returns {string[]}
 */
export function wrap(text, width) {
  /** @type {string[]} */
  const lines = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(`${line} ${word}`) > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
