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

/** A surrogate without its partner: in Unicode mode a pair is one character. */
const LONE = /[\ud800-\udfff]/u
const PLAIN = { writable: true, enumerable: true, configurable: true }
const { hasOwnProperty } = Object.prototype

/** @typedef {import('./value-path.js').Step} Step */
/** @typedef {{ [key: string]: any }} Props */

/**
 * Writes a value as JSON text.
 * @param {unknown} value
 * @returns {{ text: string, exact: boolean }} Exact: `JSON.parse` alone gives the value back.
 */
export function write(value) {
  const writer = new Writer()
  try {
    return writer.write(value)
  } catch (error) {
    if (StorageError.is(error)) throw error
    throw writer.failure(error)
  }
}

class Writer {
  constructor() {
    /** Whether the tree needs `read` on its way back. */
    this.tagged = false
    /** @type {object[]} The objects met so far; the index is the ordinal. */
    this.objects = []
    /** @type {Map<object, number> | undefined} The ordinals, once a scan would be slow. */
    this.ordinals = undefined
    /** @type {Props[] | undefined} Copies of plain objects that look like a tag. */
    this.lookalikes = undefined
    /** @type {Step[]} The way to the object being read; entries beyond `depth` are old. */
    this.steps = []
    /** The depth of the object whose own code (getters, traps, toJSON) may be running. */
    this.depth = 0
    /** Characters of strings copied so far. */
    this.chars = 0
  }

  /**
   * @param {unknown} value
   */
  write(value) {
    const tree = this.copy(value, undefined, 0)
    if (this.chars > TEXT_CHARS_MAX) throw tooLarge()
    let text = stringify(tree)
    const exact = !this.tagged && tree !== '' && !hasLoneSurrogate(text)
    if (!exact && this.lookalikes !== undefined) {
      for (const copy of this.lookalikes) copy['~'] = ['Object', { '~': copy['~'] }]
      text = stringify(tree)
    }
    if (text.length > TEXT_CHARS_MAX) throw tooLarge()
    return { text, exact }
  }

  /**
   * Returns what stands for a value in the tree.
   * @param {any} value
   * @param {Step} step The last step of its path.
   * @param {number} depth
   * @returns {any}
   */
  copy(value, step, depth) {
    switch (typeof value) {
      case 'string':
        this.chars += value.length
        return value
      case 'number':
        // Only finite numbers give 0 here, and only -0 has the inverse -Infinity.
        if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value
        return this.tag(value === 0 ? '-0' : String(value))
      case 'boolean':
        return value
      case 'undefined':
        return this.tag('undefined')
      case 'bigint':
        // Hexadecimal, because engines need linear time for it and quadratic time for decimals.
        return this.tag(['BigInt', value.toString(16)])
      case 'object':
        return value === null ? null : this.copyObject(value, step, depth)
      case 'function':
      case 'symbol':
      default:
        throw this.refusal(`a ${typeof value}`, step, depth)
    }
  }

  /**
   * @param {any} value
   * @param {Step} step
   * @param {number} depth
   * @returns {any}
   */
  copyObject(value, step, depth) {
    if (depth > DEPTH_MAX) throw this.refusal(`nested deeper than ${DEPTH_MAX} levels`, step, depth)
    this.steps[depth] = step
    this.depth = depth
    const { toJSON } = value
    if (typeof toJSON === 'function' && !isDate(value)) {
      const name = typeof step === 'string' || typeof step === 'number' ? String(step) : ''
      return this.copy(toJSON.call(value, name), undefined, depth + 1)
    }
    const ordinal = this.ordinal(value)
    if (ordinal !== undefined) return this.tag(ordinal)
    const kind = kindOf(value)
    if (kind === 'Object') return this.copyPlain(value, depth)
    if (kind === 'Array') return this.copyArray(value, depth)
    return this.tag(this.copyOther(kind, value, depth))
  }

  /**
   * Returns the ordinal of an object met before; numbers it otherwise.
   * @param {object} value
   * @returns {number | undefined}
   */
  ordinal(value) {
    const { objects } = this
    if (this.ordinals === undefined) {
      const index = objects.indexOf(value)
      if (index !== -1) return index
      if (objects.length === SCAN_MAX) this.ordinals = new Map(objects.map((object, at) => [object, at]))
    } else {
      const index = this.ordinals.get(value)
      if (index !== undefined) return index
    }
    if (this.ordinals !== undefined) this.ordinals.set(value, objects.length)
    if (objects.length === OBJECTS_MAX || this.chars > TEXT_CHARS_MAX) throw tooLarge()
    objects.push(value)
    return undefined
  }

