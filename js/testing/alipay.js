// @ts-check
/**
 * A double of Alipay's storage: calls take one object, `my.setStorageSync` and its like return what they
 * refuse, and what is missing reads as null. It dies and refuses as the double of WeChat does.
 */

import { later } from './place.js'
import { PowerCut } from './power-cut.js'

/** @typedef {import('./wechat.js').Plan} Plan */
/** @typedef {import('./wechat.js').Call} Call */

/**
 * @typedef {object} AlipayOptions
 * @property {Map<string, string>} [disk] The records of an earlier run.
 * @property {boolean} [isThrowing] Whether it throws, as some relatives of Alipay do, also what is missing.
 * @property {number} [entryLimit] In units of UTF-16 of the value as JSON. Default 204,800.
 * @property {number} [totalLimit] Default 10,485,760.
 * @property {Plan} [plan] What happens to which call.
 */

const ENTRY_LIMIT = 200 * 1024
const TOTAL_LIMIT = 10 * 1024 * 1024
const LIFE = ['AppHide', 'AppShow', 'MemoryWarning', 'NetworkStatusChange']
/** Numbers and texts as Alipay documents them. */
const REFUSALS = {
  quota: { error: 12, errorMessage: '超出存储上限' },
  entry: { error: 14, errorMessage: '数据长度超出上限' },
  parameter: { error: 2, errorMessage: '参数无效' },
  io: { error: 3, errorMessage: '未知错误' },
  missing: { error: 11, errorMessage: '查无此key' },
}

class Refused extends Error {
  /** @param {keyof typeof REFUSALS} reason */
  constructor(reason) {
    super(REFUSALS[reason].errorMessage)
    this.told = { ...REFUSALS[reason], success: false }
  }
}

/** @param {AlipayOptions} [options] */
export function alipayDouble(options = {}) {
  const { disk = new Map(), isThrowing = false } = options
  const { entryLimit = ENTRY_LIMIT, totalLimit = TOTAL_LIMIT } = options
  const heard = new Map(LIFE.map(name => [name, /** @type {Set<(told?: any) => void>} */ (new Set())]))
  let plan = options.plan
  let die = () => {}
  /** @type {Promise<'cut'>} */
  const died = new Promise(resolve => { die = () => resolve('cut') })
  const used = () => [...disk].reduce((sum, [key, text]) => sum + key.length + text.length, 0)

  const double = {
    mini: /** @type {any} */ ({}),
    disk,
    calls: /** @type {Call[]} */ ([]),
    isCut: false,
    died,
    used,
    /** @param {Plan} [next] */
    expect(next) {
      plan = next
      double.calls = []
    },
    wipe: () => disk.clear(),
    hide: () => { for (const listener of heard.get('AppHide') ?? []) listener({}) },
    listeners: () => [...heard.values()].reduce((sum, { size }) => sum + size, 0),
  }

  /** @type {Record<string, (args: any) => any>} */
  const acts = {
    setStorage({ key, data }) {
      // Nothing is kept by reference: all of it goes through JSON.
      const text = JSON.stringify(data)
      if (text === undefined) throw new Refused('parameter')
      if (text.length > entryLimit) throw new Refused('entry')
      const old = disk.get(key)
      const growth = key.length + text.length - (old === undefined ? 0 : key.length + old.length)
      if (used() + growth >= totalLimit) throw new Refused('quota')
      disk.set(key, text)
      return { success: true }
    },
    getStorage({ key }) {
      const text = disk.get(key)
      if (text === undefined && isThrowing) throw new Refused('missing')
      return { data: text === undefined ? null : JSON.parse(text), success: true }
    },
    removeStorage({ key }) {
      disk.delete(key)
      return { success: true }
    },
    getStorageInfo: () => ({
      keys: [...disk.keys()], currentSize: Math.ceil(used() / 1024), limitSize: 10_240, success: true,
    }),
  }

  /** @type {(api: string, args: any) => any} */
  const perform = (api, args) => {
    if (double.isCut) throw new PowerCut()
    const name = api.replace(/Sync$/, '')
    const hasKey = name !== 'getStorageInfo'
    if (hasKey && (typeof args?.key !== 'string' || args.key === '')) throw new Refused('parameter')
    const act = acts[name]
    if (act === undefined) throw new Refused('parameter')
    const call = { number: double.calls.length + 1, api, keys: hasKey ? [args.key] : [], parts: 1 }
    double.calls.push(call)
    const mishap = plan?.(call)
    if (mishap === undefined) return act(args)
    if ('lose' in mishap) return /^(set|remove)/.test(name) ? { success: true } : act(args)
    try {
      if (mishap.applied === true || Number(mishap.applied) > 0) act(args)
    } catch {
      // Whatever the call itself would say is not heard.
    }
    if ('refuse' in mishap) throw new Refused(mishap.refuse === 'quota' ? 'quota' : 'io')
    double.isCut = true
    die()
    throw new PowerCut()
  }

  for (const name of Object.keys(acts)) {
    double.mini[`${name}Sync`] = (/** @type {any} */ args) => {
      try {
        return perform(`${name}Sync`, args)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        if (isThrowing) throw Object.assign(new Error(error.message), error.told)
        return error.told
      }
    }
    double.mini[name] = (/** @type {any} */ { success, fail, complete, ...given } = {}) => {
      // What crosses the bridge is a copy.
      const args = JSON.parse(JSON.stringify(given))
      later(() => {
        let told
        try {
          told = perform(name, args)
        } catch (error) {
          if (error instanceof PowerCut) return
          if (!(error instanceof Refused)) throw error
          fail?.(error.told)
          complete?.(error.told)
          return
        }
        success?.(told)
        complete?.(told)
      })
    }
  }
  for (const [name, listeners] of heard) {
    double.mini[`on${name}`] = (/** @type {any} */ listener) => { listeners.add(listener) }
    double.mini[`off${name}`] = (/** @type {any} */ listener) => { listeners.delete(listener) }
  }
  return double
}
