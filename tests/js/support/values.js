// @ts-check
/**
 * The values that every host is tried with, and the comparison that lets no difference pass. Needs
 * nothing of Node, so that it runs wherever the library runs.
 */

/**
 * A value to store.
 * @typedef {object} Case
 * @property {string} name What it is, as a part of a test's name.
 * @property {() => any} make Makes it afresh.
 * @property {'equal' | 'refused'} expect Whether it must come back or be refused with INVALID_VALUE.
 * @property {string} [path] Refused: the path that the error must tell.
 * @property {() => any} [equal] Equal: makes what must come back, where that is not the value itself.
 */

class Point {
  /** @param {number} x */
  constructor(x) {
    this.x = x
  }
}

class Money {
  /** @param {number} cents */
  constructor(cents) {
    this.cents = cents
  }

  toJSON() {
    return { cents: this.cents }
  }
}

class Liar {
  get [Symbol.toStringTag]() {
    return 'Map'
  }
}

/**
 * @param {string} name
 * @param {() => any} make
 * @param {() => any} [equal]
 * @returns {Case}
 */
const same = (name, make, equal) => ({ name, make, expect: 'equal', ...(equal && { equal }) })

/**
 * @param {string} name
 * @param {() => any} make
 * @param {string} [path]
 * @returns {Case}
 */
const refused = (name, make, path = '$') => ({ name, make, expect: 'refused', path })

/**
 * @param {any} object
 * @param {PropertyKey} key
 * @param {any} value
 */
