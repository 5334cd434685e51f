// @ts-check
/**
 * About how many bytes a value takes in memory, for caches whose users do not say it themselves.
 */

/** What an object, an entry of a collection or a number takes beside what it holds. */
const CELL_BYTES = 8
/** How many cells are looked at; whatever is larger counts as this large. */
const CELLS_MAX = 1_000_000

/**
 * Measures a value by walking it: 2 bytes for each unit of a string, the bytes of buffers, 8 for each
 * number, property and element. What is met twice counts once.
 * @param {unknown} value
 * @returns {number}
 */
export function measure(value) {
  const seen = new Set()
  const rest = [value]
  let bytes = 0
  for (let cells = 0; rest.length > 0 && cells < CELLS_MAX; cells += 1) {
    const next = rest.pop()
    bytes += CELL_BYTES
    if (typeof next === 'string') bytes += next.length * 2
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (ArrayBuffer.isView(next)) bytes += next.byteLength
    else if (next instanceof ArrayBuffer) bytes += next.byteLength
    else bytes += pushParts(next, rest)
  }
  return bytes
}

/**
 * @param {object} whole
 * @param {unknown[]} rest
 * @returns {number} The bytes of the names.
 */
function pushParts(whole, rest) {
  if (Array.isArray(whole) || whole instanceof Set) {
    for (const part of whole) rest.push(part)
    return 0
  }
  if (whole instanceof Map) {
    for (const [key, part] of whole) rest.push(key, part)
    return 0
  }
  let bytes = 0
  for (const name of Object.keys(whole)) {
    bytes += name.length * 2
    rest.push(/** @type {Record<string, unknown>} */ (whole)[name])
  }
  return bytes
}
