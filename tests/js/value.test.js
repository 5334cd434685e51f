// The value codec: what is stored comes back exactly or is refused, and no text can hurt the reader.
// @ts-check
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { StorageError } from '../../js/errors.js'
import { fromBase64, toBase64 } from '../../js/value-base64.js'
import { OBJECTS_MAX, TEXT_CHARS_MAX } from '../../js/value-write.js'
import { JSON_FORM, STRING_FORM, TAGGED_FORM, decode, encode } from '../../js/value.js'
import { VALUES, assertCameBack, assertSame } from './support/values.js'

const LONE = /[\ud800-\udfff]/u

test('the comparison that these tests rest on finds every difference', () => {
  const one = {}
  const error = new Error('a')
  const pairs = /** @type {[any, any][]} */ ([
    [0, -0], [1, '1'], [null, undefined], [{}, []], [{}, Object.create(null)],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }],
    [[undefined], new Array(1)], [[1], Object.assign([1], { a: 1 })], [{ a: undefined }, {}],
    [[one, one], [{}, {}]], [[{}, {}], [one, one]], [new Date(1), new Date(2)], [/a/g, /a/i], [/a/, /b/],
    [Object.assign(/a/g, { lastIndex: 1 }), /a/g], [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]])], [new Set([1]), new Set([1, 2])],
    [new Uint8Array([1]), new Uint8Array([2])], [new Uint8Array(1), new Int8Array(1)],
    [new Uint8Array(2).subarray(1), new Uint8Array(1)], [error, Object.assign(new Error('a'), { code: 1 })],
    [error, new TypeError('a')], [error, Object.defineProperty(new Error('a'), 'stack', { value: '' })],
    [Object.assign(new Error(), { message: 'a', stack: error.stack }), error],
    [{ a: one, b: [one] }, { a: one, b: [{}] }],
  ])
  for (const [left, right] of pairs) {
    assert.throws(() => assertSame(left, right), /differs at/)
    assert.throws(() => assertSame([right], [left]), /differs at/)
    assertSame(left, left)
  }
})

/** @param {any} value */
function there(value) {
  const { form, text } = encode(value)
  return decode(form, text)
}

/**
 * @param {() => unknown} call
 * @param {string} code
 * @returns {StorageError}
 */
function failure(call, code) {
  /** @type {unknown} */
  let error
  try {
    call()
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error instanceof StorageError, `expected ${code}, got ${error}`)
  assert.equal(error.code, code)
  return error
}

/** Small, fast and seeded: mulberry32. @param {number} seed */
function random(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 4294967296) * below)
  }
}

for (const entry of VALUES) {
  if (entry.expect === 'refused') {
    test(`${entry.name} is refused with its path`, () => {
      const error = failure(() => encode(entry.make()), 'INVALID_VALUE')
      assert.equal(error.path, entry.path)
      assert.doesNotMatch(error.message, /secret/)
    })
    continue
  }
  for (const [where, wrap, unwrap] of /** @type {[string, (v: any) => any, (v: any) => any][]} */ ([
    ['', (value) => value, (value) => value],
    [' in an object', (value) => ({ before: [], value, after: 1 }), ({ value }) => value],
    [' in a Map beside a BigInt', (value) => new Map([[BigInt(1), value]]), (map) => map.get(BigInt(1))],
  ])) {
    test(`${entry.name}${where} comes back as it went in`, () => {
      const stored = entry.make()
      const { form, text } = encode(wrap(stored))
      assert.notEqual(text, '')
      assert.doesNotMatch(text, LONE)
      assertCameBack(entry, stored, unwrap(decode(form, text)))
    })
  }
}

test('JSON is chosen for all that JSON holds exactly, and for nothing else', () => {
  for (const entry of VALUES.filter(({ expect, equal }) => expect === 'equal' && equal === undefined)) {
    const value = entry.make()
    const { form, text } = encode(value)
    let json = ''
    let holds = false
    try {
      json = JSON.stringify(value)
      assertSame(JSON.parse(json), value)
      holds = true
    } catch {
      // JSON loses something.
    }
    // Ours to refuse: what the engine holds, but the next reader of the text might not.
    const risky = typeof value === 'string' || /"__proto__":|(^|[^\\])(\\\\)*\\ud/.test(json)
    assert.equal(form === JSON_FORM, holds && !risky, entry.name)
    if (form === JSON_FORM) assert.equal(text, json, entry.name)
  }
})

