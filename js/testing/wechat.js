// @ts-check
/**
 * A double of WeChat's storage, and of those that are called alike: what `wx` offers by client and base
 * library, what it does with values, how it refuses, and when it calls back. It can be told to refuse, to
 * lose what it acknowledged, to be late and to die between two calls.
 */

import { later, randomBytes } from './place.js'
import { PowerCut } from './power-cut.js'
import { PERSONALITIES, Refusal, toldOf } from './wechat-errors.js'
import { Disk } from './wechat-disk.js'
import { decode, encode } from './wechat-values.js'
import { isAtLeast } from './wechat-version.js'

/** @import { Reason } from './wechat-errors.js' */
/** @import { Records } from './wechat-disk.js' */

/**
 * One call of `wx`, numbered from 1.
 * @typedef {object} Call
 * @property {number} number
 * @property {string} api
 * @property {string[]} keys
 * @property {number} parts Into how many a cut can divide it: the entries of a batch, else 1.
 */

/**
 * What is to happen to a call; `applied` says how much takes effect before: nothing (false, the default),
 * all (true), or so many entries of a batch. A lost call is acknowledged and never done.
 * @typedef {{ refuse: Reason, applied?: boolean | number } | { cut: true, applied?: boolean | number }
 *   | { lose: true }} Mishap
 */

/** @typedef {(call: Call) => Mishap | undefined} Plan */

/**
 * @typedef {object} DoubleOptions
 * @property {import('./wechat-errors.js').Client} [personality] Default 'android'.
 * @property {string} [baseLibrary] What is younger than this is not there. Default '3.5.0'.
 * @property {boolean} [plugin] Whether the caller is a plugin, which has less. Default false.
 * @property {Records} [disk] The records of an earlier run.
 * @property {number} [entryLimit] @property {number} [totalLimit] In place of the personality's.
 * @property {Plan} [plan] What happens to which call.
 * @property {(call: Call) => number} [latency] How many turns of the event loop an asynchronous call waits
 *   beyond the first, so that calls overtake each other.
 */

/** What is done with a call: which keys it names, and how its entries take effect. */
/** @typedef {{ keys: string[], parts?: number, act: (parts: number) => any }} Prepared */

/** By name: since which base library, whether plugins have it. @type {Record<string, [string, boolean]>} */
const APIS = {
  setStorage: ['1.0.0', true], getStorage: ['1.0.0', true], removeStorage: ['1.0.0', true],
  clearStorage: ['1.0.0', false], getStorageInfo: ['1.0.0', false],
  batchSetStorage: ['2.25.0', false], batchGetStorage: ['2.25.0', false],
  getRandomValues: ['2.15.0', false], getUserCryptoManager: ['2.17.3', false],
  onAppHide: ['2.1.2', false], offAppHide: ['2.1.2', false],
  onAppShow: ['2.1.2', false], offAppShow: ['2.1.2', false],
  onMemoryWarning: ['2.0.2', false], offMemoryWarning: ['2.9.0', false],
  onNetworkStatusChange: ['1.1.0', true], offNetworkStatusChange: ['2.9.3', true],
  onNetworkWeakChange: ['2.21.0', false], offNetworkWeakChange: ['2.21.0', false],
}
/** What of the life of a mini-program can be listened to, by its name behind `on` and `off`. */
const LIFE = ['AppHide', 'AppShow', 'MemoryWarning', 'NetworkStatusChange', 'NetworkWeakChange']
const ERRNO_SINCE = '2.24.0'
const ENCRYPT_SINCE = '2.21.3'
const PROMISES_SINCE = '2.10.2'
const RANDOM_MOST = 1_048_576
const CHANGES = /^(set|remove|clear|batchSet)/

