// @ts-check
/**
 * From the tree that `JSON.parse` makes of tagged text to the value. Plain objects and arrays are
 * completed in place. Whatever the text claims, nothing is made that the text does not pay for, and
 * whatever is wrong with it is CORRUPT. The grammar is drawn in value.js.
 */

import { StorageError } from './errors.js'
import { fromBase64 } from './value-base64.js'
import { ERROR_FIELDS, classOf, isErrorName, isViewName, kindOf } from './value-kinds.js'

/** The deepest nesting of a tree: a level of a value takes at most three of its text. */
const TREE_DEPTH_MAX = 4096
/** The length above which an array is made sparse before it is filled, so no engine allocates it. */
const DENSE_LENGTH_MAX = 64
/** The length at which every engine gives up on dense storage. */
const ARRAY_LENGTH_MAX = 4_294_967_295

const CONSTANTS = ['undefined', 'NaN', '-0', 'Infinity', '-Infinity']
const CONSTANT_VALUES = [undefined, NaN, -0, Infinity, -Infinity]
/** @type {Record<string, number | undefined>} How long a tag is, where its name alone decides it. */
const LENGTHS = { BigInt: 2, Object: 2, null: 2, Array: 3, Date: 2, RegExp: 4, Error: 4, ArrayBuffer: 2 }

/** @typedef {{ [key: string]: any }} Props */

/**
 * Makes the value that a parsed tagged text stands for.
 * @param {unknown} tree Is used up.
 * @returns {any}
 */
export function read(tree) {
  try {
    return readNode([], tree, 0)
  } catch (error) {
    if (StorageError.is(error)) throw error
    return wrong('something that no value has', error)
  }
}

/**
 * @param {any[]} objects The objects by ordinal; `undefined` while a view waits for its buffer.
 * @param {any} node
 * @param {number} depth
 * @returns {any}
 */
function readNode(objects, node, depth) {
  if (typeof node !== 'object' || node === null) return node
  if (depth > TREE_DEPTH_MAX) throw new StorageError('CORRUPT', 'the stored value is nested too deep')
  if (Array.isArray(node)) {
    objects.push(node)
    for (let index = 0; index < node.length; index++) {
      const part = node[index]
      if (typeof part === 'object' && part !== null) node[index] = readNode(objects, part, depth + 1)
    }
    return node
  }
  const keys = Object.keys(node)
  if (keys.length === 1 && keys[0] === '~') return readTag(objects, node['~'], depth + 1)
  objects.push(node)
  return readProps(objects, node, keys, depth)
}

/**
 * Completes the properties of an object in place.
 * @param {any[]} objects
 * @param {Props} props
 * @param {string[]} keys
 * @param {number} depth
 */
function readProps(objects, props, keys, depth) {
  for (const key of keys) {
    const part = props[key]
    if (typeof part === 'object' && part !== null) put(props, key, readNode(objects, part, depth + 1))
  }
  return props
}

/**
 * @param {any[]} objects
 * @param {any} tag
 * @param {number} depth
 * @returns {any}
 */
function readTag(objects, tag, depth) {
  if (typeof tag === 'number') return objects[tag] || wrong('an object that it lacks')
  if (typeof tag === 'string') {
    const index = CONSTANTS.indexOf(tag)
    return index === -1 ? wrong('an unknown constant') : CONSTANT_VALUES[index]
  }
  if (!Array.isArray(tag) || typeof tag[0] !== 'string') return wrong('a wrong tag')
  const [name] = tag
  if (isViewName(name)) return readView(objects, name, tag, depth)
  const length = LENGTHS[name]
  if (length !== undefined && tag.length !== length) return wrong(`a wrong ${name}`)
  switch (name) {
    case 'BigInt': return bigint(tag[1])
    case 'Object': return fill(objects, {}, tag[1], depth)
    case 'null': return fill(objects, Object.create(null), tag[1], depth)
    case 'Array': return readArray(objects, tag[1], tag[2], depth)
    case 'Date': return keep(objects, date(tag[1]))
    case 'RegExp': return readRegExp(objects, tag, depth)
    case 'Map': return readMap(objects, tag, depth)
    case 'Set': return readSet(objects, tag, depth)
    case 'Error': return readError(objects, tag, depth)
    case 'ArrayBuffer': return keep(objects, buffer(tag[1]))
    default: return wrong('an unknown tag')
  }
}

/**
 * @template T
 * @param {any[]} objects
 * @param {T} object
 * @returns {T}
 */
function keep(objects, object) {
  objects.push(object)
  return object
}

/**
 * Numbers a fresh object and gives it properties.
 * @template {object} T
 * @param {any[]} objects
 * @param {T} object
 * @param {any} props
 * @param {number} depth
 * @returns {T}
 */
function fill(objects, object, props, depth) {
  objects.push(object)
  const keys = propKeys(props)
  readProps(objects, props, keys, depth)
  for (const key of keys) put(object, key, props[key])
  return object
}

/**
 * @param {any[]} objects
 * @param {any} length
 * @param {any} props
 * @param {number} depth
 */
function readArray(objects, length, props, depth) {
  /** @type {any[]} */
  const array = []
  // Setting a middling length makes engines reserve it all; after the greatest they stay sparse.
  if (length > DENSE_LENGTH_MAX && length > 2 * propKeys(props).length) array.length = ARRAY_LENGTH_MAX
  array.length = length
  fill(objects, array, props, depth)
  return array.length === length ? array : wrong('an array longer than it says')
}

