// @ts-check
/** The mini-program build as WeChat runs it: its files in a code package, its script a CommonJS module. */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { inBareContext } from '../doubles/wechat-bare.js'
import { wechatWasm } from '../doubles/wechat-wasm.js'

/** @typedef {typeof import('../../../js/miniprogram.js')} Ministash */

/** The folder that WeChat's npm build copies. */
export const FOLDER = fileURLToPath(new URL('../../../pkg/miniprogram_dist', import.meta.url))

/** @param {string} name */
export function readBuilt(name) {
  return readFileSync(path.join(FOLDER, name))
}

/** Where the npm build puts the package. */
const COPIED_TO = 'miniprogram_npm/ministash/'

/**
 * Reads a file of a code package in which npm was built.
 * @param {string} place
 */
export function readPackage(place) {
  const file = path.join(FOLDER, place.slice(COPIED_TO.length))
  return place.startsWith(COPIED_TO) && existsSync(file) ? readFileSync(file) : undefined
}

/**
 * Loads the build where nothing is that phones lack.
 * @param {Omit<Partial<import('../doubles/wechat-wasm.js').WasmOptions>, 'engine'>} [client]
 * @param {Record<string, unknown>} [globals] What is there besides WXWebAssembly: `wx`, say.
 * @param {string} [name] Of the script in the build.
 * @returns {Ministash}
 */
export function loadBuilt(client = {}, globals = {}, name = 'index.js') {
  const wasm = wechatWasm({ read: readPackage, unpack: brotliDecompressSync, ...client })
  return inBareContext(readBuilt(name).toString(), { ...(wasm && { WXWebAssembly: wasm }), ...globals })
}
