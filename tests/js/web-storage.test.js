// `ministash/web-storage` beneath the state libraries it is for, used for real.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createStore as createReduxStore } from 'redux'
import { persistReducer, persistStore } from 'redux-persist'
import { createJSONStorage, persist } from 'zustand/middleware'
import { createStore } from 'zustand/vanilla'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { wechat } from '../../js/hosts/wechat.js'
import { robust } from '../../js/robust.js'
import { deferredWebStorage, webStorage } from '../../js/web-storage.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { folderFor } from './support/host-folder.js'
import { openAt, refused } from './support/shell.js'

/** @typedef {(context: { after(act: () => unknown): void }) => (deferred: boolean) => any} Place */

/**
 * Each gives hosts over the same data, as one process after another has them.
 * @type {Record<string, Place>}
 */
const PLACES = {
  memory: () => {
    const hosts = [memory(), memory({ immediate: false })]
    return deferred => hosts[Number(deferred)]
  },
  node: context => {
    const dir = folderFor(context)
    return deferred => node({ dir, durable: false, immediate: !deferred })
  },
  wechat: () => {
    const { disk } = wechatDouble()
    return deferred => wechat(wechatDouble({ disk }).wx, { deferred })
  },
}

/**
 * @typedef {{ items: any, count: number, add(item: unknown): void }} Cart
 * @param {any} storage What zustand calls a PersistStorage.
 * @param {object} [options]
 */
async function zustandCart(storage, options = {}) {
  const errors = /** @type {unknown[]} */ ([])
  const onRehydrateStorage = () => (/** @type {unknown} */ _, /** @type {unknown} */ error) => {
    if (error) errors.push(error)
  }
  const initial = (/** @type {any} */ set) => /** @type {Cart} */ ({
    items: new Map(),
    count: 0,
    add: item => set((/** @type {Cart} */ { items, count }) =>
      ({ items: new Map(items).set(item, count), count: count + 1 })),
  })
  const persisted = persist(initial, { name: 'cart', storage, onRehydrateStorage, ...options })
  const store = createStore()(/** @type {any} */ (persisted))
  const { persist: control } = /** @type {any} */ (store)
  if (!control.hasHydrated()) await new Promise(resolve => { control.onFinishHydration(resolve) })
  return { store, errors, state: () => /** @type {Cart} */ (store.getState()) }
}

/** What JSON would not bring back. @param {number} at */
const itemOf = at => ({ at, seen: new Date(at), size: BigInt(at) })

/** The whole state but its functions, which no storage can keep. */
const partialize = (/** @type {Cart} */ { items, count }) => ({ items, count })

/** @param {any} storage */
async function reduxCounter(storage) {
  const reducer = persistReducer({ key: 'root', storage }, (state = { count: 0, title: '' }, action) => {
    if (action.type === 'add') return { ...state, count: state.count + 1, title: '中文 🎉' }
    return state
  })
  const store = createReduxStore(reducer)
  const persistor = persistStore(store)
  await new Promise(resolve => {
    const check = () => { if (persistor.getState().bootstrapped) resolve(undefined) }
    persistor.subscribe(check)
    check()
  })
  return { store, persistor }
}

for (const [place, hostsOf] of Object.entries(PLACES)) {
  for (const deferred of [false, true]) {
    describe(`${place}, ${deferred ? 'deferred' : 'immediate'}`, () => {
      const shapes = deferred ? [deferredWebStorage] : [webStorage, deferredWebStorage]
      for (const shape of /** @type {any[]} */ (shapes)) {
        test(`zustand: the state in ${shape.name} survives a restart, exactly`, async context => {
          const hosts = hostsOf(context)
          for (let run = 0; run < 3; run += 1) {
            const { stash, storage } = await openAt(hosts(deferred))
            const adapter = shape(storage)
            const { state, errors } = await zustandCart(adapter, { partialize })
            assert.deepEqual(errors, [])
            assert.deepEqual([...state().items.keys()], Array.from({ length: run }, (_, at) => itemOf(at)))
            assert.equal(state().count, run)
            state().add(itemOf(run))
            // On a deferred host the verbs keep their order: this one is answered after the write.
            assert.equal((await adapter.getItem('cart')).state.count, run + 1)
            await stash.close()
          }
        })

        test(`zustand: so does a state that is stored as JSON in ${shape.name}`, async context => {
          const hosts = hostsOf(context)
          for (let run = 0; run < 2; run += 1) {
            const { stash, storage } = await openAt(hosts(deferred))
            const adapter = shape(storage)
            const { state, store, errors } = await zustandCart(createJSONStorage(() => adapter))
            assert.deepEqual([errors, state().count], [[], run * 5])
            store.setState({ count: state().count + 5 })
            assert.equal(typeof await adapter.getItem('cart'), 'string')
            await stash.close()
          }
        })
      }

      test('redux-persist: the state survives a restart', async context => {
        const hosts = hostsOf(context)
        for (let run = 0; run < 3; run += 1) {
          const { stash, storage } = await openAt(hosts(deferred))
          const { store, persistor } = await reduxCounter(deferredWebStorage(storage.namespace('redux')))
          const { count, title } = store.getState()
          assert.deepEqual([count, title], [run, run === 0 ? '' : '中文 🎉'])
          store.dispatch({ type: 'add' })
          await persistor.flush()
          persistor.pause()
          await stash.close()
        }
      })
    })
  }
}

