// @ts-check
/**
 * From the tree that `JSON.parse` makes of tagged text to the value. Plain objects and arrays are
 * completed in place. Whatever the text claims, nothing is made that the text does not pay for, and
 * whatever is wrong with it is CORRUPT. The grammar is drawn in value.js.
 */

import { StorageError } from './errors.js'
import { fromBase64 } from './value-base64.js'
import { ERROR_FIELDS, errorClass, isErrorName, isViewName, kindOf, viewClass } from './value-kinds.js'

/** The deepest nesting of a tree: a level of a value takes at most three of its text. */
const TREE_DEPTH_MAX = 4096
/** The length above which an array is made sparse before it is filled, so no engine allocates it. */
const DENSE_LENGTH_MAX = 64
/** The length at which every engine gives up on dense storage. */
const ARRAY_LENGTH_MAX = 4_294_967_295

const CONSTANTS = ['undefined', 'NaN', '-0', 'Infinity', '-Infinity']
const CONSTANT_VALUES = [undefined, NaN, -0, Infinity, -Infinity]

/** @typedef {{ [key: string]: any }} Props */

/**
 * Makes the value that a parsed tagged text stands for.
 * @param {unknown} tree Is used up.
 * @returns {any}
 */
export function read(tree) {
  try {
    return new Reader().node(tree, 0)
  } catch (error) {
    if (StorageError.is(error)) throw error
    throw corrupt('the stored value holds something that no value has', error)
  }
}

class Reader {
  constructor() {
    /** @type {any[]} The objects by ordinal; `undefined` while a view waits for its buffer. */
    this.objects = []
  }

  /**
   * @param {any} node
   * @param {number} depth
   * @returns {any}
   */
  node(node, depth) {
    if (typeof node !== 'object' || node === null) return node
    if (depth > TREE_DEPTH_MAX) throw corrupt('the stored value is nested too deep')
    if (Array.isArray(node)) {
      this.objects.push(node)
      for (let index = 0; index < node.length; index++) {
        const part = node[index]
        if (typeof part === 'object' && part !== null) node[index] = this.node(part, depth + 1)
      }
      return node
    }
    const keys = Object.keys(node)
    if (keys.length === 1 && keys[0] === '~') return this.tag(node['~'], depth + 1)
    this.objects.push(node)
    return this.props(node, keys, depth)
  }

  /**
   * Completes the properties of an object in place.
   * @param {Props} props
   * @param {string[]} keys
   * @param {number} depth
   */
  props(props, keys, depth) {
    for (const key of keys) {
      const part = props[key]
      if (typeof part === 'object' && part !== null) put(props, key, this.node(part, depth + 1))
    }
    return props
  }

  /**
   * @param {any} tag
   * @param {number} depth
   * @returns {any}
   */
  tag(tag, depth) {
    if (typeof tag === 'number') return this.again(tag)
    if (typeof tag === 'string') {
      const index = CONSTANTS.indexOf(tag)
      if (index === -1) throw corrupt('the stored value holds an unknown constant')
      return CONSTANT_VALUES[index]
    }
    if (!Array.isArray(tag) || typeof tag[0] !== 'string') throw corrupt('the stored value holds a wrong tag')
    const [name] = tag
    if (isViewName(name)) return this.view(name, tag, depth)
    switch (name) {
      case 'BigInt': return bigint(expect(tag, 2)[1])
      case 'Object': return this.fill({}, expect(tag, 2)[1], depth)
      case 'null': return this.fill(Object.create(null), expect(tag, 2)[1], depth)
      case 'Array': return this.array(expect(tag, 3)[1], tag[2], depth)
      case 'Date': return this.keep(date(expect(tag, 2)[1]))
      case 'RegExp': return this.regExp(expect(tag, 4), depth)
      case 'Map': return this.map(tag, depth)
      case 'Set': return this.set(tag, depth)
      case 'Error': return this.error(expect(tag, 4), depth)
      case 'ArrayBuffer': return this.keep(buffer(expect(tag, 2)[1]))
      default: throw corrupt('the stored value holds an unknown tag')
    }
  }

  /**
   * @template T
   * @param {T} object
   * @returns {T}
   */
  keep(object) {
    this.objects.push(object)
    return object
  }

  /**
   * @param {number} ordinal
   */
  again(ordinal) {
    const object = this.objects[ordinal]
    if (object === undefined) throw corrupt('the stored value refers to an object that it does not hold')
    return object
  }

  /**
   * Numbers a fresh object and gives it properties.
   * @template {object} T
   * @param {T} object
   * @param {any} props
   * @param {number} depth
   * @returns {T}
   */
  fill(object, props, depth) {
    this.keep(object)
    const keys = propKeys(props)
    this.props(props, keys, depth)
    for (const key of keys) put(object, key, props[key])
    return object
  }

