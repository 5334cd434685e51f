// @ts-check
/**
 * What an object is, whatever realm it comes from and whatever it says of itself. `instanceof` fails
 * across realms and `Symbol.toStringTag` may lie, so a tag is only a hint: the internal slot and the
 * prototype decide. A liar is refused, never stored as something else.
 */

const { toString, hasOwnProperty } = Object.prototype

/** The standard error classes by name. */
const ERROR_NAMES = [
  'Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError',
  'AggregateError'
]
/** What an error may own without showing it in a listing. */
export const ERROR_FIELDS = /* @__PURE__ */ Object.freeze(
  ['name', 'message', 'stack', 'cause', 'errors']
)
/** The views of the grammar, whether this engine has them or not. */
const VIEW_NAMES = /^(DataView|((Int|Uint)(8|16|32)|Uint8Clamped|Float(16|32|64)|Big(Int|Uint)64)Array)$/

/**
 * Returns the constructor of an error or a view by a name that tagged text may hold, if this engine has
 * it. What old engines lack is looked up by `typeof`: a bare name would throw.
 * @param {string} name
 * @returns {any}
 */
export function classOf(name) {
  switch (name) {
    case 'AggregateError': return typeof AggregateError === 'function' ? AggregateError : undefined
    // @ts-expect-error Float16Array came with ES2025, after the library this is checked against.
    case 'Float16Array': return typeof Float16Array === 'function' ? Float16Array : undefined
    case 'BigInt64Array': return typeof BigInt64Array === 'function' ? BigInt64Array : undefined
    case 'BigUint64Array': return typeof BigUint64Array === 'function' ? BigUint64Array : undefined
    default: return /** @type {Record<string, Function>} */ ({
      Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, DataView, Int8Array,
      Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array,
      Float64Array
    })[name]
  }
}

/**
 * Tells whether the grammar has the name, even where this engine lacks the class.
 * @param {string} name
 */
export function isErrorName(name) {
  return ERROR_NAMES.indexOf(name) !== -1
}

/**
 * @param {string} name
 */
export function isViewName(name) {
  return VIEW_NAMES.test(name)
}

/**
 * Returns what an object is: 'Object' (plain), 'null' (plain without a prototype), 'Array', 'Date',
 * 'RegExp', 'Map', 'Set', 'ArrayBuffer', the name of a view class or of an error class.
 * `undefined` means an instance of anything else.
 * @param {object} value
 * @returns {string | undefined}
 */
export function kindOf(value) {
  const proto = Object.getPrototypeOf(value)
  if (Array.isArray(value)) return isPrototypeOf(proto, Array) ? 'Array' : undefined
  if (ArrayBuffer.isView(value)) return kindOfView(value, proto)
  const tag = toString.call(value).slice(8, -1)
  switch (tag) {
    case 'Object':
      if (proto === null) return 'null'
      return isPrototypeOf(proto, Object) ? tag : undefined
    case 'Error': return ERROR_NAMES.find(name => isPrototypeOf(proto, classOf(name)))
    case 'Date': return isDate(value) && isPrototypeOf(proto, Date) ? tag : undefined
    case 'RegExp': return builtIn(tag, RegExp, 'source', value, proto)
    case 'Map': return builtIn(tag, Map, 'size', value, proto)
    case 'Set': return builtIn(tag, Set, 'size', value, proto)
    case 'ArrayBuffer': return builtIn(tag, ArrayBuffer, 'byteLength', value, proto)
    default: return undefined
  }
}

/**
 * @param {ArrayBufferView} value
 * @param {object | null} proto
 */
function kindOfView(value, proto) {
  const base = Object.getPrototypeOf(Uint8Array.prototype)
  // This getter reads the internal slot: `undefined` for a DataView, and nothing of ours can change it.
  const name = getter(base, Symbol.toStringTag).call(value) || 'DataView'
  const ours = classOf(name)
  return ours !== undefined && isPrototypeOf(proto, ours) ? name : undefined
}

/**
 * Tells whether a value holds a time, as only Dates do.
 * @param {object} value
 */
export function isDate(value) {
  try {
    Date.prototype.getTime.call(value)
    return true
  } catch {
    return false
  }
}

/**
 * Calls the getter that a built-in prototype has for an internal slot, which also works on values of
 * another realm.
 * @param {object} proto
 * @param {string} name
 * @param {object} value
 * @returns {any}
 */
export function slotOf(proto, name, value) {
  return getter(proto, name).call(value)
}

/**
 * @param {string} name
 * @param {Function} ours
 * @param {string} slot A getter of the class that fails on anything else.
 * @param {object} value
 * @param {object | null} proto
 */
function builtIn(name, ours, slot, value, proto) {
  if (!isPrototypeOf(proto, ours)) return undefined
  try {
    slotOf(ours.prototype, slot, value)
    return name
  } catch {
    return undefined
  }
}

/**
 * @param {object} proto
 * @param {string | symbol} name
 * @returns {() => any}
 */
function getter(proto, name) {
  return /** @type {any} */ (Object.getOwnPropertyDescriptor(proto, name)).get
}

/**
 * Tells whether a prototype is that of a built-in class, ours or the one of another realm. A foreign
 * one is known by its constructor being native code of the same name, which no script can forge.
 * @param {object | null} proto
 * @param {Function | undefined} ours
 */
function isPrototypeOf(proto, ours) {
  if (ours === undefined || proto === null) return false
  if (proto === ours.prototype) return true
  const constructor = hasOwnProperty.call(proto, 'constructor') ? proto.constructor : undefined
  return typeof constructor === 'function' && constructor.prototype === proto
    && sourceOf(constructor) === sourceOf(ours)
}

/**
 * @param {Function} constructor
 * @returns {string}
 */
function sourceOf(constructor) {
  return Function.prototype.toString.call(constructor)
}