test('each kind of value takes the form that the host reads best', () => {
  const cases = /** @type {[any, number, string][]} */ ([
    ['text', STRING_FORM, 'text'],
    ['😀', STRING_FORM, '😀'],
    ['', TAGGED_FORM, '""'],
    ['\ud800', TAGGED_FORM, '"\\ud800"'],
    [{ toJSON: () => 'text' }, STRING_FORM, 'text'],
    [1, JSON_FORM, '1'],
    [null, JSON_FORM, 'null'],
    [{ a: '\\ud800', b: '😀' }, JSON_FORM, '{"a":"\\\\ud800","b":"😀"}'],
    [{ '~': 1 }, JSON_FORM, '{"~":1}'],
    [-0, TAGGED_FORM, '{"~":"-0"}'],
    [[{ '~': 1 }, NaN], TAGGED_FORM, '[{"~":["Object",{"~":1}]},{"~":"NaN"}]'],
    [[BigInt(255), BigInt(-1)], TAGGED_FORM, '[{"~":["BigInt","ff"]},{"~":["BigInt","-1"]}]'],
    [[new Date(5), new Date(NaN)], TAGGED_FORM, '[{"~":["Date",5]},{"~":["Date",null]}]'],
    [/a/g, TAGGED_FORM, '{"~":["RegExp","a","g",0]}'],
    [new Map([['k', 1]]), TAGGED_FORM, '{"~":["Map","k",1]}'],
    [new Set([1]), TAGGED_FORM, '{"~":["Set",1]}'],
    [new Uint8Array([1, 2, 3]), TAGGED_FORM, '{"~":["Uint8Array",{"~":["ArrayBuffer","AQID"]}]}'],
    [new Uint8Array([1, 2]).subarray(1), TAGGED_FORM,
      '{"~":["Uint8Array",{"~":["ArrayBuffer","AQI="]},1,1]}'],
    [[, 1], TAGGED_FORM, '{"~":["Array",2,{"1":1}]}'], // eslint-disable-line no-sparse-arrays
    [Object.create(null), TAGGED_FORM, '{"~":["null",{}]}'],
  ])
  for (const [value, form, text] of cases) assert.deepEqual(encode(value), { form, text })
  const twice = {}
  assert.equal(encode([twice, { twice }]).text, '[{},{"twice":{"~":1}}]')
  const error = Object.assign(new TypeError('m'), { code: 'E', stack: 's' })
  assert.equal(encode(error).text, '{"~":["Error","TypeError",{"message":"m","stack":"s"},{"code":"E"}]}')
})

test('values of another realm come back as ours', () => {
  const run = (/** @type {string} */ code) => runInNewContext(`(${code})`)
  const cases = /** @type {[string, any][]} */ ([
    ['{ a: [1, { b: null }] }', { a: [1, { b: null }] }],
    ['[new Date(5), /a/g, undefined]', [new Date(5), /a/g, undefined]],
    ['new Map([[new Set([1]), 2n]])', new Map([[new Set([1]), BigInt(2)]])],
    ['new Uint16Array([1, 2]).subarray(1)', new Uint16Array([1, 2]).subarray(1)],
    ['new DataView(new ArrayBuffer(2))', new DataView(new ArrayBuffer(2))],
    ['[, 1]', [, 1]], // eslint-disable-line no-sparse-arrays
    ['Object.create(null)', Object.create(null)],
  ])
  for (const [code, expected] of cases) assertSame(there(run(code)), expected)
  assert.equal(encode(run('{ a: [1] }')).form, JSON_FORM)
  const error = there(run('Object.assign(new RangeError("m"), { code: 1 })'))
  assert.equal(Object.getPrototypeOf(error), RangeError.prototype)
  assert.deepEqual([error.message, error.code], ['m', 1])
  for (const code of [
    'new (class Point {})()', 'Promise.resolve()', 'new (class extends Map {})()', 'Object(1)',
    'Object.create({})', 'new WeakMap()', 'new (class Object {})()',
    'new (class Map { get size() { return 0 } get [Symbol.toStringTag]() { return "Map" } })()',
  ]) failure(() => encode(run(code)), 'INVALID_VALUE')
})