/** @param {DoubleOptions} [options] */
export function wechatDouble(options = {}) {
  const { personality = 'android', baseLibrary = '3.5.0', plugin = false, latency = () => 0 } = options
  const client = PERSONALITIES[personality]
  const { entryLimit = client.entryLimit, totalLimit = client.totalLimit } = options
  const limitSize = options.totalLimit === undefined ? client.limitSize
    : Math.ceil(options.totalLimit / client.kilobyte)
  const disk = new Disk(options.disk ?? new Map(), { ...client, entryLimit, totalLimit, limitSize })
  const heard = new Map(LIFE.map(name => [name, /** @type {Set<(told?: any) => void>} */ (new Set())]))
  const tell = (/** @type {string} */ name, /** @type {any} */ told) => {
    for (const listener of [...heard.get(name) ?? []]) listener(told)
  }
  const since = (/** @type {string} */ version) => isAtLeast(baseLibrary, version)
  let plan = options.plan
  let die = () => {}
  /** @type {Promise<'cut'>} */
  const died = new Promise(resolve => { die = () => resolve('cut') })

  const double = {
    wx: /** @type {any} */ ({}),
    /** The records; copy them for a snapshot. */
    disk: disk.records,
    /** @type {Call[]} */
    calls: [],
    isCut: false,
    /** Settles at the cut: who waits for a callback of a dead client waits for ever. */
    died,
    /** How often each function was called. @returns {Record<string, number>} */
    counts() {
      const counts = /** @type {Record<string, number>} */ ({})
      for (const { api } of double.calls) counts[api] = (counts[api] ?? 0) + 1
      return counts
    },
    /** Takes another plan; calls count from 1 again. @param {Plan} [next] */
    expect(next) {
      plan = next
      double.calls = []
    },
    /** What the records measure, exactly. */
    used: () => disk.used(),
    /** The system needs room, or the person deletes the mini-program. */
    wipe: () => disk.records.clear(),
    /** Others fill the room. @param {number} size */
    occupy(size) {
      disk.records.set('uni_occupied', { type: 'String', text: 'x'.repeat(size - 'uni_occupied'.length) })
    },
    /** The person leaves the mini-program. */
    hide: () => tell('AppHide', {}),
    /** The person comes back. */
    show: () => tell('AppShow', { path: 'pages/index/index', scene: 1001 }),
    /** The system is short of memory; how short, only Android says. */
    warn: () => tell('MemoryWarning', personality === 'android' ? { level: 10 } : {}),
    /** The network comes, goes or is another one. @param {boolean} isConnected @param {string} networkType */
    connect: (isConnected, networkType) => tell('NetworkStatusChange', { isConnected, networkType }),
    /** The network becomes weak, or strong again. @param {boolean} weakNet @param {string} networkType */
    weaken: (weakNet, networkType) => tell('NetworkWeakChange', { weakNet, networkType }),
    /** How many listen to the life of the mini-program. */
    listeners: () => [...heard.values()].reduce((sum, { size }) => sum + size, 0),
  }

  /** @type {(api: string, prepared: Prepared) => Call} */
  const note = (api, { keys, parts = 1 }) => {
    const call = { number: double.calls.length + 1, api, keys, parts }
    double.calls.push(call)
    return call
  }

  /** @type {(call: Call, prepared: Prepared, mishap: Mishap | undefined) => any} */
  const perform = (call, { act }, mishap) => {
    if (double.isCut) throw new PowerCut()
    if (mishap === undefined) return act(call.parts)
    if ('lose' in mishap) return CHANGES.test(call.api) ? undefined : act(call.parts)
    const applied = mishap.applied === true ? call.parts : Number(mishap.applied ?? 0)
    try {
      if (applied > 0) act(applied)
    } catch {
      // Whatever the call itself would say is not heard.
    }
    if ('refuse' in mishap) throw new Refusal(mishap.refuse)
    double.isCut = true
    die()
    throw new PowerCut()
  }

  /** @type {(api: string, prepare: () => Prepared) => any} */
  const callSync = (api, prepare) => {
    if (double.isCut) throw new PowerCut()
    try {
      const prepared = prepare()
      const call = note(api, prepared)
      return perform(call, prepared, plan?.(call))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.reason === 'missing') return ''
      // eslint-disable-next-line preserve-caught-error -- WeChat's has no cause either.
      throw new Error(toldOf(client, api, error, since(ERRNO_SINCE)).errMsg)
    }
  }

  /**
   * Calls back in a later turn of the event loop, first `success` or `fail`, then `complete`.
   * @param {string} api
   * @param {any} args
   * @param {() => Prepared} prepare
   * @param {boolean} [isPromising]
   */
  const callAsync = (api, args, prepare, isPromising = since(PROMISES_SINCE)) => {
    if (double.isCut) throw new PowerCut()
    const { success, fail, complete } = args
    if ([success, fail, complete].some(callback => typeof callback === 'function') || !isPromising) {
      callBack({ success, fail, complete })
      return undefined
    }
    return new Promise((resolve, reject) => {
      // WeChat rejects with the object that `fail` gets, which is no Error.
      callBack({ success: resolve, fail: reject, complete: undefined })
    })

    /** @param {Record<string, ((told: any) => void) | undefined>} callbacks */
    function callBack(callbacks) {
      /** @type {Prepared} */
      let prepared
      try {
        prepared = prepare()
      } catch (error) {
        prepared = { keys: [], act: () => { throw error } }
      }
      const call = note(api, prepared)
      const mishap = plan?.(call)
      inTurns(latency(call), () => {
        let told
        let isDone = true
        try {
          told = { ...perform(call, prepared, mishap), errMsg: `${api}:ok` }
        } catch (error) {
          if (error instanceof PowerCut) return
          if (!(error instanceof Refusal)) throw error
          told = toldOf(client, api, error, since(ERRNO_SINCE))
          isDone = false
        }
        callbacks[isDone ? 'success' : 'fail']?.(told)
        callbacks.complete?.(told)
      })
    }
  }

  /** @type {(key: unknown) => string} */
  const keyOf = key => {
    if (typeof key === 'string') return key
    const type = Object.prototype.toString.call(key).slice(8, -1)
    throw new Refusal('parameter', `parameter error: parameter.key should be String instead of ${type};`)
  }
  /** @type {(value: unknown) => import('./wechat-values.js').Stored} */
  const encoded = value => {
    try {
      return encode(value)
    } catch (error) {
      throw new Refusal('thrown', Object(error).message)
    }
  }
  /** @type {(key: unknown, data: unknown, encrypt?: boolean) => Prepared} */
  const setting = (key, data, encrypt = false) => {
    const [name, stored] = [keyOf(key), encoded(data)]
    const held = encrypt && since(ENCRYPT_SINCE) ? { ...stored, encrypted: true } : stored
    return { keys: [name], act: () => disk.set(name, held) }
  }
  /** @type {(list: { key: unknown, value?: unknown }[]) => Prepared} */
  const settingMany = list => {
    // The field is `value`; whoever says `data` stores nothing of it.
    const each = list.map(({ key, value }) => setting(key, value === undefined ? '' : value))
    const act = (/** @type {number} */ parts) => each.slice(0, parts).forEach(one => one.act(1))
    return { keys: each.flatMap(({ keys }) => keys), parts: each.length, act }
  }
  /** @type {(key: string) => any} */
  const valueOrEmpty = key => {
    const stored = disk.records.get(key)
    return stored === undefined || stored.encrypted ? '' : decode(stored)
  }
  /** @type {(list: string[], shape: (values: any[]) => any) => Prepared} */
  const gettingMany = (list, shape) => ({ keys: list, act: () => shape(list.map(valueOrEmpty)) })
  /** @type {(key: unknown) => Prepared} */
  const removing = key => {
    const name = keyOf(key)
    return { keys: [name], act: () => { disk.records.delete(name) } }
  }
  const clearing = () => ({ keys: [], act: () => disk.records.clear() })
  const telling = () => ({ keys: [], act: () => disk.info() })
  /** @type {(length: number) => Prepared} */
  const drawing = length => ({ keys: [], act: () => {
    if (!(length > 0 && length <= RANDOM_MOST)) throw new Refusal('length')
    return { randomValues: randomBytes(length).buffer }
  } })

  /** @type {Record<string, (...args: any[]) => any>} */
  const all = {
    setStorageSync: (key, data = '') => callSync('setStorageSync', () => setting(key, data)),
    getStorageSync: key => callSync('getStorageSync', () => {
      const name = keyOf(key)
      return { keys: [name], act: () => decode(disk.get(name, false)) }
    }),
    removeStorageSync: key => callSync('removeStorageSync', () => removing(key)),
    clearStorageSync: () => callSync('clearStorageSync', clearing),
    getStorageInfoSync: () => callSync('getStorageInfoSync', telling),
    batchSetStorageSync: list => callSync('batchSetStorageSync', () => settingMany(list)),
    batchGetStorageSync: list => callSync('batchGetStorageSync', () => gettingMany(list, values => values)),
    setStorage: args => callAsync('setStorage', args,
      () => setting(args.key, args.data, args.encrypt)),
    getStorage: args => callAsync('getStorage', args, () => {
      const name = keyOf(args.key)
      const encrypted = Boolean(args.encrypt) && since(ENCRYPT_SINCE)
      return { keys: [name], act: () => ({ data: decode(disk.get(name, encrypted)) }) }
    }),
    removeStorage: args => callAsync('removeStorage', args, () => removing(args.key)),
    clearStorage: (args = {}) => callAsync('clearStorage', args, clearing),
    getStorageInfo: (args = {}) => callAsync('getStorageInfo', args, telling),
    batchSetStorage: args => callAsync('batchSetStorage', args,
      () => settingMany(args.kvList)),
    batchGetStorage: args => callAsync('batchGetStorage', args,
      () => gettingMany(args.keyList, dataList => ({ dataList }))),
    getRandomValues: args => callAsync('getRandomValues', args, () => drawing(args.length)),
    // The methods of the manager never return a Promise.
    getUserCryptoManager: () => ({
      getRandomValues: (/** @type {any} */ args) =>
        callAsync('UserCryptoManager.getRandomValues', args, () => drawing(args.length), false),
    }),
  }
  for (const [name, listeners] of heard) {
    all[`on${name}`] = listener => { listeners.add(listener) }
    all[`off${name}`] = listener => { if (listener === undefined) listeners.clear(); else listeners.delete(listener) }
  }
  for (const name of Object.keys(all)) {
    const [from, inPlugins] = APIS[name.replace(/Sync$/, '')] ?? ['1.0.0', true]
    if (since(from) && (inPlugins || !plugin) && !client.lacks?.test(name)) double.wx[name] = all[name]
  }
  return double
}

/** @param {number} turns @param {() => void} act */
function inTurns(turns, act) {
  later(() => { if (turns > 0) inTurns(turns - 1, act); else act() })
}
