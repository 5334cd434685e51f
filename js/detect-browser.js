// @ts-check
/**
 * What `detect` is in a bundle for browsers, in place of detect.js: so that such a bundle, which can never
 * use them, holds nothing of Node's files. Which file is taken, the manifest of the package says.
 */

import { StorageError } from './errors.js'
import { browserIndexedDb } from './hosts/browser-indexed-db.js'
import { hostOfMini } from './hosts/mini-hosts.js'
import { nativeMini } from './hosts/mini-place.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this browser or mini-program. Throws UNSUPPORTED elsewhere.
 * @returns {Readonly<Host>}
 */
export function detect() {
  /* global indexedDB -- of browsers; null where it is denied */
  const native = nativeMini()
  if (native) return hostOfMini(native)
  // eslint-disable-next-line no-restricted-globals
  if (typeof indexedDB === 'object' && indexedDB !== null) return browserIndexedDb()
  throw new StorageError('UNSUPPORTED', 'no host is known for this place; pass one to open(): '
    + 'memory(), or your own made with defineHost()')
}
