// @ts-check
/** Watchers: who hears what, in which order, whatever the listeners do. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { CAUSED_EVENTS_MAX } from '../../js/watch.js'
import { openAt, refused, settle } from './support/shell.js'

/** @typedef {import('../../js/watch.js').WatchEvent} WatchEvent */

/** @param {WatchEvent} event */
const told = ({ type, key }) => key === undefined ? type : `${type} ${key}`

for (const immediate of [true, false]) {
  /** @param {any} [options] */
  const start = async options => {
    const { storage, stash, time } = await openAt(memory({ immediate }), options)
    /** @type {string[]} */
    const heard = []
    const hear = (/** @type {WatchEvent} */ event) => { heard.push(told(event)) }
    return { storage, stash, time, heard, hear }
  }

  describe(immediate ? 'immediate' : 'deferred', () => {
    test('a watcher hears what happens to its keys, after it has happened', async () => {
      const { storage, time, heard, hear } = await start()
      storage.watch('key', hear)
      storage.watch({ prefix: 'k' }, event => { heard.push(`prefix: ${told(event)}`) })
      storage.namespace('other').watch('key', hear)
      await storage.set('key', 1)
      await storage.set('other', 1)
      await storage.setMany({ kk: 1, x: 1, key: 2 })
      await storage.update('key', () => 3)
      await storage.remove('key')
      await storage.remove('key')
      await storage.removeMany(['kk', 'none'])
      await storage.touch('x', { ttl: 1 })
      await storage.set('key', 4, { ttl: 1000 })
      time.now += 1000
      assert.equal(await storage.get('key'), undefined)
      await storage.cleanup()
      await storage.clear()
      await storage.clear()
      assert.deepEqual(heard, [
        'set key', 'prefix: set key', 'prefix: set kk', 'set key', 'prefix: set key',
        'set key', 'prefix: set key', 'remove key', 'prefix: remove key', 'prefix: remove kk',
        'set key', 'prefix: set key',
        'expire key', 'prefix: expire key', 'clear', 'prefix: clear',
      ])
    })

    test('an event names its namespace, cannot be changed, and carries no value', async () => {
      const { storage } = await start()
      /** @type {WatchEvent[]} */
      const events = []
      const space = storage.namespace('a').namespace('b')
      space.watch({ prefix: '' }, event => { events.push(event) })
      await space.set('key', 'value')
      await space.clear()
      const namespace = 'a/b'
      assert.deepEqual(events, [{ type: 'set', namespace, key: 'key' }, { type: 'clear', namespace }])
      assert.ok(Object.isFrozen(events[0]))
    })

    test('nothing is told of what was refused', async () => {
      const { storage, heard, hear } = await start()
      storage.watch({ prefix: '' }, hear)
      await refused('INVALID_VALUE', () => storage.setMany({ a: 1, b: () => {} }))
      await refused('CONFLICT', () => storage.set('a', 1, { ifVersion: 7 }))
      assert.deepEqual(heard, [])
    })

    test('a listener that throws or rejects is reported and harms nobody', async () => {
      /** @type {string[]} */
      const reports = []
      const { storage, heard, hear } = await start({
        onListenerError: (/** @type {Error} */ error, /** @type {WatchEvent} */ event) => {
          reports.push(`${error.message}: ${told(event)}`)
          throw new Error('the report fails, too')
        },
      })
      storage.watch('key', () => { throw new Error('thrown') })
      storage.watch('key', async () => { throw new Error('rejected') })
      storage.watch('key', hear)
      await storage.set('key', 1)
      await settle()
      assert.deepEqual(heard, ['set key'])
      assert.deepEqual(reports, ['thrown: set key', 'rejected: set key'])
    })

    test('events that a listener causes come after the current one has been told to all', async () => {
      const { storage, heard, hear } = await start()
      /** @type {Promise<unknown>[]} */
      const caused = []
      storage.watch({ prefix: '' }, event => {
        if (event.key === 'one') caused.push(storage.set('two', 1), storage.set('three', 1))
      })
      storage.watch({ prefix: '' }, hear)
      await storage.setMany({ one: 1, last: 1 })
      await Promise.all(caused)
      assert.deepEqual(heard, ['set one', 'set last', 'set two', 'set three'])
    })

    test('who stops watching while events are told hears no more, who starts only later ones', async () => {
      const { storage, heard, hear } = await start()
      /** @type {(() => void)[]} */
      const ends = []
      let isFirst = true
      storage.watch('key', () => {
        ends.forEach(end => end())
        if (isFirst) storage.watch('key', event => { heard.push(`late: ${told(event)}`) })
        isFirst = false
      })
      ends.push(storage.watch('key', hear), storage.watch('key', hear))
      await storage.set('key', 1)
      assert.deepEqual(heard, [])
      await storage.remove('key')
      assert.deepEqual(heard, ['late: remove key'])
      ends.forEach(end => end())
    })

    test('a watcher registered by a listener does not hear of what was committed before', async () => {
      const { storage, heard, hear } = await start()
      const end = storage.watch('a', () => {
        end()
        storage.watch({ prefix: '' }, hear)
      })
      await storage.setMany({ a: 1, b: 1 })
      assert.deepEqual(heard, [])
      await storage.set('c', 1)
      assert.deepEqual(heard, ['set c'])
    })

    test('a listener may close the stash', async () => {
      const { storage, stash, hear } = await start()
      /** @type {Promise<void> | undefined} */
      let closing
      storage.watch('key', () => { closing = stash.close() })
      storage.watch('key', hear)
      await storage.set('key', 1)
      await closing
      await refused('CLOSED', () => storage.set('key', 1))
      await refused('CLOSED', () => storage.watch('key', hear))
    })

    test('the events of concurrent verbs come in the order of their commits', async () => {
      const { storage, heard, hear } = await start()
      storage.watch({ prefix: '' }, hear)
      await Promise.all([
        storage.set('a', 1), storage.remove('a'), storage.get('a'), storage.set('b', 1), storage.clear(),
      ])
      assert.deepEqual(heard, ['set a', 'remove a', 'set b', 'clear'])
    })

    test('what to watch and who listens is checked', async () => {
      const { storage } = await start()
      const any = /** @type {any} */ (storage)
      await refused('INVALID_KEY', () => any.watch(7, () => {}))
      await refused('INVALID_KEY', () => any.watch({}, () => {}))
      await refused('INVALID_OPTION', () => any.watch(null, () => {}))
      await refused('INVALID_OPTION', () => any.watch({ prefx: 'a' }, () => {}))
      await refused('INVALID_OPTION', () => any.watch('key'))
    })
  })
}

