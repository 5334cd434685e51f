// The contestants of the storage bench: each the same few verbs over a `wx` of its own. What a peer has no
// verb for is missing here, and a dash in the table.
// @ts-check
import Keyv from 'keyv'
import localforage from 'localforage'
import { createStorage } from 'unstorage'
import { open, wechat } from '../../../js/index.js'
import { simulatedWx } from './wx.js'

/**
 * A store of the bench. A verb returns a Promise only if the peer does.
 * @typedef {object} Store
 * @property {string} name
 * @property {{ calls: number }} state Counts the calls of the host.
 * @property {(key: string) => any} get
 * @property {(key: string, value: unknown) => any} set
 * @property {(key: string, value: unknown) => any} [setFor] Stores for an hour.
 * @property {(keys: string[]) => any} getMany
 * @property {(entries: [string, unknown][]) => any} setMany
 * @property {(key: string) => any} [getOwned] Reads from a namespace that nobody else writes.
 * @property {(key: string, value: unknown) => any} [setOwned]
 * @property {() => any} open Opens a store of this kind over the records that are there.
 */

const HOUR = 3_600_000

/** Every contestant over a host of its own. @param {number} bridgeMs @returns {Promise<Store[]>} */
export async function stores(bridgeMs) {
  return [
    raw(simulatedWx(bridgeMs)),
    wrapper(simulatedWx(bridgeMs)),
    await ours(bridgeMs, 'Sync'),
    await ours(bridgeMs, ''),
    await forage(simulatedWx(bridgeMs)),
    unstorage(simulatedWx(bridgeMs)),
    keyv(simulatedWx(bridgeMs)),
  ]
}

/** @typedef {ReturnType<typeof simulatedWx>} Simulated */

/** @param {Simulated} simulated @returns {Store} */
function raw({ wx, state }) {
  return {
    name: 'raw host',
    state,
    get: key => wx.getStorageSync(key),
    set: (key, value) => wx.setStorageSync(key, value),
    getMany: keys => keys.map(key => wx.getStorageSync(key)),
    setMany(entries) {
      for (const [key, value] of entries) wx.setStorageSync(key, value)
    },
    getOwned: key => wx.getStorageSync(key),
    setOwned: (key, value) => wx.setStorageSync(key, value),
    open: () => wx,
  }
}

/**
 * What people write by hand: the value beside the time of its end.
 * @param {Simulated} simulated
 * @returns {Store}
 */
function wrapper({ wx, state }) {
  const get = (/** @type {string} */ key) => {
    const entry = wx.getStorageSync(key)
    if (entry === '') return undefined
    if (entry.expiresAt !== 0 && entry.expiresAt <= Date.now()) {
      wx.removeStorageSync(key)
      return undefined
    }
    return entry.value
  }
  const set = (/** @type {string} */ key, /** @type {unknown} */ value, ttl = 0) =>
    wx.setStorageSync(key, { value, expiresAt: ttl === 0 ? 0 : Date.now() + ttl })
  return {
    name: 'TTL wrapper',
    state,
    get,
    set,
    setFor: (key, value) => set(key, value, HOUR),
    getMany: keys => keys.map(get),
    setMany: entries => entries.forEach(([key, value]) => set(key, value)),
    getOwned: get,
    setOwned: set,
    open: () => wx,
  }
}

/**
 * @param {number} bridgeMs
 * @param {'Sync' | ''} twin Whether the verbs that answer at once are measured, or their Promises.
 * @returns {Promise<Store>}
 */
