// @ts-check
/**
 * What is in the file of one record in a mini-program: a line of JSON, the data, a newline. No file is
 * touched here.
 */

const NEWLINE = 10
/** The line of the longest key, each unit of it escaped, is shorter. */
const LINE_LENGTH_MAX = 32_768

/**
 * @param {string} key
 * @param {Uint8Array} data
 * @param {boolean} replaces Whether the record was to replace another one.
 */
export function contentOf(key, data, replaces) {
  const json = JSON.stringify([key, data.length, replaces])
  const line = json.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const content = new Uint8Array(line.length + data.length + 2)
  for (let at = 0; at < line.length; at += 1) content[at] = line.charCodeAt(at)
  content[line.length] = NEWLINE
  content.set(data, line.length + 1)
  content[content.length - 1] = NEWLINE
  return content
}

/**
 * What the line says; undefined if the file is torn.
 * @param {Uint8Array | undefined} content
 * @returns {{ key: string, replaces: boolean } | undefined}
 */
export function lineOf(content) {
  const end = content === undefined ? -1 : content.indexOf(NEWLINE)
  if (content === undefined || end === -1 || end > LINE_LENGTH_MAX) return undefined
  try {
    const [key, length, replaces] = JSON.parse(String.fromCharCode(...content.subarray(0, end)))
    const isWhole = content.length === end + length + 2 && content[content.length - 1] === NEWLINE
    return isWhole && typeof key === 'string' ? { key, replaces: replaces === true } : undefined
  } catch {
    return undefined
  }
}

/**
 * The data. Nothing is verified: of a torn file what is there is returned, and the core, which knows its
 * records by checksum, finds the damage.
 * @param {Uint8Array} content
 */
export function dataOf(content) {
  const isEnded = content[content.length - 1] === NEWLINE
  return content.subarray(content.indexOf(NEWLINE) + 1, content.length - (isEnded ? 1 : 0))
}
