// @ts-check
/**
 * Text that UTF-8 can hold: free of surrogates without their partners.
 */

/**
 * @param {string} text
 * @returns {boolean} False if the text holds a surrogate without its partner.
 */
export function isWellFormed(text) {
  const native = /** @type {{ isWellFormed?: () => boolean }} */ (/** @type {unknown} */ (text))
  // In Unicode mode a pair is one character, so only lone surrogates match.
  return typeof native.isWellFormed === 'function' ? native.isWellFormed() : !/[\ud800-\udfff]/u.test(text)
}

/**
 * @param {unknown} tree
 * @returns {string} JSON, well-formed whatever strings the tree holds.
 */
export function stringify(tree) {
  const text = JSON.stringify(tree)
  // Before ES2019 engines wrote lone surrogates as they are, and no UTF-8 can hold them.
  if (isWellFormed(text)) return text
  return text.replace(/[\ud800-\udfff]/gu, lone => '\\u' + lone.charCodeAt(0).toString(16))
}

/**
 * @param {string} text What `stringify` wrote.
 * @returns {boolean} True if it holds an escaped surrogate, which is one without its partner.
 */
export function hasLoneSurrogate(text) {
  // An even number of backslashes before the u is text that only looks like an escape.
  return text.indexOf('\\ud') !== -1 && /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/.test(text)
}