function withOwn(object, key, value) {
  return Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

/**
 * @param {number} depth
 * @param {(inner: any) => any} wrap
 */
function nested(depth, wrap) {
  let value = wrap(0)
  for (let level = 1; level < depth; level++) value = wrap(value)
  return value
}

function bytes(length = 16) {
  return Uint8Array.from({ length }, (_, index) => index * 37 + 200).buffer
}

/** @type {Case[]} */
const plain = [
  same('an empty string', () => ''),
  same('text', () => 'text'),
  same('the text of a number', () => '123'),
  same('text that looks like JSON', () => '{"a":1}'),
  same('text with NUL, quotes and backslashes', () => '\0"\\\\u0000\\ud800\n'),
  same('an emoji', () => '😀'),
  same('a lone surrogate', () => 'a\ud800b'),
  same('surrogates in the wrong order', () => '\udc00\ud800'),
  same('zero', () => 0),
  same('a negative number', () => -1.5e-7),
  same('the greatest number', () => Number.MAX_VALUE),
  same('the smallest number', () => Number.MIN_VALUE),
  same('NaN', () => NaN),
  same('minus zero', () => -0),
  same('Infinity', () => Infinity),
  same('minus Infinity', () => -Infinity),
  same('true', () => true),
  same('false', () => false),
  same('null', () => null),
  same('undefined', () => undefined),
  same('a BigInt', () => BigInt('12345678901234567890')),
  same('a negative BigInt', () => BigInt('-255')),
  same('the BigInt zero', () => BigInt(0)),
]

/** @type {Case[]} */
const objects = [
  same('an empty object', () => ({})),
  same('a user', () => ({ name: 'John', age: 30, tags: ['a', 'b'], address: { city: 'Berlin' } })),
  same('an object with an undefined property', () => ({ a: undefined, b: 1 })),
  same('an object with odd keys',
    () => ({ '': 1, 'a b': 2, 'constructor': 3, 'toString': 4, '"': 5, 2: 6, 10: 7 })),
  same('an own key __proto__', () => JSON.parse('{"a":{"__proto__":{"polluted":true}},"__proto__":1}')),
  same('an own key toJSON that is no function', () => ({ toJSON: 1 })),
  same('a key with a lone surrogate', () => ({ 'a\udc00': 1 })),
  same('a string with a lone surrogate inside', () => ({ a: ['\ud800'] })),
  same('a text of an escape that is none', () => ({ a: '\\ud800', b: '\\\\ud800' })),
  same('an object without a prototype',
    () => withOwn(Object.assign(Object.create(null), { a: {} }), '__proto__', 1)),
  same('an object with the only key ~', () => ({ '~': 0 })),
  same('tag lookalikes beside a real tag',
    () => [{ '~': ['Date', 5] }, { '~': { '~': 'NaN' } }, { '~': 1, 'a': 2 }, NaN]),
  same('an array that looks like a tag', () => [['Date', 5], '~', ['~', 1]]),
  same('a tag lookalike that comes again', () => { const a = { '~': 1 }; return [a, a, { '~': a }] }),
  same('an array', () => [1, 'a', null, [], {}]),
  same('an array of undefined', () => [undefined, undefined]),
  same('an empty array', () => []),
  same('a sparse array', () => { const a = [1, 2]; a[5] = NaN; return a }),
  same('an array of holes', () => new Array(3)),
  same('an array that begins with a hole', () => { const a = []; a[1] = undefined; return { a } }),
  same('a sparse array of the greatest length',
    () => { const a = []; a.length = 4294967295; a[4294967294] = 'end'; return a }),
  same('a sparse array of a middling length', () => { const a = []; a[30000000] = 1; return a }),
  same('an array with named properties',
    () => withOwn(Object.assign([1, 2], { name: 'x', '-1': {} }), '__proto__', 1)),
  same('an empty array with a named property', () => Object.assign([], { total: 0 })),
  same('what a RegExp found', () => /b(?<c>c)?/.exec('abc')),
  same('a frozen object', () => Object.freeze({ a: 1 })),
  same('500 objects in one another', () => nested(500, (inner) => ({ inner }))),
  same('900 Maps in one another', () => nested(900, (inner) => new Map([['m', inner]]))),
  same('900 errors in one another', () => nested(900, (cause) => withOwn(new Error('x'), 'why', cause))),
  same('900 sparse arrays in one another',
    () => nested(900, (inner) => { const a = []; a[1] = inner; return a })),
]

/** @type {Case[]} */
const builtIns = [
  same('a Date', () => new Date(1700000000123)),
  same('a Date before 1970', () => new Date(-1)),
  same('an invalid Date', () => new Date(NaN)),
  same('a nested Date', () => ({ at: [new Date(0)] })),
  same('a Map',
    () => new Map(/** @type {[any, any][]} */ ([['a', 1], [1, 'b'], [NaN, -0], [{}, new Map()]]))),
  same('an empty Map', () => new Map()),
  same('a Set', () => new Set(['a', 1, undefined, NaN, new Set()])),
  same('an ArrayBuffer', () => bytes()),
  same('an empty ArrayBuffer', () => new ArrayBuffer(0)),
  same('ArrayBuffers of 1 to 4 bytes', () => [1, 2, 3, 4].map(bytes)),
  same('an ArrayBuffer of 100,001 bytes', () => bytes(100001)),
  ...[
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  ].map((View) => same(`a ${View.name}`, () => new View(bytes(), 8, 1))),
  same('a Float64Array with NaN and -0', () => new Float64Array([NaN, -0, Infinity])),
  same('an empty view at the end of its buffer', () => new Uint8Array(bytes(), 16)),
  same('a DataView', () => new DataView(bytes(), 3, 5)),
  same('views that share a buffer', () => {
    const buffer = bytes()
    return { a: new Uint8Array(buffer, 2, 3), buffer, b: new DataView(buffer), c: new Uint16Array(buffer, 4) }
  }),
  same('a RegExp', () => /a\/b[/]\t/giu),
  same('a RegExp with its lastIndex', () => { const r = /./g; r.lastIndex = 7; return [r] }),
  same('an empty RegExp', () => new RegExp('')),
  same('a RegExp of a line break and a slash', () => new RegExp(String.fromCharCode(10) + '/')),
]

/** @type {Case[]} */
const errors = [
  same('an Error', () => new Error('message')),
  same('an Error without a message', () => new Error()),
  ...[EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((ErrorClass) =>
    same(`a ${ErrorClass.name}`, () => new ErrorClass('message'))),
  same('an Error with a cause', () => new Error('a', { cause: new TypeError('b', { cause: undefined }) })),
  same('an Error that causes itself', () => { const e = new Error('a'); e.cause = e; return e }),
  same('an Error with a code',
    () => Object.assign(new Error('a'), { code: 'ENOENT', errno: -2, at: new Date(0) })),
  same('an Error with another name', () => Object.assign(new Error('a'), { name: 'AbortError' })),
  same('an Error with a visible message', () => Object.assign(new Error(), { message: 'a' })),
  same('an Error with an own key __proto__', () => withOwn(new Error('a'), '__proto__', 1)),
  same('an Error without a stack', () => { const e = new Error('a'); delete e.stack; return e }),
  same('an AggregateError', () => new AggregateError([new Error('a'), 1], 'all')),
]

/** @type {Case[]} */
const graphs = [
  same('an object twice', () => { const a = {}; return [a, a] }),
  same('an object that holds itself', () => { /** @type {any} */ const a = {}; a.a = a; return a }),
  same('an array that holds itself', () => {
    /** @type {any[]} */
    const a = []
    a.push(a, [a])
    return a
  }),
  same('a Map that is its own key and value', () => { const m = new Map(); m.set(m, m); return m }),
  same('a Set that holds itself', () => { const s = new Set(); s.add(s).add([s]); return s }),
  same('an object as key and as value',
    () => { const k = {}; return { map: new Map([[k, [k]]]), set: new Set([k]), k } }),
  same('a Date, a RegExp and a buffer twice', () => {
    const all = [new Date(1), /a/g, bytes(), new Error('a')]
    return [all, ...all, new Map(all.map((one) => [one, one]))]
  }),
  same('fifty objects, each twice', () => {
    const all = Array.from({ length: 50 }, (_, index) => ({ index }))
    return { all, again: all.slice().reverse() }
  }),
  same('repeated objects behind integer keys', () => { const a = {}; return { b: a, 2: [a], 1: { a } } }),
]

/** @type {Case[]} */
const shown = [
  same('an object with a getter',
    () => { let reads = 0; return { get n() { return ++reads }, z: NaN } }, () => ({ n: 1, z: NaN })),
  same('an array with a getter', () => {
    let reads = 0
    return Object.defineProperty([0], 0, { get: () => ++reads, enumerable: true })
  }, () => [1]),
  same('an object with a hidden property',
    () => Object.defineProperty({ a: 1 }, 'b', { value: () => {} }), () => ({ a: 1 })),
  same('an object with a hidden symbol',
    () => Object.defineProperty({ a: 1 }, Symbol('s'), { value: 1 }), () => ({ a: 1 })),
  same('a Proxy of an object', () => new Proxy({ a: 1 }, { get: () => 2 }), () => ({ a: 2 })),
  same('a Proxy of an array', () => new Proxy([1, [2]], {}), () => [1, [2]]),
  same('a Proxy that lists its keys in disorder', () => {
    const part = {}
    const target = { b: part, 1: [part], 0: part }
    return new Proxy(target, { ownKeys: () => ['b', '1', '0'] })
  }, () => { const part = {}; return { 0: part, 1: [part], b: part } }),
  same('an object with toJSON', () => new Money(5), () => ({ cents: 5 })),
  same('nested objects with toJSON',
    () => ({ a: [new Money(1)], b: new Money(2) }), () => ({ a: [{ cents: 1 }], b: { cents: 2 } })),
  same('a toJSON that wants its key', () => {
    const o = { toJSON: (/** @type {unknown} */ key) => [key] }
    return { a: o, b: [o] }
  }, () => ({ a: ['a'], b: [['0']] })),
  same('a toJSON that returns a string', () => ({ toJSON: () => 'text' }), () => 'text'),
  same('a toJSON that returns a Map', () => ({ toJSON: () => new Map([[1, 2]]) }), () => new Map([[1, 2]])),
  same('a toJSON that returns an object with toJSON',
    () => ({ toJSON: () => new Money(3) }), () => ({ cents: 3 })),
  same('a toJSON that returns undefined', () => ({ a: { toJSON() {} } }), () => ({ a: undefined })),
  same('a Date with its own toJSON',
    () => Object.defineProperty(new Date(5), 'toJSON', { value: () => 1 }), () => new Date(5)),
]

/** @type {Case[]} */
const refusals = [
  refused('a function', () => () => {}),
  refused('a class', () => Point),
  refused('a symbol', () => Symbol('s')),
  refused('a nested function', () => ({ a: { b: [0, 1, 2, () => {}] } }), '$.a.b[3]'),
  refused('a symbol under an odd key', () => ({ 'a b': Symbol.iterator }), '$["a b"]'),
  refused('a method', () => ({ save() {} }), '$.save'),
  refused('a Promise', () => ({ p: Promise.resolve(1) }), '$.p'),
  refused('a WeakMap', () => new WeakMap()),
  refused('a WeakSet', () => [new WeakSet()], '$[0]'),
  refused('a class instance', () => ({ point: new Point(1) }), '$.point'),
  refused('an instance of a subclass of Map', () => new (class Book extends Map {})()),
  refused('an instance of a subclass of Array', () => new (class List extends Array {})()),
  refused('an instance of a subclass of Error', () => new (class Failure extends Error {})()),
  refused('an instance of a subclass of Uint8Array', () => new (class Blob8 extends Uint8Array {})(1)),
  refused('an object that inherits from a plain one', () => Object.create({ a: 1 })),
  refused('an instance that claims to be a Map', () => new Liar()),
  refused('an object that claims to be a Map',
    () => Object.defineProperty({}, Symbol.toStringTag, { value: 'Map' })),
  refused('a fake with the prototype of Map', () => Object.create(Map.prototype)),
  refused('a fake with the prototype of Date', () => [Object.create(Date.prototype)], '$[0]'),
  refused('a Proxy of a Map', () => new Proxy(new Map(), {})),
  refused('an iterator', () => [][Symbol.iterator]()),
  refused('a boxed number', () => Object(1)),
  refused('a boxed string', () => ({ s: Object('s') }), '$.s'),
  refused('the object Math', () => Math),
  refused('arguments', () => (function () { return arguments })()), // eslint-disable-line prefer-rest-params
  refused('a key that is a symbol', () => ({ a: { [Symbol('s')]: 1 } }), '$.a[Symbol(s)]'),
  refused('a Map with a function',
    () => ({ m: new Map([['a', 1], ['b', /** @type {any} */ (() => {})]]) }), '$.m[1][1]'),
  refused('a Map with a symbol as key', () => new Map([[Symbol('k'), 1]]), '$[0][0]'),
  refused('a Set with a function', () => new Set([1, () => {}]), '$[1]'),
  refused('an Error with a method', () => Object.assign(new Error('a'), { retry() {} }), '$.retry'),
  refused('an Error with a function as cause', () => new Error('a', { cause: () => {} }), '$.cause'),
  refused('a Date with a property of its own', () => Object.assign(new Date(0), { zone: 'UTC' }), '$.zone'),
  refused('a Map with a property of its own',
    () => ({ m: Object.assign(new Map(), { name: 'm' }) }), '$.m.name'),
  refused('a Uint8Array with a property of its own',
    () => Object.assign(new Uint8Array(2), { name: 'u' }), '$.name'),
  refused('a getter that throws', () => ({ a: { get b() { throw new Error('secret') } } }), '$.a'),
  refused('a toJSON that throws', () => [{ toJSON() { throw new Error('secret') } }], '$[0]'),
  refused('a toJSON that never ends', () => { const o = { toJSON: () => ({ ...o }) }; return o }),
  refused('a revoked Proxy',
    () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { proxy } }, '$.proxy'),
  ...(typeof SharedArrayBuffer === 'undefined' ? [] : [
    refused('a SharedArrayBuffer', () => new SharedArrayBuffer(1)),
    refused('a view of a SharedArrayBuffer', () => new Uint8Array(new SharedArrayBuffer(1)), '$.buffer'),
  ]),
  ...('resize' in ArrayBuffer.prototype
    ? [refused('a resizable ArrayBuffer', () => new /** @type {any} */ (ArrayBuffer)(1,
        { maxByteLength: 2 }))]
    : []),
]

/**
 * Every value that a stored value's promise speaks of.
 * @type {readonly Case[]}
 */
export const VALUES = [...plain, ...objects, ...builtIns, ...errors, ...graphs, ...shown, ...refusals]

/**
 * Asserts that what came back is what went in, for a case of `expect: 'equal'`.
 * @param {Case} entry
 * @param {any} stored What `entry.make()` returned and was stored.
 * @param {any} found
 */
export function assertCameBack(entry, stored, found) {
  assertSame(found, entry.equal === undefined ? stored : entry.equal())
}

/**
 * Asserts that two values are the same in all that a program can see: classes, prototypes, -0 and NaN,
 * holes, the order of keys, the fields of errors, bytes and offsets, and which objects are one and the same.
 * @param {any} actual
 * @param {any} expected
 */
export function assertSame(actual, expected) {
  /** @type {Map<any, any>} */
  const there = new Map()
  /** @type {Map<any, any>} */
  const back = new Map()
  /** @type {[any, any, string][]} */
  const open = [[actual, expected, '$']]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [a, e, path] = next
    if (typeof e !== 'object' || e === null) {
      if (!Object.is(a, e)) differ(path, 'value', a, e)
      continue
    }
    if (typeof a !== 'object' || a === null) differ(path, 'type', a, e)
    if (there.has(e) || back.has(a)) {
      if (there.get(e) !== a || back.get(a) !== e) differ(path, 'identity', a, e)
      continue
    }
    there.set(e, a)
    back.set(a, e)
    for (const [step, left, right] of parts(a, e, path)) open.push([left, right, path + step])
  }
}

