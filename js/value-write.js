// @ts-check
/**
 * From a value to text: one walk copies what the value shows into a tree that JSON holds, tags what
 * JSON lacks, and leaves the writing to one `JSON.stringify`. The walk reads everything once, so what
 * is checked is what is stored. The grammar is drawn in value.js.
 */

import { StorageError } from './errors.js'
import { toBase64 } from './value-base64.js'
import { ERROR_FIELDS, isDate, isErrorName, kindOf, slotOf } from './value-kinds.js'
import { describe, pathOf, quoted, tooLarge } from './value-path.js'
import { hasLoneSurrogate, stringify } from './value-text.js'

/** The deepest nesting of a value: JSON parsers of small engines recurse. */
export const DEPTH_MAX = 1000
/** The most objects in a value: it ends a toJSON or getter that makes new ones for ever. */
export const OBJECTS_MAX = 1_048_576
/** The longest text, in UTF-16 units: the core's limit for one value, as ASCII reaches it. */
export const TEXT_CHARS_MAX = 33_554_432
/**
 * The longest typed array whose added named properties are looked for, in elements: to find them the
 * engine lists every index as a string, which costs ten times what storing the bytes does.
 */
export const NAMED_ELEMENTS_MAX = 16_384
/** Objects that are compared one by one before a Map takes over. */
const SCAN_MAX = 16

const { hasOwnProperty, propertyIsEnumerable } = Object.prototype

/** @typedef {import('./value-path.js').Step} Step */
/** @typedef {{ [key: string]: any }} Props */

/**
 * What one walk knows.
 * @typedef {object} Walk
 * @property {boolean} tagged Whether the tree needs `read` on its way back.
 * @property {object[]} objects The objects met so far; the index is the ordinal.
 * @property {Map<object, number> | undefined} ordinals The ordinals, once a scan would be slow.
 * @property {Props[] | undefined} lookalikes Copies of plain objects that look like a tag.
 * @property {Step[]} steps The way to the object being read; entries beyond `depth` are old.
 * @property {number} depth Of the object whose own code (getters, traps, toJSON) may be running.
 * @property {number} chars Characters of strings copied so far.
 */

/**
 * Writes a value as JSON text.
 * @param {unknown} value
 * @returns {{ text: string, exact: boolean }} Exact: `JSON.parse` alone gives the value back.
 */
export function write(value) {
  /** @type {Walk} */
  const walk = {
    tagged: false, objects: [], ordinals: undefined, lookalikes: undefined, steps: [], depth: 0, chars: 0,
  }
  try {
    return writeTree(walk, copy(walk, value, undefined, 0))
  } catch (error) {
    if (StorageError.is(error)) throw error
    const steps = walk.steps.slice(0, walk.depth + 1)
    throw invalid('read the value', 'its own code threw, or it is nested too deep', steps, error)
  }
}

/**
 * @param {Walk} walk
 * @param {any} tree
 */
function writeTree(walk, tree) {
  const { lookalikes } = walk
  if (walk.chars > TEXT_CHARS_MAX) throw tooLarge()
  let text = stringify(tree)
  const exact = !walk.tagged && tree !== '' && !hasLoneSurrogate(text)
  if (!exact && lookalikes) {
    for (const lookalike of lookalikes) lookalike['~'] = ['Object', { '~': lookalike['~'] }]
    text = stringify(tree)
  }
  if (text.length > TEXT_CHARS_MAX) throw tooLarge()
  return { text, exact }
}

/**
 * Returns what stands for a value in the tree.
 * @param {Walk} walk
 * @param {any} value
 * @param {Step} step The last step of its path.
 * @param {number} depth
 * @returns {any}
 */
function copy(walk, value, step, depth) {
  switch (typeof value) {
    case 'string':
      walk.chars += value.length
      return value
    case 'number':
      // Only finite numbers give 0 here, and only -0 has the inverse -Infinity.
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value
      return tag(walk, value === 0 ? '-0' : String(value))
    case 'boolean':
      return value
    case 'undefined':
      return tag(walk, 'undefined')
    case 'bigint':
      // Hexadecimal, because engines need linear time for it and quadratic time for decimals.
      return tag(walk, ['BigInt', value.toString(16)])
    case 'object':
      return value === null ? null : copyObject(walk, value, step, depth)
    case 'function':
    case 'symbol':
    default:
      throw refusal(walk, `a ${typeof value}`, step, depth)
  }
}

/**
 * @param {Walk} walk
 * @param {any} value
 * @param {Step} step
 * @param {number} depth
 * @returns {any}
 */
