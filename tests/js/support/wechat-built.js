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
 * @property {(act: () => void) => void} later Calls back in a later turn.
 * @property {string} seeds Of the simulation, as `first..last`.
 */

/* global harness, runBuilt -- of the script around the bundle */
// @ts-ignore -- as above
const place = /** @type {Harness} */ (harness)
const { personality, engine, read } = place

/** @type {typeof import('../../../js/miniprogram.js')} */
// @ts-ignore -- as above
const built = runBuilt(wechatWasm({ personality, engine, read }))

export const { StorageError, defineHost, detect, fault, memory, open, robust, wechat } = built
export { place as harness }