  /**
   * @param {any} length
   * @param {any} props
   * @param {number} depth
   */
  array(length, props, depth) {
    /** @type {any[]} */
    const array = []
    // Setting a middling length makes engines reserve it all; after the greatest they stay sparse.
    if (length > DENSE_LENGTH_MAX && length > 2 * propKeys(props).length) array.length = ARRAY_LENGTH_MAX
    array.length = length
    this.fill(array, props, depth)
    if (array.length !== length) throw corrupt('the stored value holds an array longer than it says')
    return array
  }

  /**
   * @param {any[]} tag
   * @param {number} depth
   */
  regExp(tag, depth) {
    const [, source, flags, lastIndex] = tag
    if (typeof source !== 'string' || typeof flags !== 'string') {
      throw corrupt('the stored value holds a wrong RegExp')
    }
    const regExp = this.keep(new RegExp(source, flags))
    regExp.lastIndex = this.node(lastIndex, depth + 1)
    return regExp
  }

  /**
   * @param {any[]} tag
   * @param {number} depth
   */
  map(tag, depth) {
    if (tag.length % 2 !== 1) throw corrupt('the stored value holds a Map with a key but no value')
    const map = this.keep(new Map())
    for (let at = 1; at < tag.length; at += 2) {
      const key = this.node(tag[at], depth + 1)
      map.set(key, this.node(tag[at + 1], depth + 1))
    }
    if (map.size * 2 + 1 !== tag.length) throw corrupt('the stored value holds a Map with a key twice')
    return map
  }

  /**
   * @param {any[]} tag
   * @param {number} depth
   */
  set(tag, depth) {
    const set = this.keep(new Set())
    for (let at = 1; at < tag.length; at++) set.add(this.node(tag[at], depth + 1))
    if (set.size + 1 !== tag.length) throw corrupt('the stored value holds a Set with a member twice')
    return set
  }

  /**
   * @param {any[]} tag
   * @param {number} depth
   */
  error(tag, depth) {
    const [, name, hidden, visible] = tag
    if (!isErrorName(name)) throw corrupt('the stored value holds an unknown error class')
    const ErrorClass = errorClass(name) || lacking(name)
    const error = this.keep(name === 'AggregateError' ? new ErrorClass([]) : new ErrorClass())
    for (const key of Object.getOwnPropertyNames(error)) delete error[key]
    const hiddenKeys = propKeys(hidden)
    const visibleKeys = propKeys(visible)
    if (hiddenKeys.some((key) => ERROR_FIELDS.indexOf(key) === -1)) {
      throw corrupt('the stored value holds an error with a wrong field')
    }
    this.props(hidden, hiddenKeys, depth)
    this.props(visible, visibleKeys, depth)
    for (const key of hiddenKeys) define(error, key, hidden[key], false)
    for (const key of visibleKeys) define(error, key, visible[key], true)
    return error
  }

  /**
   * @param {string} name
   * @param {any[]} tag
   * @param {number} depth
   */
  view(name, tag, depth) {
    const ordinal = this.objects.length
    this.objects.push(undefined)
    const bytes = this.node(tag[1], depth + 1)
    if (typeof bytes !== 'object' || bytes === null || kindOf(bytes) !== 'ArrayBuffer') {
      throw corrupt('the stored value holds a view without a buffer')
    }
    const ViewClass = viewClass(name) || lacking(name)
    const view = expect(tag, 2, 4).length === 2
      ? new ViewClass(bytes)
      : new ViewClass(bytes, count(tag[2]), count(tag[3]))
    this.objects[ordinal] = view
    return view
  }
}

/**
 * @param {any[]} tag
 * @param {...number} lengths
 */
function expect(tag, ...lengths) {
  if (lengths.indexOf(tag.length) === -1) throw corrupt(`the stored value holds a wrong ${tag[0]}`)
  return tag
}

/**
 * @param {any} props
 * @returns {string[]}
 */
function propKeys(props) {
  if (typeof props !== 'object' || props === null || Array.isArray(props)) {
    throw corrupt('the stored value lacks the properties of an object')
  }
  return Object.keys(props)
}

/**
 * @param {any} number
 * @returns {number}
 */
function count(number) {
  if (!Number.isInteger(number) || number < 0) throw corrupt('the stored value holds a wrong view')
  return number
}

/**
 * @param {any} digits
 * @returns {bigint}
 */
function bigint(digits) {
  if (typeof digits !== 'string' || !/^(0|-?[1-9a-f][0-9a-f]*)$/.test(digits)) {
    throw corrupt('the stored value holds a wrong BigInt')
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
  if (ms !== null && made.getTime() !== ms) throw corrupt('the stored value holds a wrong Date')
  return made
}

/**
 * @param {any} text
 * @returns {ArrayBuffer}
 */
function buffer(text) {
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined
  if (bytes === undefined) throw corrupt('the stored value holds wrong base64')
  return bytes.buffer
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
 * @param {string} message
 * @param {unknown} [cause]
 * @returns {StorageError}
 */
function corrupt(message, cause) {
  return new StorageError('CORRUPT', message, { cause })
}