function copyObject(walk, value, step, depth) {
  if (depth > DEPTH_MAX) throw refusal(walk, `nested deeper than ${DEPTH_MAX} levels`, step, depth)
  walk.steps[depth] = step
  walk.depth = depth
  const { toJSON } = value
  if (typeof toJSON === 'function' && !isDate(value)) {
    const name = typeof step === 'string' || typeof step === 'number' ? String(step) : ''
    return copy(walk, toJSON.call(value, name), undefined, depth + 1)
  }
  const ordinal = ordinalOf(walk, value)
  if (ordinal !== -1) return tag(walk, ordinal)
  const kind = kindOf(value)
  if (kind === 'Object') return copyPlain(walk, value, depth)
  if (kind === 'Array') return copyArray(walk, value, depth)
  return tag(walk, copyOther(walk, kind, value, depth))
}

/**
 * Returns the ordinal of an object met before; numbers it otherwise, and returns -1.
 * @param {Walk} walk
 * @param {object} value
 * @returns {number}
 */
function ordinalOf(walk, value) {
  const { objects } = walk
  const count = objects.length
  const known = walk.ordinals ? walk.ordinals.get(value) : objects.indexOf(value)
  if (known !== undefined && known !== -1) return known
  if (count === SCAN_MAX) walk.ordinals = new Map(objects.map((object, at) => [object, at]))
  if (walk.ordinals) walk.ordinals.set(value, count)
  if (count === OBJECTS_MAX || walk.chars > TEXT_CHARS_MAX) throw tooLarge()
  objects.push(value)
  return -1
}

/**
 * @param {Walk} walk
 * @param {any} value
 * @param {number} depth
 */
function copyPlain(walk, value, depth) {
  const props = { ...value }
  if (hasOwnProperty.call(props, '~') && Object.keys(props).length === 1) {
    (walk.lookalikes || (walk.lookalikes = [])).push(props)
  }
  return copyProps(walk, props, depth)
}

/**
 * Replaces the values of a fresh copy, an object literal, by what stands for them; refuses symbols.
 * @param {Walk} walk
 * @param {Props} props
 * @param {number} depth
 */
function copyProps(walk, props, depth) {
  refuseSymbols(walk, props, depth)
  // Engines read properties fastest in this loop; it also lists what was added to all objects.
  for (const key in props) {
    if (!hasOwnProperty.call(props, key)) continue
    const value = props[key]
    const stand = copy(walk, value, key, depth + 1)
    // An own `__proto__` is there already, so even that is a plain assignment.
    if (stand !== value) props[key] = stand
    walk.chars += key.length
    // Whoever reads the text by other means than JSON.parse might set a prototype.
    if (key === '__proto__') walk.tagged = true
  }
  return props
}

/**
 * @param {Walk} walk
 * @param {any[]} value
 * @param {number} depth
 */
function copyArray(walk, value, depth) {
  const keys = keysOf(walk, value, depth)
  const { length } = value
  // Indices come first and in order: if the last of them is in its place, none is missing.
  if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) {
    return tag(walk, ['Array', length, copyProps(walk, snapshot(value, keys), depth)])
  }
  const members = []
  for (let index = 0; index < length; index++) members.push(value[index])
  return copyMembers(walk, members, 0, depth, index => index)
}

/**
 * Replaces the members of a fresh list by what stands for them.
 * @param {Walk} walk
 * @param {any[]} members
 * @param {number} first The members before it stay.
 * @param {number} depth
 * @param {(index: number) => Step} stepAt
 */
function copyMembers(walk, members, first, depth, stepAt) {
  for (let index = first; index < members.length; index++) {
    members[index] = copy(walk, members[index], stepAt(index), depth + 1)
  }
  return members
}

/**
 * Copies what is neither a plain object nor an array.
 * @param {Walk} walk
 * @param {string | undefined} kind
 * @param {any} value
 * @param {number} depth
 * @returns {any[]} The tag.
 */
function copyOther(walk, kind, value, depth) {
  if (kind === undefined) throw refusal(walk, describe(value), walk.steps[depth], depth)
  if (kind === 'null') return [kind, copyProps(walk, { ...value }, depth)]
  if (isErrorName(kind)) return copyError(walk, kind, value, depth)
  if (ArrayBuffer.isView(value)) return copyView(walk, kind, value, depth)
  refuseNamed(walk, kind, keysOf(walk, value, depth)[0], depth)
  /** @type {any[]} */
  const tagged = [kind]
  switch (kind) {
    case 'Date': {
      const ms = Date.prototype.getTime.call(value)
      return [kind, Number.isNaN(ms) ? null : ms]
    }
    case 'RegExp':
      tagged.push(slotOf(RegExp.prototype, 'source', value), slotOf(RegExp.prototype, 'flags', value))
      tagged.push(copy(walk, value.lastIndex, 'lastIndex', depth + 1))
      return tagged
    case 'Map':
      Map.prototype.forEach.call(value, (member, key) => tagged.push(key, member))
      return copyMembers(walk, tagged, 1, depth, at => [(at - 1) >> 1, (at - 1) & 1])
    case 'Set':
      Set.prototype.forEach.call(value, member => tagged.push(member))
      return copyMembers(walk, tagged, 1, depth, at => at - 1)
    default: return [kind, base64Of(walk, value, depth)]
  }
}

