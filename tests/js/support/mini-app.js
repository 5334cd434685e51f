// @ts-check
/**
 * Runs a mini-program of WeChat on the double of WeChat and the mini-program build. What a page would show is
 * its data; mini-view.js draws it.
 */

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { wechatFiles } from '../doubles/wechat-files.js'
import { wechatRequest } from '../doubles/wechat-request.js'
import { wechatUpload } from '../doubles/wechat-upload.js'
import { wechatDouble } from '../../../js/testing/wechat.js'
import { wechatWasm } from '../doubles/wechat-wasm.js'
import { startInRealm } from './mini-realm.js'
import { readBuilt, readPackage } from './miniprogram.js'

/** @typedef {import('./mini-realm.js').Instance} Instance */

/**
 * What a phone keeps over a restart.
 * @typedef {{ disk: Map<string, any>, files: Map<string, Uint8Array> }} Phone
 */

/** A phone that was never used. @returns {Phone} */
export const freshPhone = () => ({ disk: new Map(), files: new Map() })

/** What a mini-program leaves that is killed now. @param {Phone} phone @returns {Phone} */
export const copyOf = ({ disk, files }) => ({ disk: new Map(disk), files: new Map(files) })

/**
 * @typedef {object} MiniAppOptions
 * @property {Phone} [phone]
 * @property {{ ahead: number }} [clock] How many milliseconds its clock is ahead of ours.
 * @property {Record<string, string>} [sources] Modules in place of those of the folder, by their paths
 *   without `.js`.
 * @property {typeof readPackage} [read] Reads files of the code package.
 * @property {Record<string, unknown>} [wx] What else `wx` has.
 */

/**
 * Starts a mini-program.
 * @param {string} folder
 * @param {MiniAppOptions} [options]
 */
export function startMiniApp(folder, options = {}) {
  const { phone = freshPhone(), clock = { ahead: 0 }, sources = {}, read = readPackage } = options
  const { pages } = JSON.parse(readFileSync(path.join(folder, 'app.json'), 'utf8'))
  const double = wechatDouble({ disk: phone.disk })
  const files = wechatFiles({ files: phone.files })
  const surface = surfaceOf(files)
  const { request, running } = wechatRequest()
  const upload = wechatUpload(phone.files)
  const wx = { ...double.wx, ...files.wx, ...upload.wx, request, ...surface.wx, ...options.wx }
  const modules = { ministash: readBuilt('index.js').toString(), ...sources }
  const WXWebAssembly = wechatWasm({ read, unpack: brotliDecompressSync })
  const globals = { wx, WXWebAssembly, global: {} }
  const started = startInRealm(folder, { modules, globals, now: () => Date.now() + clock.ahead })
  return {
    ...surface, ...started, double, files, phone, clock, pages,
    /** How many requests and uploads are under way. */
    running: () => running() + upload.running(),
  }
}

/**
 * What of `wx` a person sees: where they were led, what they were asked and what they chose.
 * @param {import('../doubles/wechat-files.js').FilesDouble} files
 */
function surfaceOf(files) {
  const surface = {
    visited: /** @type {string[]} */ ([]),
    modals: /** @type {any[]} */ ([]),
    /** What the person chooses next. @type {Uint8Array[]} */
    chosen: [],
    wx: {
      navigateTo: (/** @type {{ url: string }} */ { url }) => { surface.visited.push(url) },
      navigateBack: () => { surface.visited.push('back') },
      stopPullDownRefresh: () => { surface.visited.push('refreshed') },
      showModal: (/** @type {any} */ modal) => { surface.modals.push(modal) },
      chooseMedia: (/** @type {any} */ { success, fail }) => {
        const taken = surface.chosen.splice(0)
        setImmediate(() => {
          if (taken.length === 0) fail({ errMsg: 'chooseMedia:fail cancel' })
          else success({ tempFiles: taken.map(bytes => ({ tempFilePath: files.choose(bytes) })) })
        })
      },
    },
  }
  return surface
}

/** Whether a page has its four files. @param {string} folder @param {string} page */
export function filesOf(folder, page) {
  return ['js', 'json', 'wxml', 'wxss'].filter(ending => existsSync(path.join(folder, `${page}.${ending}`)))
}
