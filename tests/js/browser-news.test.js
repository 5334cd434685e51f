// @ts-check
/** What tabs tell each other, over an IndexedDB in memory and the channels of Node; how room is refused. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { browserIndexedDb } from '../../js/hosts/browser-indexed-db.js'
import { isQuotaError } from '../../js/hosts/browser.js'
import { memory } from '../../js/hosts/memory.js'
import { openAt, settle } from './support/shell.js'

/** @import { News } from '../../js/hosts/host.js' */

Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange })

/** Two stashes on one database, and what the second one hears, as short words. @param {string} name */
async function twoTabs(name) {
  const [here, there] = [await openAt(browserIndexedDb({ name })), await openAt(browserIndexedDb({ name }))]
  /** @type {string[]} */
  const heard = []
  /** @type {() => void} */
  let wake = () => {}
  const listen = (/** @type {string} */ space, /** @type {any} */ place) => place.watch({ prefix: '' },
    (/** @type {any} */ { type, namespace, key, isElsewhere }) => {
      assert.equal(namespace, space)
      heard.push([isElsewhere ? 'elsewhere' : 'here', type, namespace, key].join(' ').trim())
      wake()
    })
  listen('', there.storage)
  listen('n/a/b', there.storage.namespace('n').namespace('a/b'))
  /** Waits until so many events were heard. @param {number} count */
  const until = async count => {
    while (heard.length < count) await new Promise(resolve => { wake = () => resolve(undefined) })
    return heard.splice(0)
  }
  return { here, there, until, heard }
}

describe('tabs', () => {
  test('hear of every change that another one made, in order, and of their own once', async () => {
    const { here, there, until } = await twoTabs('news')
    const nested = here.storage.namespace('n').namespace('a/b')
    await here.storage.set('one', 1, { ttl: '1m' })
    await here.storage.setMany({ two: 2, three: 3 })
    await nested.update('deep', () => 4)
    await here.storage.remove('two')
    await here.storage.remove('nothing')
    await nested.clear()
    await there.storage.set('own', 5)
    here.time.now += 61_000
    await here.storage.cleanup()
    const all = await until(8)
    assert.deepEqual(all.filter(text => text.startsWith('here')), ['here set  own'])
    assert.deepEqual(all.filter(text => text.startsWith('elsewhere')), [
      'elsewhere set  one', 'elsewhere set  two', 'elsewhere set  three', 'elsewhere set n/a/b deep',
      'elsewhere remove  two', 'elsewhere clear n/a/b', 'elsewhere expire  one',
    ])
    // What was heard can be read.
    assert.equal(await there.storage.get('three'), 3)
    await Promise.all([here.stash.close(), there.stash.close()])
  })

  test('that are closed hear nothing, and a change is no less made when nobody hears', async () => {
    const { here, there, heard } = await twoTabs('closed')
    const third = await openAt(browserIndexedDb({ name: 'closed' }))
    const isTold = new Promise(resolve => { third.storage.watch('key', resolve) })
    await there.stash.close()
    await here.storage.set('key', 1)
    await isTold
    await Promise.all([here.stash.close(), third.stash.close()])
    assert.deepEqual(heard, [])
  })

  test('of another version are not understood, and harm nothing', async () => {
    const odd = [undefined, null, 7, 'set', {}, [null], [{}], [{ type: 'set' }], [{ type: 'set', path: '' }],
      [{ type: 'eval', path: '', key: 'k' }], [{ type: 'set', path: 5, key: 'k' }],
      [{ type: 'set', path: '', key: 6 }], [{ type: 'set', hostKey: '~ms~s' }],
      [{ type: 'set', hostKey: '~ms~p0123.0~key' }], [{ type: 'remove', hostKey: '' }]]
    /** @type {(news: any) => void} */
    let say = () => {}
    const hear = (/** @type {typeof say} */ listener) => { say = listener; return () => {} }
    const { stash, storage } = await openAt({ ...memory(), others: { tell() {}, hear } })
    const heard = Array.from({ length: 0 }, () => /** @type {any} */ (undefined))
    const note = (/** @type {any} */ event) => { heard.push(event) }
    storage.watch({ prefix: '' }, note)
    for (const news of odd) say(news)
    assert.deepEqual(heard, [])
    say([{ type: 'set', hostKey: 'plain' }])
    assert.deepEqual(heard, [{ type: 'set', namespace: '', isElsewhere: true, key: 'plain' }])
    storage.namespace('50%/~').watch('k~k', note)
    say([{ type: 'remove', hostKey: '~ms~n/50%25%2f%7e~k~k' }])
    assert.deepEqual(heard.at(-1), { type: 'remove', namespace: '50%/~', isElsewhere: true, key: 'k~k' })
    say([{ type: 'wiped' }])
    await settle()
    assert.equal(stash.wiped?.code, 'WIPED')
    // Both watchers.
    assert.deepEqual(heard.map(({ type }) => type), ['set', 'remove', 'wiped', 'wiped'])
    await stash.close()
  })

  test('a host tells of changes only what was changed, never a value', async () => {
    /** @type {News[]} */
    const told = []
    const others = { tell: (/** @type {News[]} */ news) => { told.push(...news) }, hear: () => () => {} }
    const { stash, storage } = await openAt({ ...memory(), others })
    storage.setSync('key', 'secret')
    await assert.rejects(storage.set('key', () => {}))
    storage.namespace('n').setSync('key', 'secret')
    assert.deepEqual(told, [{ type: 'set', path: '', key: 'key' }, { type: 'set', path: 'n', key: 'key' }])
    await stash.close()
  })
})

test('that there is no room is known by what each browser says', () => {
  // Chromium and Safari; Firefox of localStorage; Safari before 11; the class of the newer standard.
  const full = [{ name: 'QuotaExceededError', code: 22 }, { name: 'NS_ERROR_DOM_QUOTA_REACHED', code: 1014 },
    { name: 'QUOTA_EXCEEDED_ERR', code: 22 }, { name: 'QuotaExceededError', code: 0, quota: 1, requested: 2 },
    new DOMException('', 'QuotaExceededError')]
  for (const error of full) assert.equal(isQuotaError(error), true, JSON.stringify(error))
  const others = [{ name: 'UnknownError', code: 0 }, new DOMException('', 'AbortError'), null]
  for (const error of others) assert.equal(isQuotaError(error), false, JSON.stringify(error))
})