async function ours(bridgeMs, twin) {
  const { wx, state } = simulatedWx(bridgeMs)
  const stash = await open({ host: wechat(wx) })
  const storage = /** @type {any} */ (stash.storage)
  const owned = storage.namespace('owned')
  const other = simulatedWx(bridgeMs)
  const verb = (/** @type {any} */ space, /** @type {string} */ name) => space[name + twin].bind(space)
  const [set, setOwned] = [verb(storage, 'set'), verb(owned, 'set')]
  return {
    name: `MiniStash${twin === '' ? ', awaited' : ''}`,
    state,
    get: verb(storage, 'get'),
    set,
    setFor: (key, value) => set(key, value, { ttl: HOUR }),
    getMany: verb(storage, 'getMany'),
    setMany: verb(storage, 'setMany'),
    getOwned: verb(owned, 'get'),
    setOwned,
    // One `wx` is open once, so it is another one; the core is loaded already.
    async open() {
      const before = other.state.calls
      await (await open({ host: wechat(other.wx) })).close()
      state.calls += other.state.calls - before
    },
  }
}

let forages = 0

/** @param {Simulated} simulated @returns {Promise<Store>} */
async function forage({ wx, state }) {
  // A driver is defined once for the whole process, and each bridge has one.
  const driver = `wx ${forages += 1}`
  await localforage.defineDriver({
    _driver: driver,
    _support: true,
    _initStorage() {},
    getItem: async key => wx.getStorageSync(key),
    setItem: async (key, value) => { wx.setStorageSync(key, value); return value },
    removeItem: async key => wx.removeStorageSync(key),
    clear: async () => { for (const key of wx.getStorageInfoSync().keys) wx.removeStorageSync(key) },
    iterate: () => Promise.reject(new Error('not measured')),
    key: async index => wx.getStorageInfoSync().keys[index],
    keys: async () => wx.getStorageInfoSync().keys,
    length: async () => wx.getStorageInfoSync().keys.length,
  })
  const make = async () => {
    const instance = localforage.createInstance({ driver, name: 'bench' })
    await instance.ready()
    return instance
  }
  const store = await make()
  return {
    name: 'localForage',
    state,
    get: key => store.getItem(key),
    set: (key, value) => store.setItem(key, value),
    getMany: keys => Promise.all(keys.map(key => store.getItem(key))),
    setMany: entries => Promise.all(entries.map(([key, value]) => store.setItem(key, value))),
    getOwned: key => store.getItem(key),
    setOwned: (key, value) => store.setItem(key, value),
    open: make,
  }
}

/** @param {Simulated} simulated @returns {Store} */
function unstorage({ wx, state }) {
  const make = () => createStorage({
    driver: {
      name: 'wx',
      hasItem: key => wx.getStorageSync(key) !== '',
      getItem: key => wx.getStorageSync(key),
      setItem: (key, value) => wx.setStorageSync(key, value),
      removeItem: key => wx.removeStorageSync(key),
      getKeys: () => wx.getStorageInfoSync().keys,
    },
  })
  const store = make()
  return {
    name: 'unstorage',
    state,
    get: key => store.getItem(key),
    set: (key, value) => store.setItem(key, /** @type {any} */ (value)),
    getMany: keys => store.getItems(keys),
    setMany: entries => store.setItems(entries.map(([key, value]) =>
      ({ key, value: /** @type {any} */ (value) }))),
    getOwned: key => store.getItem(key),
    setOwned: (key, value) => store.setItem(key, /** @type {any} */ (value)),
    open: make,
  }
}

/** @param {Simulated} simulated @returns {Store} */
function keyv({ wx, state }) {
  const make = () => new Keyv({
    store: {
      opts: {},
      get: (/** @type {string} */ key) => wx.getStorageSync(key) || undefined,
      set: (/** @type {string} */ key, /** @type {any} */ value) => wx.setStorageSync(key, value),
      delete: (/** @type {string} */ key) => wx.removeStorageSync(key),
      clear: () => { for (const key of wx.getStorageInfoSync().keys) wx.removeStorageSync(key) },
    },
  })
  const store = make()
  return {
    name: 'keyv',
    state,
    get: key => store.get(key),
    set: (key, value) => store.set(key, value),
    setFor: (key, value) => store.set(key, value, HOUR),
    getMany: keys => store.get(keys),
    setMany: entries => store.setMany(entries.map(([key, value]) => ({ key, value }))),
    getOwned: key => store.get(key),
    setOwned: (key, value) => store.set(key, value),
    open: make,
  }
}