test('a getter is read once, wherever it lies', () => {
  let calls = 0
  const counted = () => Object.defineProperty({}, 'n', { get: () => ++calls, enumerable: true })
  for (const value of [
    counted(), [counted(), NaN], { a: BigInt(1), b: counted() }, new Map([[counted(), counted()]]),
    Object.defineProperty([1, 2], 0, { get: () => ++calls, enumerable: true }),
    Object.defineProperty(new Error('a'), 'n', { get: () => ++calls, enumerable: true }),
    Object.defineProperty(Object.create(null), 'n', { get: () => ++calls, enumerable: true }),
  ]) {
    calls = 0
    encode(value)
    assert.equal(calls, value instanceof Map ? 2 : 1)
  }
})

test('a Proxy that shows something else each time is stored as one thing that it showed', () => {
  const shows = [1, () => {}, NaN]
  let at = 0
  const { form, text } = encode(new Proxy({ a: 0 }, { get: (_,
    key) => (key === 'a' ? shows[at++] : undefined) }))
  assert.deepEqual(decode(form, text), { a: 1 })
})

test('whatever is nested too deep, too large or too long is refused without a RangeError', () => {
  for (const wrap of [
    (/** @type {any} */ v) => [v], (/** @type {any} */ v) => ({ v }), (/** @type {any} */ v) => new Map([[v,
      1]]),
    (/** @type {any} */ v) => new Error('e', { cause: v }), (/** @type {any} */ v) => ({ toJSON: () => [v] }),
  ]) {
    for (const depth of [10000, 200000]) {
      /** @type {any} */
      let value = 1
      for (let level = 0; level < depth; level++) value = wrap(value)
      const error = failure(() => encode(value), 'INVALID_VALUE')
      assert.ok(error.message.length < 400)
    }
  }
  const text = 'x'.repeat(1 << 20)
  failure(() => encode(Array(100).fill(text)), 'VALUE_TOO_LARGE')
  failure(() => encode('x'.repeat(TEXT_CHARS_MAX + 1)), 'VALUE_TOO_LARGE')
  failure(() => encode(new ArrayBuffer(TEXT_CHARS_MAX)), 'VALUE_TOO_LARGE')
  failure(() => encode(Array.from({ length: OBJECTS_MAX }, () => [])), 'VALUE_TOO_LARGE')
})

test('a toJSON or getter that makes new objects for ever ends in a refusal', () => {
  class Endless {
    toJSON() { return { next: new Endless(), other: [new Endless()] } }
  }
  failure(() => encode(new Endless()), 'INVALID_VALUE')
  class Wide {
    toJSON() { return [new Wide(), new Wide()] }
  }
  assert.throws(() => encode({ wide: new Wide() }), StorageError)
  const getter = () => Object.defineProperty({}, 'next', { get: getter, enumerable: true })
  failure(() => encode(getter()), 'INVALID_VALUE')
})

test('what a getter, a toJSON or a Proxy throws is the cause of the refusal', () => {
  const cause = new Error('secret')
  const error = failure(() => encode({ a: [{ get b() { throw cause } }] }), 'INVALID_VALUE')
  assert.equal(error.cause, cause)
  assert.equal(error.path, '$.a[0]')
})

test('a view of a detached buffer is refused', () => {
  const view = new Uint8Array(4)
  structuredClone(view.buffer, { transfer: [view.buffer] })
  assert.equal(failure(() => encode({ view }), 'INVALID_VALUE').path, '$.view.buffer')
})

test('encoding changes nothing of the value', () => {
  const value = Object.freeze({ list: Object.freeze([Object.freeze({ '~': NaN })]), map: new Map([[1,
    [-0]]]) })
  encode(value)
  assertSame(value, { list: [{ '~': NaN }], map: new Map([[1, [-0]]]) })
})

