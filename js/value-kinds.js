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
 * Returns the constructor of a name that tagged text may hold, if this engine has it. Every name is
 * looked up by `typeof`: old engines lack some, and a bare name would throw.
 * @param {string} name
 * @returns {any}
 */
export function errorClass(name) {
  switch (name) {
    case 'Error': return Error
    case 'EvalError': return EvalError
    case 'RangeError': return RangeError
    case 'ReferenceError': return ReferenceError
    case 'SyntaxError': return SyntaxError
    case 'TypeError': return TypeError
    case 'URIError': return URIError
    case 'AggregateError': return typeof AggregateError === 'function' ? AggregateError : undefined
    default: return undefined
  }
}

/**
 * Returns the class of a view by its name, if this engine has it.
 * @param {string} name
 * @returns {any}
 */
export function viewClass(name) {
  switch (name) {
    case 'DataView': return DataView
    case 'Int8Array': return Int8Array
    case 'Uint8Array': return Uint8Array
    case 'Uint8ClampedArray': return Uint8ClampedArray
    case 'Int16Array': return Int16Array
    case 'Uint16Array': return Uint16Array
    case 'Int32Array': return Int32Array
    case 'Uint32Array': return Uint32Array
    // @ts-expect-error Float16Array came with ES2025, after the library this is checked against.
    case 'Float16Array': return typeof Float16Array === 'function' ? Float16Array : undefined
    case 'Float32Array': return Float32Array
    case 'Float64Array': return Float64Array
    case 'BigInt64Array': return typeof BigInt64Array === 'function' ? BigInt64Array : undefined
    case 'BigUint64Array': return typeof BigUint64Array === 'function' ? BigUint64Array : undefined
    default: return undefined
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
  const tag = toString.call(value)
  switch (tag) {
    case '[object Object]':
      if (proto === null) return 'null'
      return isPrototypeOf(proto, Object) ? 'Object' : undefined
    case '[object Error]': return kindOfError(proto)
    case '[object Date]': return isDate(value) && isPrototypeOf(proto, Date) ? 'Date' : undefined
    case '[object RegExp]': return builtIn('RegExp', RegExp, 'source', value, proto)
    case '[object Map]': return builtIn('Map', Map, 'size', value, proto)
    case '[object Set]': return builtIn('Set', Set, 'size', value, proto)
    case '[object ArrayBuffer]': return builtIn('ArrayBuffer', ArrayBuffer, 'byteLength', value, proto)
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
  const ours = viewClass(name)
  return ours !== undefined && isPrototypeOf(proto, ours) ? name : undefined
}

/**
 * @param {object | null} proto
 */
function kindOfError(proto) {
  return ERROR_NAMES.find((name) => isPrototypeOf(proto, errorClass(name)))
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
