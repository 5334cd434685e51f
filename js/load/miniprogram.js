// @ts-check
/** The loader of the mini-program build, in place of load.js. */

import { once } from './once.js'
import { load } from './mini-wasm.js'

/** Loads the core, from where WeChat's npm build puts it if no path is given. */
export const loadCore = once(load)
