// @ts-check
/** The loader of the whole core in the mini-program build, in place of load.js. */

import * as glue from '../core/core_bg.js'
import { miniLoaderOf } from './mini-wasm.js'

/**
 * Either file will do, so that a mini-program may leave the other one out; the compressed one is for base
 * library 2.14.0 of WeChat, 2.92.0 of Douyin and later.
 */
const FILES = Object.freeze(['core.wasm', 'core.wasm.br'])

export const loadCore = miniLoaderOf(glue, FILES, 'ministash/plain')
