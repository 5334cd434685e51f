// @ts-check
/**
 * What a stash has beside its storage: what a feature is, and the list of them. A feature is one
 * module of this folder that exports its `Feature`; it adds its line here, and nothing else of the
 * shell knows it by name.
 */

import { cacheFeature } from './cache-feature.js'
import { httpCache } from './http-cache.js'
import { secureFeature } from './secure-feature.js'
import { syncFeature } from './sync-manager.js'
import { uploadQueue } from './upload-queue.js'

/** @typedef {import('./session.js').Session} Session */

/**
 * What the open stash gets of a feature.
 * @typedef {object} Attached
 * @property {Record<string, unknown>} members What users find on the stash, by name.
 * @property {() => import('./run.js').Flow<void>} [open] Runs when the store is open; if it fails, so
 *   does `open`, and everything is given back.
 * @property {() => void} [flush] Brings home what is not written yet, when the app is hidden and from
 *   `flushSync`. On an immediate host all has reached the host when it returns; on a deferred one it
 *   has been begun. It does not throw.
 * @property {() => import('./run.js').Flow<void>} [close] Runs while the store is still open, last.
 */

/**
 * A feature of the stash.
 * @typedef {object} Feature
 * @property {string} option The name of its option of `open`.
 * @property {(options: any) => void} check Refuses a wrong option with INVALID_OPTION, before the host
 *   is touched; called only if the option is given.
 * @property {(session: Session, options: any) => Attached} attach Makes its members; asks the host
 *   nothing.
 */

/**
 * What the features add to the stash.
 * @typedef {{ http: import('./http-cache.js').HttpCache,
 *   uploads: import('./upload-queue.js').UploadQueue,
 *   sync: import('./sync-manager.js').SyncManager }} Members
 */

/**
 * Every feature, in the order in which they are opened; they are closed in the opposite one.
 * @returns {readonly Feature[]}
 */
export function features() {
  return [secureFeature, cacheFeature, httpCache, uploadQueue, syncFeature]
}
