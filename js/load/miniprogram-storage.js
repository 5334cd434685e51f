// @ts-check
/** The loader of the core with storage alone in the mini-program build, in place of load-storage.js. */

import * as glue from '../core/storage_bg.js'
import { miniLoaderOf } from './mini-wasm.js'

/** One file: WeChat copies all that lies in the package into every mini-program, whichever entry it uses. */
const FILES = Object.freeze(['storage/core.wasm.br'])

export const loadStorage = miniLoaderOf(/** @type {any} */ (glue), FILES, 'ministash/storage/plain')
