// @ts-check
/**
 * Finds the host of the place where the program runs. Whether a place is its own, each host knows;
 * here is only the order in which they are asked. The mini-program build has detect-miniprogram.js in
 * place of this file.
 */

import { StorageError } from './errors.js'
import { browserIndexedDb } from './hosts/browser-indexed-db.js'
import { isNode } from './hosts/node-steps.js'
import { node } from './hosts/node.js'
import { nativeWx } from './hosts/wechat-place.js'
import { wechat } from './hosts/wechat.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this place: in a mini-program WeChat's storage, in Node the folder '.ministash' of
 * the working directory, in browsers and their workers the IndexedDB 'ministash', which is deferred: verbs
 * with `Sync` are NOT_IMMEDIATE there. Throws UNSUPPORTED, saying what to pass, where none is known.
 * @example const stash = await open({ host: detect() })
 * @returns {Readonly<Host>}
 */
export function detect() {
  /* global indexedDB -- of browsers; null where it is denied */
  const wx = nativeWx()
  if (wx) return wechat(wx)
  if (isNode()) return node()
  // eslint-disable-next-line no-restricted-globals
  if (typeof indexedDB === 'object' && indexedDB !== null) return browserIndexedDb()
  throw new StorageError('UNSUPPORTED', 'no host is known for this place; pass one to open(): '
    + 'memory(), or your own made with defineHost()')
}
