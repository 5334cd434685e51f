// defineHost: what is wrong with a host of one's own is said before it is used. And detect, which finds ours.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detect } from '../../js/detect.js'
import { defineHost } from '../../js/hosts/define-host.js'
import { fault } from '../../js/hosts/host.js'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'

/** @type {any} */
const good = {
  name: 'mine', immediate: true, holds: 'text',
  read() {}, write() {}, remove() {}, list() { return [] },
}

test('a whole definition is returned as a frozen copy', () => {
  const host = defineHost(good)
  assert.notEqual(host, good)
  assert.ok(Object.isFrozen(host))
  assert.deepEqual(host.list(''), [])
})

test('whatever is missing or wrong in a definition is named, with what was expected', () => {
  const cases = /** @type {[object | undefined | null | string, RegExp][]} */ ([
    [undefined, /expected a host object, got undefined$/],
    [null, /expected a host object, got null$/],
    ['node', /expected a host object, got "node"$/],
    [{ ...good, lists: 'no' }, /expected a boolean `lists`, got "no"$/],
    [{ ...good, list: undefined }, /expected a function `list\(prefix\)`, got undefined$/],
    [{ ...good, write: 'no' }, /expected a function `write\(key, data\)`, got "no"$/],
    [{ ...good, name: '' }, /expected a string `name`, got ""$/],
    [{ ...good, name: 7 }, /expected a string `name`, got 7$/],
    [{ ...good, immediate: 'yes' }, /expected a boolean `immediate`, got "yes"$/],
    [{ ...good, holds: 'json' }, /expected 'text', 'bytes' or 'native' in `holds`, got "json"$/],
    [{ ...good, readMany: {} }, /expected a function `readMany\(keys\)`, got object$/],
    [{ ...good, commit: null }, /expected a function `commit\(change\)`, got null$/],
    [{ ...good, limits: 5 }, /whole numbers above 0 .* in `limits`, got 5$/],
    [{ ...good, limits: { entryBytes: 0 } }, /whole numbers above 0 as `entryBytes`/],
    [{ ...good, limits: { totalBytes: 1.5 } }, /whole numbers above 0/],
    [{ ...good, limits: { totalBytes: '10' } }, /whole numbers above 0/],
    [{ ...good, foreignPrefixes: 'uni_' }, /an array of strings in `foreignPrefixes`, got "uni_"$/],
    [{ ...good, foreignPrefixes: [''] }, /an array of strings in `foreignPrefixes`/],
    [{ ...good, witness: {} }, /functions `read\(\)` and `write\(text\)` in `witness`, got object$/],
    [{ ...good, files: {} }, /functions `open\(path\)` and, if at all, .* in `files`, got object$/],
    [{ ...good, files: { open() {}, keep: 'no' } },
      /`place\(path\)`, `keep\(path\)` and `drop\(kept\)` in `files`/],
    [{ name: 'a' }, /`immediate`.*`holds`.*`read\(key\)`.*`write.*`remove.*`list/],
  ])
  for (const [definition, expected] of cases) {
    assert.throws(() => defineHost(/** @type {any} */ (definition)), error => {
      assert.equal(Object(error).code, 'INVALID_OPTION')
      assert.match(Object(error).message, expected)
      return true
    })
  }
})

test('a wrong limit given to a host of ours is refused in the same words', () => {
  const wrong = /** @type {any[]} */ (
    [null, 7, { Holds: 'text' }, { batch: 'yes' }, { dir: 1n }, { durable: 1 }])
  for (const options of wrong) {
    assert.throws(() => memory(options), { code: 'INVALID_OPTION' })
    assert.throws(() => node(options), { code: 'INVALID_OPTION' })
  }
  assert.throws(() => memory({ entryBytes: -1 }), { code: 'INVALID_OPTION' })
  assert.throws(() => memory({ holds: /** @type {any} */ ('json') }), { code: 'INVALID_OPTION' })
})

test('a class makes a host too: its methods keep their `this`', () => {
  class Mine {
    name = 'mine'
    holds = /** @type {const} */ ('text')
    /** @type {Map<string, any>} */
    map = new Map()
    get immediate() { return /** @type {const} */ (true) }
    /** @param {string} key */
    read(key) { return this.map.get(key) }
    /** @param {string} key @param {unknown} data */
    write(key, data) { this.map.set(key, data) }
    /** @param {string} key */
    remove(key) { this.map.delete(key) }
    /** @param {string} prefix */
    list(prefix) { return [...this.map.keys()].filter(key => key.startsWith(prefix)) }
  }
  const { read, write, list, immediate } = defineHost(new Mine())
  write('a', '1')
  assert.deepEqual([read('a'), list(''), immediate], ['1', ['a'], true])
})

test('a fault carries its code, its message and its cause', () => {
  const cause = new Error('beneath')
  const refusal = fault('BUSY', 'held by another', cause)
  assert.ok(refusal instanceof Error)
  assert.deepEqual([refusal.fault, refusal.message, refusal.cause], ['BUSY', 'held by another', cause])
  assert.equal('cause' in fault('BUSY', 'held by another'), false)
})

test('detect finds Node, and elsewhere says what to pass', t => {
  assert.deepEqual([detect().name, detect().immediate], ['node', true])
  const versions = Object.getOwnPropertyDescriptor(process, 'versions')
  t.after(() => Object.defineProperty(process, 'versions', versions ?? {}))
  Object.defineProperty(process, 'versions', { ...versions, value: {} })
  assert.throws(detect, error => {
    assert.equal(Object(error).code, 'UNSUPPORTED')
    assert.match(Object(error).message, /memory\(\).*defineHost/)
    return true
  })
})

test('a Node too old for the folder host is told which one it needs', t => {
  t.mock.method(process, 'getBuiltinModule', undefined)
  Object.defineProperty(process, 'getBuiltinModule', { value: undefined, configurable: true, writable: true })
  assert.throws(detect, { code: 'UNSUPPORTED', message: /Node 20\.19/ })
})
