// @ts-check
/** What `detect` is in the mini-program build, in place of detect.js. */

import { StorageError } from './errors.js'
import { hostOfMini } from './hosts/mini-hosts.js'
import { nativeMini } from './hosts/mini-place.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this mini-program: the storage of WeChat, Alipay, Douyin, QQ, Baidu or Kuaishou. Throws
 * UNSUPPORTED elsewhere.
 * @returns {Readonly<Host>}
 */
export function detect() {
  const native = nativeMini()
  if (native) return hostOfMini(native)
  throw new StorageError('UNSUPPORTED', 'this is no mini-program; pass a host to open(): '
    + 'memory(), or your own made with defineHost()')
}