/**
 * @param {any[]} objects
 * @param {any[]} tag
 * @param {number} depth
 */
function readRegExp(objects, [, source, flags, lastIndex], depth) {
  if (typeof source !== 'string' || typeof flags !== 'string') return wrong('a wrong RegExp')
  const regExp = keep(objects, new RegExp(source, flags))
  regExp.lastIndex = readNode(objects, lastIndex, depth + 1)
  return regExp
}

/**
 * @param {any[]} objects
 * @param {any[]} tag
 * @param {number} depth
 */
function readMap(objects, tag, depth) {
  if (tag.length % 2 !== 1) return wrong('a Map with a key but no value')
  const map = keep(objects, new Map())
  for (let at = 1; at < tag.length; at += 2) {
    const key = readNode(objects, tag[at], depth + 1)
    map.set(key, readNode(objects, tag[at + 1], depth + 1))
  }
  return map.size * 2 + 1 === tag.length ? map : wrong('a Map with a key twice')
}

/**
 * @param {any[]} objects
 * @param {any[]} tag
 * @param {number} depth
 */
function readSet(objects, tag, depth) {
  const set = keep(objects, new Set())
  for (let at = 1; at < tag.length; at++) set.add(readNode(objects, tag[at], depth + 1))
  return set.size + 1 === tag.length ? set : wrong('a Set with a member twice')
}

/**
 * @param {any[]} objects
 * @param {any[]} tag
 * @param {number} depth
 */
function readError(objects, [, name, hidden, visible], depth) {
  if (!isErrorName(name)) return wrong('an unknown error class')
  const ErrorClass = classOf(name) || lacking(name)
  const error = keep(objects, name === 'AggregateError' ? new ErrorClass([]) : new ErrorClass())
  for (const key of Object.getOwnPropertyNames(error)) delete error[key]
  const hiddenKeys = propKeys(hidden)
  const visibleKeys = propKeys(visible)
  if (hiddenKeys.some(key => ERROR_FIELDS.indexOf(key) === -1)) return wrong('an error with a wrong field')
  readProps(objects, hidden, hiddenKeys, depth)
  readProps(objects, visible, visibleKeys, depth)
  for (const key of hiddenKeys) define(error, key, hidden[key], false)
  for (const key of visibleKeys) define(error, key, visible[key], true)
  return error
}

/**
 * @param {any[]} objects
 * @param {string} name
 * @param {any[]} tag
 * @param {number} depth
 */
function readView(objects, name, tag, depth) {
  const ordinal = objects.push(undefined) - 1
  const bytes = readNode(objects, tag[1], depth + 1)
  if (typeof bytes !== 'object' || bytes === null || kindOf(bytes) !== 'ArrayBuffer') {
    return wrong('a view without a buffer')
  }
  const ViewClass = classOf(name) || lacking(name)
  const isWhole = tag.length === 2
  if (!isWhole && tag.length !== 4) return wrong(`a wrong ${name}`)
  const view = isWhole ? new ViewClass(bytes) : new ViewClass(bytes, count(tag[2]), count(tag[3]))
  objects[ordinal] = view
  return view
}

/**
 * @param {any} props
 * @returns {string[]}
 */
function propKeys(props) {
  if (typeof props !== 'object' || props === null || Array.isArray(props)) {
    return wrong('an object without properties')
  }
  return Object.keys(props)
}

/**
 * @param {any} number
 * @returns {number}
 */
function count(number) {
  return Number.isInteger(number) && number >= 0 ? number : wrong('a wrong view')
}

/**
 * @param {any} digits
 * @returns {bigint}
 */
function bigint(digits) {
  if (typeof digits !== 'string' || !/^(0|-?[1-9a-f][0-9a-f]*)$/.test(digits)) {
    return wrong('a wrong BigInt')
  }
  if (typeof BigInt !== 'function') return lacking('BigInt')
  return digits[0] === '-' ? -BigInt('0x' + digits.slice(1)) : BigInt('0x' + digits)
}

/**
 * @param {any} ms
 * @returns {Date}
 */
function date(ms) {
  const made = new Date(ms === null ? NaN : ms)
  return ms === null || made.getTime() === ms ? made : wrong('a wrong Date')
}

/**
 * @param {any} text
 * @returns {ArrayBuffer}
 */
function buffer(text) {
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined
  return bytes ? bytes.buffer : wrong('wrong base64')
}

/**
 * Sets a property; `__proto__` becomes an own property like any other.
 * @param {any} target
 * @param {string} key
 * @param {unknown} value
 */
function put(target, key, value) {
  if (key === '__proto__') define(target, key, value, true)
  else target[key] = value
}

/**
 * @param {object} target
 * @param {string} key
 * @param {unknown} value
 * @param {boolean} enumerable
 */
function define(target, key, value, enumerable) {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable })
}

/**
 * @param {string} name
 * @returns {never}
 */
function lacking(name) {
  throw new StorageError('UNSUPPORTED', `the stored value needs ${name}, which this engine lacks`)
}

/**
 * @param {string} what
 * @param {unknown} [cause]
 * @returns {never}
 */
function wrong(what, cause) {
  throw new StorageError('CORRUPT', `the stored value holds ${what}`, { cause })
}
