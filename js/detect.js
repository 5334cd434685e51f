// @ts-check
/**
 * Finds the host of the place where the program runs. Whether a place is its own, each host knows;
 * here is only the order in which they are asked. In place of this file the mini-program build has
 * detect-miniprogram.js, and a bundle for browsers detect-browser.js.
 */

import { detect as detectBrowser } from './detect-browser.js'
import { isNode } from './hosts/node-steps.js'
import { node } from './hosts/node.js'
import { nativeMini } from './hosts/mini-place.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this place: in a mini-program WeChat's storage, in Node the folder '.ministash' of
 * the working directory, in browsers and their workers the IndexedDB 'ministash', which is deferred: verbs
 * with `Sync` are NOT_IMMEDIATE there. Throws UNSUPPORTED, saying what to pass, where none is known.
 * @example const stash = await open({ host: detect() })
 * @returns {Readonly<Host>}
 */
export function detect() {
  // WeChat's developer tools are made of Node, and what runs in them is a mini-program.
  return isNode() && !nativeMini() ? node() : detectBrowser()
}
