// @ts-check
/**
 * The front door: exports, nothing else. What is not imported is not bundled.
 */

export { open } from './open.js'
export { detect } from './detect.js'
export { defineHost, fault } from './hosts/host.js'
export { memory } from './hosts/memory.js'
export { node } from './hosts/node.js'
export { robust } from './robust.js'
export { StorageError } from './errors.js'
