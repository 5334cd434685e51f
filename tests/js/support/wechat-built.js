// @ts-check
/**
 * The mini-program build, as the suites see it that are bundled with it: the bundle has this module where
 * they name modules of js/. It is loaded as WeChat loads it, by the double of WXWebAssembly.
 */

import { wechatWasm } from '../doubles/wechat-wasm.js'

/**
 * What the place brings in which the bundle runs.
 * @typedef {object} Harness
 * @property {'android' | 'ios' | 'devtools'} personality
 * @property {any} engine A WebAssembly.
 * @property {(path: string) => Uint8Array | undefined} read Reads a file of the code package.
 * @property {(bytes: Uint8Array) => Uint8Array} [unpack] Brotli, if there is a file that needs it.
 * @property {(act: () => void) => void} later Calls back in a later turn.
 * @property {string} seeds Of the simulation, as `first..last`.
 * @property {string} [place] Of which place besides WeChat the suites are.
 * @property {boolean} [isPlain] Whether there is no WebAssembly, but the core in plain JavaScript.
 */

/* global harness, runBuilt, runPlain -- of the script around the bundle */
// @ts-ignore -- as above
const place = /** @type {Harness} */ (harness)
const { personality, engine, read, unpack, isPlain = false } = place

/** @type {typeof import('../../../js/miniprogram.js')} */
// @ts-ignore -- as above
const built = runBuilt(isPlain ? undefined : wechatWasm({ personality, engine, read, unpack }))

// @ts-ignore -- as above
const more = isPlain ? { plain: runPlain() } : {}
/** @type {typeof built.open} */
export const open = options => built.open({ ...more, ...options })
export const {
  StorageError, alipay, baidu, defineHost, detect, douyin, fault, kuaishou, memory, qq, robust, taro, uni,
  wechat,
} = built
export { place as harness }
