// @ts-check
/**
 * Keys as names of files: names that come back as the same key from a disk that ignores case, one that
 * normalises Unicode, and one that gives `con` or a leading dot a meaning of its own. They are made of
 * `a-z 0-9 - .` and a sign of the host's choice, which begins every escape. No file is touched here.
 *
 *     sign %    user/42  user%2f42    User  %55ser    con  %63on    (`_` stays)
 *     sign _    user/42  user_2f42    User  _55ser    con  _63on    a_b  a_5fb
 */

/** @typedef {'%' | '_'} Sign */

/** Tells our files from those that systems drop into folders, such as desktop.ini. */
export const SUFFIX = '.record'
/** A longer name is cut: some encrypting file systems (eCryptfs) leave 143 bytes of the usual 255 to one. */
export const ESCAPED_LENGTH_MAX = 128
/** So much of it stays. */
export const PREFIX_LENGTH = 64

/**
 * The name of a key, never the same for two keys, however long.
 * @param {string} key
 * @param {Sign} sign
 * @returns {string}
 */
export function escapeKey(key, sign) {
  if (key === '') return sign
  // UTF-16 units, not UTF-8: shorter for Chinese, and a lone surrogate keeps its own name.
  const escaped = key.replace(/[^a-z0-9.-]/g,
    unit => unit === '_' && sign !== '_' ? unit : escapeUnit(unit, sign))
  // A leading dot hides a file or means a folder; Windows reserves some names, whatever follows the dot.
  const isSpecial = /^(?:\.|(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))/.test(escaped)
  return isSpecial ? escapeUnit(key.charAt(0), sign) + escaped.slice(1) : escaped
}

/**
 * The key in a name; `undefined` for one that `escapeKey` does not write.
 * @param {string} escaped
 * @param {Sign} sign
 * @returns {string | undefined}
 */
export function keyOfEscaped(escaped, sign) {
  const [first = '', ...escapes] = escaped.split(sign)
  const key = escaped === sign ? '' : escapes.reduce((text, part) => {
    const [from, end] = part.startsWith('u') ? [1, 5] : [0, 2]
    return text + String.fromCharCode(parseInt(part.slice(from, end), 16)) + part.slice(end)
  }, first)
  return escapeKey(key, sign) === escaped ? key : undefined
}

/** @type {(unit: string, sign: Sign) => string} */
function escapeUnit(unit, sign) {
  const code = unit.charCodeAt(0)
  return sign + (code < 0x80 ? code.toString(16).padStart(2, '0') : `u${code.toString(16).padStart(4, '0')}`)
}
