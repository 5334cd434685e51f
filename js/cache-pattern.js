// @ts-check
/**
 * Patterns of keys: `*` stands for any characters, also none; everything else for itself.
 */

/**
 * Makes the test of a pattern. It takes time in proportion to the key, whatever the pattern.
 * @param {string} pattern
 * @returns {(key: string) => boolean}
 */
export function matcher(pattern) {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return key => key === first
  const last = pieces[pieces.length - 1] ?? ''
  const between = pieces.slice(1, -1)
  return key => {
    if (key.length < first.length + last.length || !key.startsWith(first) || !key.endsWith(last)) return false
    const end = key.length - last.length
    let at = first.length
    for (const piece of between) {
      // The earliest place leaves the most for the rest.
      const found = key.indexOf(piece, at)
      if (found === -1 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}