/**
 * Compares two objects but for what they hold, which it returns in pairs.
 * @param {any} a
 * @param {any} e
 * @param {string} path
 * @returns {[string, any, any][]}
 */
function parts(a, e, path) {
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(e)) differ(path, 'prototype', a, e)
  const tag = Object.prototype.toString.call(e)
  if (Object.prototype.toString.call(a) !== tag) differ(path, 'class', a, e)
  /** @type {[string, any, any][]} */
  const pairs = []
  const keys = keysOf(e)
  const isView = ArrayBuffer.isView(e)
  if (keysOf(a).map(String).sort().join() !== keys.map(String).sort().join()) differ(path, 'keys',
    a, e)
  if (Object.keys(a).join() !== Object.keys(e).join()) differ(path, 'order of keys', a, e)
  for (const key of isView ? [] : keys) {
    const left = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(a, key))
    const right = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(e, key))
    if (left.enumerable !== right.enumerable) differ(path, `visibility of ${String(key)}`, a, e)
    pairs.push([`.${String(key)}`, a[key], e[key]])
  }
  if (tag === '[object Error]') pairs.push(['.stack', a.stack, e.stack])
  if (tag === '[object Date]') pairs.push(['<time>', a.getTime(), e.getTime()])
  if (tag === '[object RegExp]') pairs.push(['<source>', a.source, e.source], ['<flags>', a.flags, e.flags])
  if (tag === '[object Map]' || tag === '[object Set]') {
    const left = [...a]
    const right = [...e]
    pairs.push(['<size>', left.length, right.length])
    right.forEach((part, index) => {
      if (tag === '[object Set]') pairs.push([`<${index}>`, left[index], part])
      else pairs.push([`<key ${index}>`, left[index]?.[0], part[0]], [`<value ${index}>`, left[index]?.[1],
        part[1]])
    })
  }
  if (tag === '[object ArrayBuffer]') {
    const left = new Uint8Array(a)
    const right = new Uint8Array(e)
    pairs.push(['<size>', left.length, right.length])
    if (!right.every((byte, index) => byte === left[index])) differ(path, 'bytes', a, e)
  }
  if (isView) {
    pairs.push(['.byteOffset', a.byteOffset, e.byteOffset], ['.byteLength', a.byteLength, e.byteLength])
    pairs.push(['.buffer', a.buffer, e.buffer])
  }
  return pairs
}

/**
 * Where an error was made: Firefox has the stack on the prototype, and three words more on the error;
 * JavaScriptCore has other three.
 */
const PLACE_KEYS = ['stack', 'fileName', 'lineNumber', 'columnNumber', 'line', 'column', 'sourceURL']

/**
 * The own keys, but for those by which an engine notes where an error was made.
 * @param {object} value
 */
function keysOf(value) {
  const isNote = (/** @type {PropertyKey} */ key) => PLACE_KEYS.includes(String(key))
    && !Object.getOwnPropertyDescriptor(value, key)?.enumerable
  return Reflect.ownKeys(value).filter(key => !(value instanceof Error && isNote(key)))
}

/**
 * @param {string} path
 * @param {string} what
 * @param {unknown} actual
 * @param {unknown} expected
 * @returns {never}
 */
function differ(path, what, actual, expected) {
  const show = (/** @type {unknown} */ value) => (typeof value === 'object' && value !== null
    ? Object.prototype.toString.call(value)
    : `${typeof value} ${Object.is(value, -0) ? '-0' : String(value).slice(0, 80)}`)
  throw new Error(`the ${what} differs at ${path}: ${show(actual)} in place of ${show(expected)}`)
}
