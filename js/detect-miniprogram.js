// @ts-check
/** What `detect` is in the mini-program build, in place of detect.js. */

import { StorageError } from './errors.js'
import { nativeWx } from './hosts/wechat-place.js'
import { wechat } from './hosts/wechat.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this mini-program: WeChat's storage. Throws UNSUPPORTED elsewhere.
 * @returns {Readonly<Host>}
 */
export function detect() {
  const wx = nativeWx()
  if (wx) return wechat(wx)
  throw new StorageError('UNSUPPORTED', 'this is no mini-program of WeChat; pass a host to open(): '
    + 'memory(), or your own made with defineHost()')
}