  /**
   * @param {any} value
   * @param {number} depth
   */
  copyPlain(value, depth) {
    const copy = { ...value }
    const keys = this.keysOf(copy, depth)
    if (keys.length === 1 && keys[0] === '~') (this.lookalikes || (this.lookalikes = [])).push(copy)
    return this.copyProps(copy, keys, depth)
  }

  /**
   * Replaces the values of a fresh copy by what stands for them.
   * @param {Props} copy
   * @param {string[]} keys
   * @param {number} depth
   */
  copyProps(copy, keys, depth) {
    for (let index = 0; index < keys.length; index++) {
      const key = /** @type {string} */ (keys[index])
      const value = copy[key]
      const stand = this.copy(value, key, depth + 1)
      // An own `__proto__` is there already, so even that is a plain assignment.
      if (stand !== value) copy[key] = stand
      this.chars += key.length
      // Whoever reads the text by other means than JSON.parse might set a prototype.
      if (key === '__proto__') this.tagged = true
    }
    return copy
  }

  /**
   * @param {any[]} value
   * @param {number} depth
   */
  copyArray(value, depth) {
    const keys = this.keysOf(value, depth)
    const { length } = value
    // Indices come first and in order: if the last of them is in its place, none is missing.
    if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) {
      const props = this.snapshot(value, keys)
      return this.tag(['Array', length, this.copyProps(props, Object.keys(props), depth)])
    }
    const copy = []
    for (let index = 0; index < length; index++) copy.push(value[index])
    for (let index = 0; index < length; index++) copy[index] = this.copy(copy[index], index, depth + 1)
    return copy
  }

  /**
   * Copies what is neither a plain object nor an array.
   * @param {string | undefined} kind
   * @param {any} value
   * @param {number} depth
   * @returns {any[]} The tag.
   */
  copyOther(kind, value, depth) {
    if (kind === undefined) throw this.refusal(describe(value), this.steps[depth], depth)
    if (kind === 'null') {
      const copy = { ...value }
      return [kind, this.copyProps(copy, this.keysOf(copy, depth), depth)]
    }
    if (isErrorName(kind)) return this.copyError(kind, value, depth)
    if (ArrayBuffer.isView(value)) return this.copyView(kind, value, depth)
    const [named] = this.keysOf(value, depth)
    if (named !== undefined) throw this.refusal(`a property added to a ${kind}`, named, depth + 1)
    switch (kind) {
      case 'Date': {
        const ms = Date.prototype.getTime.call(value)
        return [kind, Number.isNaN(ms) ? null : ms]
      }
      case 'RegExp': {
        const source = slotOf(RegExp.prototype, 'source', value)
        const flags = slotOf(RegExp.prototype, 'flags', value)
        return [kind, source, flags, this.copy(value.lastIndex, 'lastIndex', depth + 1)]
      }
      case 'Map': return this.copyMap(value, depth)
      case 'Set': {
        /** @type {any[]} */
        const members = []
        Set.prototype.forEach.call(value, (member) => members.push(member))
        return [kind, ...members.map((member, index) => this.copy(member, index, depth + 1))]
      }
      default: return [kind, this.bytesOf(value, depth)]
    }
  }

  /**
   * @param {Map<unknown, unknown>} value
   * @param {number} depth
   */
  copyMap(value, depth) {
    /** @type {any[]} */
    const tag = ['Map']
    Map.prototype.forEach.call(value, (member, key) => tag.push(key, member))
    for (let at = 1; at < tag.length; at++) {
      tag[at] = this.copy(tag[at], [(at - 1) >> 1, (at - 1) & 1], depth + 1)
    }
    return tag
  }

  /**
   * @param {string} name
   * @param {any} value
   * @param {number} depth
   */
  copyError(name, value, depth) {
    const visible = { ...value }
    const keys = this.keysOf(visible, depth)
    /** @type {Props} */
    const hidden = {}
    for (const field of ERROR_FIELDS) {
      if (hasOwnProperty.call(visible, field)) continue
      // Some engines keep `stack` on the prototype, as a getter.
      if (field === 'stack' || hasOwnProperty.call(value, field)) hidden[field] = value[field]
    }
    if (hidden.stack === undefined) delete hidden.stack
    const hiddenKeys = Object.keys(hidden)
    return ['Error', name, this.copyProps(hidden, hiddenKeys, depth), this.copyProps(visible, keys, depth)]
  }

  /**
   * @param {string} name
   * @param {any} value A view of any class.
   * @param {number} depth
   */
  copyView(name, value, depth) {
    const proto = name === 'DataView' ? DataView.prototype : Object.getPrototypeOf(Uint8Array.prototype)
    /** @type {ArrayBuffer} */
    const buffer = slotOf(proto, 'buffer', value)
    const stand = this.copy(buffer, 'buffer', depth + 1)
    const offset = slotOf(proto, 'byteOffset', value)
    const size = slotOf(proto, 'byteLength', value)
    const length = name === 'DataView' ? size : slotOf(proto, 'length', value)
    if (length <= NAMED_ELEMENTS_MAX || name === 'DataView') {
      const named = this.keysOf(value, depth)[name === 'DataView' ? 0 : length]
      if (named !== undefined) throw this.refusal(`a property added to a ${name}`, named, depth + 1)
    }
    return offset === 0 && size === buffer.byteLength ? [name, stand] : [name, stand, offset, length]
  }

  /**
   * @param {any} buffer
   * @param {number} depth
   */
  bytesOf(buffer, depth) {
    if (buffer.resizable === true) throw this.refusal('a resizable ArrayBuffer', this.steps[depth], depth)
    if (slotOf(ArrayBuffer.prototype, 'byteLength', buffer) > TEXT_CHARS_MAX) throw tooLarge()
    let bytes
    try {
      bytes = new Uint8Array(buffer)
    } catch {
      throw this.refusal('a detached ArrayBuffer', this.steps[depth], depth)
    }
    const text = toBase64(bytes)
    this.chars += text.length
    return text
  }

  /**
   * @param {any} value
   * @param {string[]} keys
   * @returns {Props} What the value shows under the keys.
   */
  snapshot(value, keys) {
    /** @type {Props} */
    const props = {}
    for (const key of keys) {
      if (key !== '__proto__') props[key] = value[key]
      else Object.defineProperty(props, key, { ...PLAIN, value: value[key] })
    }
    return props
  }

  /**
   * Returns the own enumerable keys; refuses symbols among them.
   * @param {object} value
   * @param {number} depth
   */
  keysOf(value, depth) {
    const symbols = Object.getOwnPropertySymbols(value)
    for (let index = 0; index < symbols.length; index++) {
      const symbol = /** @type {symbol} */ (symbols[index])
      if (Object.prototype.propertyIsEnumerable.call(value, symbol)) {
        throw this.refusal('a property whose key is a symbol', symbol, depth + 1)
      }
    }
    return Object.keys(value)
  }

  /**
   * @param {any} payload
   * @returns {Props}
   */
  tag(payload) {
    this.tagged = true
    return { '~': payload }
  }

  /**
   * @param {string} what
   * @param {Step} step
   * @param {number} depth
   */
  refusal(what, step, depth) {
    const path = pathOf(this.steps.slice(0, depth).concat([step]))
    const message = `cannot store ${what} at ${quoted(path)}: store plain data, or give the object a toJSON method`
    return new StorageError('INVALID_VALUE', message, { path })
  }

  /**
   * Makes a refusal of what the value's own code, or the engine, has thrown.
   * @param {unknown} cause
   */
  failure(cause) {
    const path = pathOf(this.steps.slice(0, this.depth + 1))
    const message = `cannot read the value at ${quoted(path)}: its own code threw, or it is nested too deep`
    return new StorageError('INVALID_VALUE', message, { path, cause })
  }
}

/**
 * @param {unknown} tree
 * @returns {string}
 */
function stringify(tree) {
  const text = JSON.stringify(tree)
  // Before ES2019 engines wrote lone surrogates as they are, and no UTF-8 can hold them.
  if (!LONE.test(text)) return text
  return text.replace(new RegExp(LONE.source, 'gu'), (lone) => '\\u' + lone.charCodeAt(0).toString(16))
}

/**
 * @param {string} text What `stringify` wrote.
 * @returns {boolean} True if it holds an escaped surrogate, which is one without its partner.
 */
function hasLoneSurrogate(text) {
  // An even number of backslashes before the u is text that only looks like an escape.
  return text.indexOf('\\ud') !== -1 && /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/.test(text)
}
