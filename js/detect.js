// @ts-check
/**
 * Finds the host of the place where the program runs. Whether a place is its own, each host knows;
 * here is only the order in which they are asked.
 */

import { StorageError } from './errors.js'
import { isNode } from './hosts/node-steps.js'
import { node } from './hosts/node.js'

/** @import { Host } from './hosts/host.js' */

/**
 * Returns the host of this place: in Node the folder '.ministash' of the working directory. Throws
 * UNSUPPORTED, saying what to pass, where none is known.
 * @example const stash = await open({ host: detect() })
 * @returns {Readonly<Host<true>>}
 */
export function detect() {
  if (isNode()) return node()
  throw new StorageError('UNSUPPORTED', 'no host is known for this place; pass one to open(): '
    + 'memory(), or your own made with defineHost()')
}