test('listeners that chase each other are stopped and reported', async () => {
  /** @type {any[]} */
  const reports = []
  const onListenerError = (/** @type {any} */ error) => { reports.push(error) }
  const { storage } = await openAt(memory(), { onListenerError })
  let calls = 0
  const end = storage.watch('key', () => {
    calls += 1
    storage.setSync('key', calls)
  })
  storage.setSync('key', 0)
  assert.equal(reports.length, 1)
  assert.equal(reports[0].code, 'BUSY')
  assert.equal(calls, CAUSED_EVENTS_MAX + 1)
  end()
  storage.watch('key', () => { calls = 0 })
  storage.setSync('key', 'again')
  assert.equal(calls, 0)
})

describe('a wipe', () => {
  for (const immediate of [true, false]) {
    test(`is told once by the next open, and to the first watchers (${immediate})`, async () => {
      const host = memory({ immediate })
      const first = await openAt(host)
      assert.equal(first.stash.wiped, null)
      await first.storage.set('key', 1)
      await first.stash.close()
      host.wipe()

      const { stash, storage } = await openAt(host)
      assert.equal(stash.wiped?.code, 'WIPED')
      await settle()
      /** @type {string[]} */
      const heard = []
      storage.watch('key', event => { heard.push(`one: ${event.type} ${event.error?.code}`) })
      storage.namespace('n').watch({ prefix: '' }, event => { heard.push(`two: ${event.type}`) })
      assert.equal(heard.length, 0)
      await settle()
      assert.deepEqual(heard, ['one: wiped WIPED', 'two: wiped'])
      storage.watch('key', event => { heard.push(`late: ${event.type}`) })
      await settle()
      assert.equal(heard.length, 2)
      await stash.close()

      const third = await openAt(host)
      assert.equal(third.stash.wiped, null)
    })

    test(`while the store is open is told when it is found, once (${immediate})`, async () => {
      const host = memory({ immediate })
      const { stash, storage } = await openAt(host)
      await storage.set('key', 1)
      /** @type {string[]} */
      const heard = []
      storage.watch('key', event => { heard.push(event.type) })
      host.wipe()
      await storage.keys()
      await settle()
      assert.deepEqual(heard, ['wiped'])
      assert.equal(stash.wiped?.code, 'WIPED')
      await storage.keys()
      await stash.close()
      assert.equal((await openAt(host)).stash.wiped, null)
      assert.deepEqual(heard, ['wiped'])
    })
  }
})
