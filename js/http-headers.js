// @ts-check
/**
 * Header fields as the core reads them: a line `name:value` for each, names in the case in which they came.
 * Nothing here knows what a field means.
 */

import { StorageError } from './errors.js'

/** What would end a line, and with it smuggle a field. */
const BREAKS = /[\r\n\0]/

/**
 * Writes fields as text: an object of strings or arrays, pairs, or whatever iterates over pairs (`Headers`).
 * @param {any} given
 * @returns {string}
 */
export function headerText(given) {
  if (given === undefined || given === null) return ''
  const pairs = typeof given[Symbol.iterator] === 'function' ? given : Object.entries(given)
  let text = ''
  for (const [name, value] of pairs) {
    for (const line of Array.isArray(value) ? value : [value]) {
      if (line === undefined || line === null) continue
      if (name === '' || /[\s:]/.test(name) || BREAKS.test(String(line))) {
        throw new StorageError('INVALID_OPTION', `expected header fields of one line, got a wrong one named ${
          JSON.stringify(String(name).slice(0, 40))}`)
      }
      text += `${name}:${line}\n`
    }
  }
  return text
}

/**
 * The field lines of a text, in order.
 * @param {string} text
 * @returns {[name: string, value: string][]}
 */
export function headerPairs(text) {
  /** @type {[string, string][]} */
  const pairs = []
  for (let begin = 0; begin < text.length;) {
    const next = text.indexOf('\n', begin)
    const end = next === -1 ? text.length : next
    const at = text.indexOf(':', begin)
    if (at > begin && at < end) pairs.push([text.slice(begin, at), text.slice(at + 1, end).trim()])
    begin = end + 1
  }
  return pairs
}

/**
 * The fields of a text as an object; lines of one name are joined, as the standard allows.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function headerObject(text) {
  /** @type {Record<string, string>} */
  const fields = {}
  for (const [name, value] of headerPairs(text)) {
    const before = Object.prototype.hasOwnProperty.call(fields, name) ? `${fields[name]}, ` : ''
    fields[name] = before + value
  }
  return fields
}

/**
 * The value of a field, its lines joined; undefined if there is none.
 * @param {string} text
 * @param {string} name In lower case.
 * @returns {string | undefined}
 */
export function headerOf(text, name) {
  if (!holds(text, name)) return undefined
  const values = headerPairs(text).filter(([field]) => field.toLowerCase() === name).map(([, value]) => value)
  return values.length > 0 ? values.join(', ') : undefined
}

/**
 * The text with a field replaced, or added.
 * @param {string} text
 * @param {string} name
 * @param {string} value
 */
export function withHeader(text, name, value) {
  return `${withoutHeader(text, name)}${name}:${value}\n`
}

/**
 * The text without a field.
 * @param {string} text
 * @param {string} name
 */
export function withoutHeader(text, name) {
  const unwanted = name.toLowerCase()
  if (!holds(text, unwanted)) return text
  return headerPairs(text).filter(([field]) => field.toLowerCase() !== unwanted)
    .map(([field, value]) => `${field}:${value}\n`).join('')
}

/**
 * Whether there is a field of a name: most texts do not hold most names, and need not be taken apart.
 * @param {string} text
 * @param {string} name In lower case.
 */
function holds(text, name) {
  if (text === '') return false
  const lower = text.toLowerCase()
  return lower.startsWith(`${name}:`) || lower.includes(`\n${name}:`)
}
