// @ts-check
/**
 * The front door of the mini-program build: what a mini-program can use, and nothing else, for its
 * package may hold two megabytes. What `detect` and the loader are there, scripts/pack.mjs says.
 */

export { open } from './open.js'
export { detect } from './detect.js'
export { defineHost } from './hosts/define-host.js'
export { fault } from './hosts/host.js'
export { memory } from './hosts/memory.js'
export { wechat } from './hosts/wechat.js'
export { robust } from './robust.js'
export { StorageError } from './errors.js'
export { cloud } from './uploads/cloud.js'
export { custom } from './uploads/custom.js'
export { form } from './uploads/form.js'
export { tus } from './uploads/tus.js'
