// @ts-check
/**
 * The entry `ministash/storage`: storage alone, with a core of its own, for who needs no encryption, cache,
 * upload queue or synchronisation. Exports, nothing else.
 */

export { open } from './open-storage.js'
export { detect } from './detect.js'
export { alipay } from './hosts/alipay.js'
export { alipayFiles } from './hosts/alipay-files.js'
export { baidu } from './hosts/baidu.js'
export { baiduFiles } from './hosts/baidu-files.js'
export { browserFiles } from './hosts/browser-files.js'
export { browserIndexedDb } from './hosts/browser-indexed-db.js'
export { browserLocal } from './hosts/browser-local.js'
export { bySize } from './hosts/by-size.js'
export { defineHost } from './hosts/define-host.js'
export { douyin } from './hosts/douyin.js'
export { douyinFiles } from './hosts/douyin-files.js'
export { fault } from './hosts/host.js'
export { kuaishou } from './hosts/kuaishou.js'
export { kuaishouFiles } from './hosts/kuaishou-files.js'
export { memory } from './hosts/memory.js'
export { node } from './hosts/node.js'
export { qq } from './hosts/qq.js'
export { qqFiles } from './hosts/qq-files.js'
export { taro } from './hosts/taro.js'
export { uni } from './hosts/uni.js'
export { wechat } from './hosts/wechat.js'
export { wechatFiles } from './hosts/wechat-files.js'
export { robust } from './robust.js'
export { StorageError } from './errors.js'

// The types that users name; they cost nothing at run time.
/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */
/** @typedef {import('./storage-manager.js').StorageManager} StorageManager */
/** @typedef {import('./stash.js').Recovery} Recovery */
/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./checks.js').NamespaceOptions} NamespaceOptions */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {import('./results.js').Meta} Meta */
/** @typedef {import('./results.js').Info} Info */
/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./watch.js').WatchEvent} WatchEvent */
/** @typedef {import('./watch.js').Listener} Listener */
/** @typedef {import('./errors.js').ErrorCode} ErrorCode */
/** @typedef {import('./hosts/host.js').Data} Data */
/** @typedef {import('./hosts/host.js').FaultCode} FaultCode */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./hosts/host.js').Host<Immediate>} Host
 */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./open-storage.js').StorageOpenOptions<Immediate>} OpenOptions
 */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./open-storage.js').StorageStash<Immediate>} Stash
 */