test('base64 is that of RFC 4648, and nothing else is read', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 89 + length) & 255)
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'))
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes)
  }
  for (const wrong of ['A', 'AA', 'AAA', 'AA=A', 'A===', '====', 'AB==', 'AAB=', 'AA A', 'AA-_',
    'AAA\u0100', 'AA==AAAA']) {
    assert.equal(fromBase64(wrong), undefined, wrong)
  }
})

test('damaged text is CORRUPT', () => {
  for (const text of [
    '', '{', 'undefined', '[1,]', '{"~":1}', '{"~":-1}', '{"~":0.5}', '{"~":null}', '{"~":true}',
    '{"~":{}}', '{"~":[]}',
    '{"~":"NULL"}', '{"~":["Unknown"]}', '{"~":["constructor"]}', '{"~":["__proto__"]}', '{"~":[["Date"],1]}',
    '{"~":["BigInt",1]}', '{"~":["BigInt","-0"]}', '{"~":["BigInt","0x1"]}', '{"~":["BigInt",""]}',
    '{"~":["Date"]}', '{"~":["Date","1"]}', '{"~":["Date",1e99]}', '{"~":["Date",0.5]}',
    '{"~":["Date",{"valueOf":1}]}',
    '{"~":["RegExp","(","",0]}', '{"~":["RegExp","a","gg",0]}', '{"~":["RegExp","a","g"]}',
    '{"~":["RegExp",1,"g",0]}',
    '{"~":["Map",1]}', '{"~":["Map",1,2,1,3]}', '{"~":["Set",1,1]}', '{"~":["Array",-1,{}]}',
    '{"~":["Array",1,{"1":1}]}',
    '{"~":["Array",4294967296,{}]}', '{"~":["Array","1",{}]}', '{"~":["Array",1,{"length":9}]}',
    '{"~":["Array",1,[]]}',
    '{"~":["Object",1]}', '{"~":["null",null]}', '{"~":["Error","Map",{},{}]}',
    '{"~":["Error","Error",{"x":1},{}]}',
    '{"~":["ArrayBuffer","A"]}', '{"~":["ArrayBuffer",9]}', '{"~":["Uint8Array"]}',
    '{"~":["Uint8Array",{"~":0}]}',
    '{"~":["Uint8Array",5]}', '{"~":["Uint16Array",{"~":["ArrayBuffer","AQID"]}]}',
    '{"~":["Uint8Array",{"~":["ArrayBuffer","AQID"]},1,3]}',
    '{"~":["Uint8Array",{"~":["ArrayBuffer","AQID"]},1,"1"]}',
    '{"~":["Uint8Array",{"~":["ArrayBuffer","AQID"]},1]}', '['.repeat(100000) + ']'.repeat(100000),
  ]) failure(() => decode(TAGGED_FORM, text), 'CORRUPT')
  failure(() => decode(JSON_FORM, '{'), 'CORRUPT')
  failure(() => decode(9, '{}'), 'CORRUPT')
  failure(() => decode(JSON_FORM, /** @type {any} */ (undefined)), 'CORRUPT')
})

test('text of keys called __proto__ sets no prototype', () => {
  for (const text of [
    '{"__proto__":{"polluted":1}}', '{"~":["Object",{"__proto__":{"polluted":1}}]}',
    '{"~":["null",{"__proto__":{"polluted":1}}]}', '{"~":["Array",0,{"__proto__":{"polluted":1}}]}',
    '{"~":["Error","Error",{},{"__proto__":{"polluted":1}}]}',
    '{"__proto__":{"~":["Object",{"polluted":1}]}}',
  ]) {
    const value = decode(TAGGED_FORM, text)
    assert.equal(value.polluted, undefined, text)
    assert.ok(Object.hasOwn(value, '__proto__'), text)
  }
  assert.equal(/** @type {any} */ ({}).polluted, undefined)
})

test('a length that the text only claims takes no memory', () => {
  const before = process.memoryUsage().rss
  const text = `[${Array.from({ length: 500 }, (_, index) => `{"~":["Array",${30000000 - index},{"5":1}]}`)}]`
  const found = decode(TAGGED_FORM, text)
  assert.equal(found[1].length, 29999999)
  assert.ok(process.memoryUsage().rss - before < 64e6)
})

