// How often each verb asks the host, on every kind of host: the table of architecture.md, held. A host call
// is the unit of cost, for across the bridge of a phone each takes about a millisecond.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { wechat } from '../../js/hosts/wechat.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { openAt } from './support/shell.js'

/** @typedef {import('./support/shell.js').DeferredStorage} DeferredStorage */

const BATCH = 50
const entriesOf = (/** @type {string} */ prefix) =>
  Object.fromEntries(Array.from({ length: BATCH }, (_, at) => [`${prefix}${at}`, { at }]))
const MANY = entriesOf('many')
const NAMES = Object.keys(MANY)

/** The hosts, each made anew by its function. @type {Record<string, () => any>} */
const HOSTS = {
  'wx': () => wechat(wechatDouble().wx),
  'wx, by callbacks': () => wechat(wechatDouble().wx, { deferred: true }),
  'wx without batches': () => wechat(wechatDouble({ baseLibrary: '2.17.3' }).wx),
  'text': () => memory(),
  'text, deferred': () => memory({ immediate: false }),
  'text, one by one': () => memory({ batch: false }),
  'text, atomic': () => memory({ atomic: true }),
  'native': () => memory({ holds: 'native' }),
  'native, shared': () => ({ ...memory({ holds: 'native' }), exclusive: false }),
}

/**
 * The default namespace, and one that nobody else writes.
 * @typedef {{ storage: DeferredStorage, own: DeferredStorage }} Places
 */
/**
 * One step: its name, what is done, and how many calls it costs on each of the hosts.
 * @typedef {[name: string, act: (all: Places) => Promise<unknown>, calls: number[]]} Step
 */

/** In a store that is new, and then in the same one. @type {Step[]} */
const STEPS = [
  ['set, the first of all', ({ storage }) => storage.set('a', 1), [1, 1, 1, 3, 3, 3, 3, 3, 2]],
  ['set of a new key', ({ storage }) => storage.set('b', 1), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['set over it', ({ storage }) => storage.set('b', 'two', { ttl: '1h' }), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['get', ({ storage }) => storage.get('b'), [1, 1, 1, 0, 0, 0, 0, 1, 1]],
  ['get of nothing', ({ storage }) => storage.get('none'), [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ['has', ({ storage }) => storage.has('b'), [1, 1, 1, 0, 0, 0, 0, 1, 1]],
  ['remove', ({ storage }) => storage.remove('b'), [2, 2, 2, 1, 1, 1, 1, 2, 2]],
  ['increment', ({ storage }) => storage.increment('a'), [3, 3, 3, 1, 1, 1, 1, 3, 3]],
  ['own: set', ({ own }) => own.set('a', 1), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['own: get', ({ own }) => own.get('a'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['own: getMeta', ({ own }) => own.getMeta('a'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['own: touch', ({ own }) => own.touch('a', { ttl: '1h' }), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['own: increment', ({ own }) => own.increment('a'), [1, 1, 1, 1, 1, 1, 1, 1, 3]],
  ['own: remove', ({ own }) => own.remove('a'), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['own: get of what was removed', ({ own }) => own.get('a'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['own: remove of nothing', ({ own }) => own.remove('a'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['own: get of nothing', ({ own }) => own.get('none'), [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ['own: get of nothing again', ({ own }) => own.get('none'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['setMany, the first', ({ storage }) => storage.setMany(MANY), [3, 3, 52, 4, 4, 53, 1, 4, 5]],
  ['setMany', ({ storage }) => storage.setMany(MANY), [3, 3, 52, 3, 3, 52, 1, 3, 4]],
  ['getMany', ({ storage }) => storage.getMany(NAMES), [1, 1, 50, 0, 0, 0, 0, 1, 1]],
  ['keys', ({ storage }) => storage.keys(), [2, 2, 52, 1, 1, 1, 1, 2, 2]],
  ['own: setMany', ({ own }) => own.setMany(MANY), [3, 3, 52, 3, 3, 52, 1, 3, 4]],
  ['own: getMany', ({ own }) => own.getMany(NAMES), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['own: keys', ({ own }) => own.keys(), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['own: entries', ({ own }) => own.entries(), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['own: removeMany', ({ own }) => own.removeMany(NAMES), [52, 52, 52, 3, 3, 52, 1, 3, 4]],
]

/** In the same store opened again. @type {Step[]} */
const AGAIN = [
  ['again: get', ({ storage }) => storage.get('a'), [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ['again: set over it', ({ storage }) => storage.set('a', 5), [1, 1, 1, 1, 1, 1, 1, 1, 2]],
  ['again: set over what was not read', ({ storage }) => storage.set('many1', 5),
    [2, 2, 2, 2, 2, 2, 2, 2, 2]],
  ['again: set of a new key', ({ storage }) => storage.set('new', 1), [2, 2, 2, 2, 2, 2, 2, 2, 2]],
  ['again: set of a second new key', ({ storage }) => storage.set('new2', 1), [2, 2, 2, 2, 2, 2, 2, 2, 2]],
  ['again: set of a third new key', ({ storage }) => storage.set('new3', 1), [1, 1, 1, 2, 2, 2, 2, 2, 2]],
  ['again: setMany, the first', ({ storage }) => storage.setMany(MANY), [5, 5, 102, 5, 5, 102, 2, 5, 5]],
  ['again: setMany', ({ storage }) => storage.setMany(MANY), [3, 3, 52, 3, 3, 52, 1, 3, 4]],
  ['again: own: get', ({ own }) => own.get('b'), [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ['again: own: get again', ({ own }) => own.get('b'), [0, 0, 0, 0, 0, 0, 0, 0, 1]],
]

const FIRST_OPEN = [3, 3, 4, 3, 3, 4, 3, 3, 5]
const OPEN = [1, 1, 2, 2, 2, 3, 2, 2, 2]

for (const [index, [name, make]] of Object.entries(HOSTS).entries()) {
  test(`the host calls of each verb: ${name}`, async t => {
    const host = make()
    /** @type {[string, number, number][]} */
    const wrong = []
    /** @type {(what: string, calls: number, expected: number | undefined) => void} */
    const note = (what, calls, expected = NaN) => {
      t.diagnostic(`${what}: ${calls}`)
      if (calls !== expected) wrong.push([what, calls, expected])
    }
    /** @type {[Step[], number[]][]} */
    const sessions = [[STEPS, FIRST_OPEN], [AGAIN, OPEN]]
    for (const [steps, opening] of sessions) {
      const { stash, storage } = await openAt(host)
      note(steps === STEPS ? 'open, the first' : 'open', stash.hostCalls, opening[index])
      const places = { storage, own: storage.namespace('own') }
      for (const [what, act, expected] of steps) {
        const before = stash.hostCalls
        await act(places)
        note(what, stash.hostCalls - before, expected[index])
      }
      await stash.close()
    }
    assert.deepEqual(wrong, [])
  })
}
