// The forgiving face: no verb throws, each error is reported once, and the fallback comes back.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { robust } from '../../js/robust.js'

const PLAIN = /** @type {const} */ ([
  'has', 'remove', 'clear', 'getMany', 'removeMany', 'update', 'increment', 'keys', 'entries', 'getMeta',
  'touch',
  'getInfo', 'willFit', 'cleanup', 'lock',
])
const SPECIAL = /** @type {const} */ (['get', 'set', 'setMany'])

/**
 * A storage whose verbs do what they are told.
 * @param {(verb: string, args: any[]) => any} act
 * @returns {any}
 */
function storage(act) {
  /** @type {any} */
  const verbs = { watch: (/** @type {any[]} */ ...args) => act('watch', args) }
  for (const verb of [...PLAIN, ...SPECIAL]) {
    verbs[verb] = async (/** @type {any[]} */ ...args) => act(verb, args)
    verbs[`${verb}Sync`] = (/** @type {any[]} */ ...args) => act(verb, args)
  }
  verbs.namespace = (/** @type {string} */ name) => {
    if (name === '') throw new Error('namespace')
    return storage((verb, args) => act(`${name}.${verb}`, args))
  }
  return verbs
}

/** A robust storage whose every verb fails, and what it reported. @param {any} [options] */
function failing(options) {
  /** @type {any[]} */
  const reports = []
  const inner = storage((verb) => { throw new Error(verb) })
  const onError = (/** @type {any} */ error, /** @type {any} */ where) => {
    reports.push([error.message,
      where.verb, where.key])
  }
  return { face: robust(inner, { onError, ...options }), reports }
}

test('every verb that succeeds answers as the storage does', async () => {
  const face = /** @type {any} */ (robust(storage((verb, args) => [verb, ...args])))
  for (const verb of PLAIN) {
    assert.deepEqual(await face[verb]('k', 1, 2), [verb, 'k', 1, 2])
    assert.deepEqual(face[`${verb}Sync`]('k', 1, 2), [verb, 'k', 1, 2])
  }
  assert.deepEqual(await face.get('k', 7), ['get', 'k', 7])
  assert.deepEqual(face.getSync('k'), ['get', 'k', null])
  assert.equal(await face.set('k', 1, {}), true)
  assert.equal(face.setSync('k', 1), true)
  assert.equal(await face.setMany({}), true)
  assert.equal(face.setManySync({}), true)
  assert.deepEqual(face.watch('k'), ['watch', 'k'])
})

test('every verb that fails returns the fallback and is reported exactly once', async () => {
  const { face, reports } = failing({ fallback: 'fallback' })
  for (const verb of PLAIN) {
    assert.equal(await /** @type {any} */ (face)[verb]('k'), 'fallback')
    assert.deepEqual(reports.splice(0), [[verb, verb, 'k']])
    assert.equal(/** @type {any} */ (face)[`${verb}Sync`]('k'), 'fallback')
    assert.deepEqual(reports.splice(0), [[verb, `${verb}Sync`, 'k']])
  }
})

test('get returns its own default, else the fallback, which is null by default', async () => {
  const { face, reports } = failing()
  assert.equal(await face.get('k'), null)
  assert.equal(face.getSync('k'), null)
  assert.equal(await face.get('k', 5), 5)
  assert.deepEqual(face.getSync('k', {}), {})
  assert.equal(face.getSync('k', false), false)
  assert.equal(failing({ fallback: 0 }).face.getSync('k'), 0)
  assert.equal(reports.length, 5)
})

test('set returns false when it fails, whatever the fallback is', async () => {
  const { face, reports } = failing({ fallback: 'fallback' })
  assert.equal(await face.set('k', 1), false)
  assert.equal(face.setSync('k', 1), false)
  assert.equal(await face.setMany({ k: 1 }), false)
  assert.equal(face.setManySync({ k: 1 }), false)
  assert.equal(reports.length, 4)
})

test('watch returns a function even when it fails', () => {
  const { face, reports } = failing()
  assert.equal(face.watch('k', () => {})(), undefined)
  assert.equal(reports.length, 1)
})

test('a namespace is robust too, and a wrong name is reported by the verbs', async () => {
  const { face, reports } = failing()
  assert.equal(await face.namespace('a').get('k', 1), 1)
  assert.equal(face.namespace('a').namespace('b').setSync('k', 1), false)
  assert.deepEqual(reports.splice(0), [['a.get', 'get', 'k'], ['a.b.set', 'setSync', 'k']])
  const wrong = face.namespace('')
  assert.deepEqual(reports, [])
  assert.equal(wrong.getSync('k', 1), 1)
  assert.deepEqual(reports, [['namespace', 'getSync', 'k']])
})

test('an onError that throws or rejects breaks nothing', async () => {
  /** @type {unknown[]} */
  const unhandled = []
  const hear = (/** @type {unknown} */ reason) => { unhandled.push(reason) }
  process.on('unhandledRejection', hear)
  for (const onError of [
    () => { throw new Error('a') }, async () => { throw new Error('b') },
    () => ({ get then() { throw new Error('c') } }),
  ]) {
    const { face } = failing({ onError })
    assert.equal(face.getSync('k', 1), 1)
    assert.equal(await face.set('k', 1), false)
  }
  await new Promise((resolve) => { setImmediate(resolve) })
  process.off('unhandledRejection', hear)
  assert.deepEqual(unhandled, [])
})

test('errors go to the console when nobody listens, and nowhere where there is none', (t) => {
  const print = t.mock.method(console, 'error', () => {})
  const face = robust(storage(() => { throw new Error('a') }))
  assert.equal(face.getSync('k'), null)
  assert.equal(print.mock.callCount(), 1)
  const had = globalThis.console
  try {
    Reflect.deleteProperty(globalThis, 'console')
    assert.equal(face.getSync('k'), null)
  } finally {
    Object.defineProperty(globalThis, 'console', { value: had, writable: true, configurable: true,
      enumerable: false })
  }
})

test('what is no storage at all fails like any other', async () => {
  /** @type {unknown[]} */
  const reports = []
  const face = robust(/** @type {any} */ (undefined), { onError: (error) => reports.push(error) })
  assert.equal(face.getSync('k', 1), 1)
  assert.equal(await face.has('k'), null)
  assert.equal(reports.length, 2)
})