test('random damage gives a value or CORRUPT, and nothing else', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9)
  console.log(`seed ${seed}`)
  const pick = random(seed)
  const texts = VALUES.filter(({ expect }) => expect === 'equal')
    .map((entry) => encode({ value: entry.make(), also: [new Map([[1, entry.make()]])] }).text)
    .filter((text) => text.length < 4000)
  const scraps = [
    '"~"', '{"~":0}', '{"~":1}', '["Map",', 'null', '{}', '[]', '"', ',', '9', '-', '1e9', '"__proto__"',
    '"length"', '4294967295',
    '{"~":["Uint8Array",{"~":2}]}', '{"~":["Array",99999999,{}]}', '"constructor"',
    '\\', '\\ud800', '"RegExp"', '"Error"',
  ]
  const shape = Object.getOwnPropertyNames(Object.prototype).join()
  let read = 0
  for (let round = 0; round < 20000; round++) {
    let text = /** @type {string} */ (texts[pick(texts.length)])
    for (let change = pick(4); change >= 0; change--) {
      const at = pick(text.length + 1)
      const end = at + pick(pick(3) === 0 ? 40 : 3)
      const scrap = pick(2) === 0 ? scraps[pick(scraps.length)] : text.slice(pick(text.length),
        pick(text.length))
      text = text.slice(0, at) + scrap + text.slice(end)
    }
    try {
      const value = decode(TAGGED_FORM, text)
      read++
      // What could be read is a value like any other.
      if (round % 10 === 0) assertSame(there(value), value)
    } catch (error) {
      assert.ok(StorageError.is(error), `seed ${seed}, round ${round}: ${error} from ${text}`)
      if (error.code !== 'CORRUPT') assert.ok(read > 0 && error.code === 'INVALID_VALUE',
        `${error.code} from ${text}`)
    }
  }
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), shape)
  assert.ok(read > 100)
})

test('random values come back as they went in', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9)
  console.log(`seed ${seed}`)
  const pick = random(seed)
  const leaves = VALUES.filter(({ name, expect, equal }) => expect === 'equal' && !equal
    && !/900|500/.test(name))
  for (let round = 0; round < 3000; round++) {
    /** @type {any[]} */
    const made = []
    /** @param {number} depth @returns {any} */
    const grow = (depth) => {
      if (made.length > 0 && pick(6) === 0) return made[pick(made.length)]
      if (depth === 0 || pick(4) === 0) return leaves[pick(leaves.length)]?.make()
      const kind = pick(5)
      const value = [{}, [], new Map(), new Set(), Object.create(null)][kind]
      made.push(value)
      for (let count = pick(5); count > 0; count--) {
        const part = grow(depth - 1)
        if (kind === 1) value[pick(7)] = part
        else if (kind === 2) value.set(grow(depth - 1), part)
        else if (kind === 3) value.add(part)
        else Object.defineProperty(value, ['a', '~', '3', '1', '__proto__', 'toString'][pick(6)] ?? '', {
          value: part, writable: true, enumerable: true, configurable: true,
        })
      }
      return value
    }
    const value = grow(4)
    const { form, text } = encode(value)
    const found = decode(form, text)
    try {
      assertSame(found, value)
      if (form === JSON_FORM) assert.ok(isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value))
    } catch (error) {
      assert.fail(`seed ${seed}, round ${round}: ${error}`)
    }
  }
})

test('an engine without BigInt and newer classes reads the rest and says what it lacks', () => {
  const { BigInt: had } = globalThis
  const text = '{"~":["BigInt","ff"]}'
  try {
    Reflect.deleteProperty(globalThis, 'BigInt')
    failure(() => decode(TAGGED_FORM, text), 'UNSUPPORTED')
    assertSame(there([new Date(1), NaN]), [new Date(1), NaN])
    if (typeof Reflect.get(globalThis, 'Float16Array') !== 'function') {
      failure(() => decode(TAGGED_FORM, '{"~":["Float16Array",{"~":["ArrayBuffer",""]}]}'), 'UNSUPPORTED')
    }
  } finally {
    Object.defineProperty(globalThis, 'BigInt', { value: had, writable: true, configurable: true })
  }
  assert.equal(decode(TAGGED_FORM, text), BigInt(255))
})
