// @ts-check
/**
 * The front door: exports, nothing else. What is not imported is not bundled.
 */

export { open } from './open.js'
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
export { cloud } from './uploads/cloud.js'
export { custom } from './uploads/custom.js'
export { form } from './uploads/form.js'
export { tus } from './uploads/tus.js'
export { cloudDatabase } from './sync-transports/cloud-database.js'
export { guideRest } from './sync-transports/guide-rest.js'
export { rest } from './sync-transports/rest.js'

// The types that users name; they cost nothing at run time.
/** @typedef {import('./upload-queue.js').UploadQueue} UploadQueue */
/** @typedef {import('./upload-item.js').UploadInfo} UploadInfo */
/** @typedef {import('./upload-options.js').UploadOptions} UploadOptions */
/** @typedef {import('./http-cache.js').HttpCache} HttpCache */
/** @typedef {import('./http-options.js').HttpOptions} HttpOptions */
/** @typedef {import('./http-cache.js').HttpStats} HttpStats */
/** @typedef {import('./deferred-storage.js').DeferredStorage} DeferredStorage */
/** @typedef {import('./storage-manager.js').StorageManager} StorageManager */
/** @typedef {import('./stash.js').Recovery} Recovery */
/** @typedef {import('./checks.js').PutOptions} PutOptions */
/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./checks.js').NamespaceOptions} NamespaceOptions */
/** @typedef {import('./deferred-secure-storage.js').DeferredSecureStorage} DeferredSecureStorage */
/** @typedef {import('./secure-storage.js').SecureStorage} SecureStorage */
/** @typedef {import('./secure-verbs.js').Secret} Secret */
/** @typedef {import('./secure-verbs.js').Inspection} Inspection */
/** @typedef {import('./secure-import.js').GuideOptions} GuideOptions */
/** @typedef {import('./secure-import.js').GuideResult} GuideResult */
/** @typedef {import('./door.js').Range} Range */
/** @typedef {import('./results.js').Meta} Meta */
/** @typedef {import('./results.js').Info} Info */
/** @typedef {import('./ttl.js').Ttl} Ttl */
/** @typedef {import('./watch.js').WatchEvent} WatchEvent */
/** @typedef {import('./watch.js').Listener} Listener */
/** @typedef {import('./cache.js').CacheManager} CacheManager */
/** @typedef {import('./cache.js').CacheStats} CacheStats */
/** @typedef {import('./cache-dump.js').CacheDump} CacheDump */
/** @typedef {import('./cache-memory.js').EvictReason} EvictReason */
/** @typedef {import('./cache-options.js').CacheOptions} CacheOptions */
/** @typedef {import('./cache-options.js').EntryOptions} EntryOptions */
/** @typedef {import('./cache-options.js').WrapOptions} WrapOptions */
/** @typedef {import('./errors.js').ErrorCode} ErrorCode */
/** @typedef {import('./uploads/cloud.js').CloudItem} CloudItem */
/** @typedef {import('./uploads/form.js').FormOptions} FormOptions */
/** @typedef {import('./uploads/form.js').FormAnswer} FormAnswer */
/** @typedef {import('./uploads/tus.js').TusOptions} TusOptions */
/** @typedef {import('./uploads/transport.js').Transport} Transport */
/** @typedef {import('./sync-manager.js').SyncManager} SyncManager */
/** @typedef {import('./sync-manager.js').Change} Change */
/** @typedef {import('./sync-manager.js').PendingChange} PendingChange */
/** @typedef {import('./sync-manager.js').RejectedChange} RejectedChange */
/** @typedef {import('./sync-ledger.js').SyncStatus} SyncStatus */
/** @typedef {import('./sync-options.js').SyncOptions} SyncOptions */
/** @typedef {import('./sync-options.js').SyncConflict} SyncConflict */
/** @typedef {import('./sync-transports/cloud-database.js').CloudDatabaseOptions} CloudDatabaseOptions */
/** @typedef {import('./sync-transports/guide-rest.js').GuideRestOptions} GuideRestOptions */
/** @typedef {import('./sync-transports/rest.js').RestOptions} RestOptions */
/** @typedef {import('./sync-transports/transport.js').SyncTransport} SyncTransport */
/** @typedef {import('./hosts/host.js').Data} Data */
/** @typedef {import('./hosts/host.js').FaultCode} FaultCode */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./hosts/host.js').Host<Immediate>} Host
 */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./open.js').OpenOptions<Immediate>} OpenOptions
 */
/**
 * @template {boolean} [Immediate=boolean]
 * @typedef {import('./stash.js').Stash<Immediate> & import('./features.js').Members} Stash
 */
