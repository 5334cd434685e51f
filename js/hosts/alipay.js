// @ts-check
/**
 * The host on Alipay's storage. Its calls take one object, give the value in `data`, and return their
 * refusals instead of throwing them.
 */

import { ALIPAY, roomOf } from './mini-facts.js'
import { faultOf, isMissing } from './mini-faults.js'
import { miniHost } from './mini-host.js'

/** @import { Data, Host } from './host.js' */
/** @import { Mini } from './mini-facts.js' */

/**
 * Stands for null, which reads as if it were missing. The core keeps no text of a caller natively that begins
 * so.
 */
const NULL = '~ms~null'

/**
 * Makes a host on `my`. A second one on the same `my` is BUSY while it is open. Alipay gives no random
 * numbers: `open` needs `entropy`.
 * @template {boolean} [Deferred=false]
 * @param {Mini} my
 * @param {import('./mini-host.js').MiniOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 * @example const stash = await open({ host: alipay(my), entropy })
 */
export function alipay(my, options) {
  return miniHost(my, ALIPAY, options, isDeferred => {
    const ask = isDeferred ? asker(my) : askerNow(my)
    /** @type {(answer: any, read: (told: any) => any) => any} */
    const then = (answer, read) => isDeferred ? answer.then(read) : read(answer)
    const nothing = () => undefined
    return {
      read: key => then(ask('getStorage', { key }), held),
      write: (key, data) => then(ask('setStorage', { key, data: data === null ? NULL : data }), nothing),
      remove: key => then(ask('removeStorage', { key }), nothing),
      list: prefix => then(ask('getStorageInfo', {}), told =>
        told.keys.filter((/** @type {string} */ key) => key.startsWith(prefix))),
      info: () => then(ask('getStorageInfo', {}), told => roomOf(told, ALIPAY.limits))
    }
  })
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