/**
 * @param {Walk} walk
 * @param {string} name
 * @param {any} value
 * @param {number} depth
 */
function copyError(walk, name, value, depth) {
  const visible = { ...value }
  refuseSymbols(walk, visible, depth)
  /** @type {Props} */
  const hidden = {}
  for (const field of ERROR_FIELDS) {
    if (hasOwnProperty.call(visible, field)) continue
    // Some engines keep `stack` on the prototype, as a getter.
    if (field === 'stack' || hasOwnProperty.call(value, field)) hidden[field] = value[field]
  }
  if (hidden.stack === undefined) delete hidden.stack
  return ['Error', name, copyProps(walk, hidden, depth), copyProps(walk, visible, depth)]
}

/**
 * @param {Walk} walk
 * @param {string} name
 * @param {any} value A view of any class.
 * @param {number} depth
 */
function copyView(walk, name, value, depth) {
  const isDataView = name === 'DataView'
  const proto = isDataView ? DataView.prototype : Object.getPrototypeOf(Uint8Array.prototype)
  /** @type {ArrayBuffer} */
  const buffer = slotOf(proto, 'buffer', value)
  const stand = copy(walk, buffer, 'buffer', depth + 1)
  const offset = slotOf(proto, 'byteOffset', value)
  const size = slotOf(proto, 'byteLength', value)
  const length = isDataView ? size : slotOf(proto, 'length', value)
  if (length <= NAMED_ELEMENTS_MAX || isDataView) {
    refuseNamed(walk, name, keysOf(walk, value, depth)[isDataView ? 0 : length], depth)
  }
  return offset === 0 && size === buffer.byteLength ? [name, stand] : [name, stand, offset, length]
}

/**
 * @param {Walk} walk
 * @param {any} buffer
 * @param {number} depth
 */
function base64Of(walk, buffer, depth) {
  const step = walk.steps[depth]
  if (buffer.resizable === true) throw refusal(walk, 'a resizable ArrayBuffer', step, depth)
  if (slotOf(ArrayBuffer.prototype, 'byteLength', buffer) > TEXT_CHARS_MAX) throw tooLarge()
  let bytes
  try {
    bytes = new Uint8Array(buffer)
  } catch {
    throw refusal(walk, 'a detached ArrayBuffer', step, depth)
  }
  const text = toBase64(bytes)
  walk.chars += text.length
  return text
}

/**
 * @param {any} value
 * @param {string[]} keys
 * @returns {Props} What the value shows under the keys.
 */
function snapshot(value, keys) {
  /** @type {Props} */
  const props = {}
  for (const key of keys) {
    const plain = { value: value[key], writable: true, enumerable: true, configurable: true }
    // An assignment to `__proto__` would set the prototype.
    Object.defineProperty(props, key, plain)
  }
  return props
}

/**
 * Returns the own enumerable keys; refuses symbols among them.
 * @param {Walk} walk
 * @param {object} value
 * @param {number} depth
 */
function keysOf(walk, value, depth) {
  refuseSymbols(walk, value, depth)
  return Object.keys(value)
}

/**
 * @param {Walk} walk
 * @param {object} value
 * @param {number} depth
 */
function refuseSymbols(walk, value, depth) {
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.length > 0) {
    const shown = symbols.find(symbol => propertyIsEnumerable.call(value, symbol))
    if (shown !== undefined) throw refusal(walk, 'a property whose key is a symbol', shown, depth + 1)
  }
}

/**
 * @param {Walk} walk
 * @param {any} payload
 * @returns {Props}
 */
function tag(walk, payload) {
  walk.tagged = true
  return { '~': payload }
}

/**
 * Refuses a property that somebody has added to an object of a class.
 * @param {Walk} walk
 * @param {string} name Of the class.
 * @param {string | undefined} key
 * @param {number} depth
 */
function refuseNamed(walk, name, key, depth) {
  if (key !== undefined) throw refusal(walk, `a property added to a ${name}`, key, depth + 1)
}

/**
 * @param {Walk} walk
 * @param {string} what
 * @param {Step} step
 * @param {number} depth
 */
function refusal(walk, what, step, depth) {
  const steps = walk.steps.slice(0, depth).concat([step])
  return invalid(`store ${what}`, 'store plain data, or give the object a toJSON method', steps)
}

/**
 * @param {string} what
 * @param {string} advice What to do, or why it is so.
 * @param {Step[]} steps
 * @param {unknown} [cause]
 */
function invalid(what, advice, steps, cause) {
  const path = pathOf(steps)
  return new StorageError('INVALID_VALUE', `cannot ${what} at ${quoted(path)}: ${advice}`, { path, cause })
}
