// @ts-check
/**
 * The host on Alipay's storage. Its calls take one object, give the value in `data`, and return their
 * refusals instead of throwing them.
 */

import { defineHost } from './define-host.js'
import { networkByRequest } from './http-wx.js'
import { fault } from './host.js'
import { FOREIGN_PREFIXES, checkGlobal, entropyOf, roomOf } from './mini-facts.js'
import { faultOf, isMissing } from './mini-faults.js'
import { filesOfWx } from './mini-files.js'
import { listenTo } from './mini-life.js'

/** @import { Data, Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Alipay keeps 200 KB under a key, counted after it has turned the value into text, where a quotation mark
 * takes two; and 10 MB in all.
 */
const LIMITS = Object.freeze({ entryBytes: 100_000, totalBytes: 9_900_000 })

/**
 * Stands for null, which reads as if it were missing. The core keeps no text of a caller natively that begins
 * so.
 */
const NULL = '~ms~null'

/** Whose storage is open: two writers on one `my` would know nothing of each other. */
const taken = /** @type {WeakSet<object>} */ (new WeakSet())

/**
 * Makes a host on `my`. A second one on the same `my` is BUSY while it is open. Alipay gives no random
 * numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} my
 * @param {import('./mini-storage.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: alipay(my), entropy })
 */
export function alipay(my, options) {
  const isDeferred = options !== undefined && options.deferred === true
  checkGlobal(my, 'my', isDeferred)
  const ask = isDeferred ? asker(my) : askerNow(my)
  /** @type {(answer: any, read: (told: any) => any) => any} */
  const then = (answer, read) => isDeferred ? answer.then(read) : read(answer)
  const nothing = () => undefined
  /** @type {Partial<Host<any>>} */
  const host = {
    name: 'alipay',
    immediate: !isDeferred,
    holds: 'native',
    exclusive: true,
    limits: LIMITS,
    foreignPrefixes: FOREIGN_PREFIXES.slice(),
    entropy: entropyOf(my),
    listen: listenTo(my),
    network: networkByRequest(my, 'my'),
    files: filesOfWx(my),
    read: key => then(ask('getStorage', { key }), held),
    write: (key, data) => then(ask('setStorage', { key, data: data === null ? NULL : data }), nothing),
    remove: key => then(ask('removeStorage', { key }), nothing),
    list: prefix => then(ask('getStorageInfo', {}), told =>
      told.keys.filter((/** @type {string} */ key) => key.startsWith(prefix))),
    info: () => then(ask('getStorageInfo', {}), told => roomOf(told, LIMITS)),
    open() {
      if (taken.has(my)) throw fault('BUSY', 'the storage of this `my` is open already; close it first')
      taken.add(my)
    },
    close() { taken.delete(my) }
  }
  return defineHost(/** @type {any} */ (host))
}

/** @typedef {(name: string, args: object) => any} Asker */

/** Asks at once. A refusal is returned, and by some clients thrown. @type {(my: Mini) => Asker} */
const askerNow = my => (name, args) => {
  let told
  try {
    told = my[`${name}Sync`](args)
  } catch (refusal) {
    return emptyOrFault(refusal)
  }
  // An object without `error` and with `success: false` is a refusal, too.
  const refused = Object(told)
  return refused.error !== undefined || refused.success === false ? emptyOrFault(told) : refused
}

/** Asks by callbacks. @type {(my: Mini) => Asker} */
const asker = my => (name, args) => new Promise((resolve, reject) => {
  my[name](Object.assign({}, args, { success: resolve, fail: reject }))
}).catch(emptyOrFault)

/** A client that refuses to read what is not there means that it is missing. @param {unknown} refusal */
function emptyOrFault(refusal) {
  if (isMissing(refusal)) return { data: null }
  throw faultOf(refusal)
}

/**
 * What is missing reads as null. Old clients gave the value by another name.
 * @type {(told: any) => Data | undefined}
 */
const held = told => {
  const data = told.data === undefined ? told.APDataStorage : told.data
  if (data === NULL) return null
  return data === null || data === '' ? undefined : data
}
