// @ts-check
/** Damages of a stored text or of stored bytes, each a copy with one thing wrong. */

/** @typedef {string | Uint8Array} Raw */

/**
 * Each bit flipped alone; of a text each of the 16 bits of each unit.
 * @param {Raw} whole
 * @param {number} [step] Every so many bits one.
 * @returns {Generator<Raw>}
 */
export function* flips(whole, step = 1) {
  const width = typeof whole === 'string' ? 16 : 8
  for (let bit = 0; bit < whole.length * width; bit += step) {
    const at = Math.floor(bit / width)
    const mask = 1 << (bit % width)
    if (typeof whole === 'string') {
      const unit = String.fromCharCode(whole.charCodeAt(at) ^ mask)
      yield whole.slice(0, at) + unit + whole.slice(at + 1)
    } else {
      const copy = whole.slice()
      copy[at] = Number(copy[at]) ^ mask
      yield copy
    }
  }
}

/**
 * Each beginning that is shorter than the whole.
 * @param {Raw} whole
 * @param {boolean} [isEmptyMissing] Whether an empty text reads as missing, as on native hosts.
 * @param {number} [step] Every so many lengths one.
 * @returns {Generator<Raw>}
 */
export function* truncations(whole, isEmptyMissing = false, step = 1) {
  const least = isEmptyMissing ? 1 : 0
  for (let length = least; length < whole.length; length += step) yield whole.slice(0, length)
}