test('redux-persist: purge removes the state', async () => {
  const { storage } = await openAt()
  const { store, persistor } = await reduxCounter(deferredWebStorage(storage))
  store.dispatch({ type: 'add' })
  await persistor.flush()
  assert.deepEqual(await storage.keys(), ['persist:root'])
  await persistor.purge()
  assert.deepEqual(await storage.keys(), [])
  persistor.pause()
})

test('a missing item is null, and any value comes back as it was', async () => {
  const { storage } = await openAt()
  for (const adapter of /** @type {any[]} */ ([webStorage(storage), deferredWebStorage(storage)])) {
    assert.equal(await adapter.getItem('key'), null)
    await adapter.removeItem('key')
    for (const value of ['', 'text', undefined, null, 0, [1n, new Date(0)], new Map([[1, 2]])]) {
      assert.equal(await adapter.setItem('key', value), undefined)
      assert.deepEqual(await adapter.getItem('key'), value)
    }
    assert.equal(await adapter.removeItem('key'), undefined)
    assert.equal(await adapter.getItem('key'), null)
  }
})

test('the options are those of set, for every item', async () => {
  const { storage, time } = await openAt()
  const options = { ttl: /** @type {const} */ ('10s'), compress: true }
  for (const shape of /** @type {any[]} */ ([webStorage, deferredWebStorage])) {
    const adapter = shape(storage, options)
    await adapter.setItem('key', 'x'.repeat(1000))
    const { expiresAt, compressed } = /** @type {any} */ (await storage.getMeta('key'))
    assert.deepEqual([expiresAt, compressed], [time.now + 10_000, true])
  }
})

test('what is wrong is refused with a code, at once where it can be known', async () => {
  const { stash, storage } = await openAt()
  for (const shape of /** @type {any[]} */ ([webStorage, deferredWebStorage])) {
    for (const wrong of [undefined, null, 7, new Map(), stash]) {
      await refused('INVALID_OPTION', () => shape(wrong), /expected `stash.storage`/)
    }
    await refused('INVALID_OPTION', () => shape(storage, { tll: 1 }), /unknown option/)
    await refused('INVALID_OPTION', () => shape(storage, { ttl: 'soon' }), /ttl/)
    await refused('INVALID_OPTION', () => shape(storage, { ifVersion: 1 }), /unknown option/)
    await refused('INVALID_KEY', () => shape(storage).getItem(''))
    await refused('INVALID_KEY', () => shape(storage).setItem(7, 'x'))
    const error = await refused('INVALID_VALUE', () => shape(storage).setItem('key', { state: { add() {} } }))
    assert.equal(error.path, '$.state.add')
  }
  const later = await openAt(memory({ immediate: false }))
  await refused('NOT_IMMEDIATE', () => webStorage(later.storage), /use deferredWebStorage/)
})

test('over a forgiving storage nothing throws', async () => {
  const { storage } = await openAt()
  const errors = /** @type {string[]} */ ([])
  const forgiving = robust(storage, { onError: ({ code }) => errors.push(code) })
  for (const adapter of /** @type {any[]} */ ([webStorage(forgiving), deferredWebStorage(forgiving)])) {
    await adapter.setItem('key', { add() {} })
    assert.equal(await adapter.getItem('key'), null)
  }
  assert.deepEqual(errors, ['INVALID_VALUE', 'INVALID_VALUE'])
})
