// @ts-check
/** Where the files of the core with storage alone lie. */

/** @type {import('./core.js').CoreFiles} */
export const STORAGE_FILES = Object.freeze({
  small: 'storage_bg.wasm',
  fast: 'storage_fast.wasm',
  plain: 'storage_plain.js',
  glue: () => /** @type {Promise<any>} */ (import('../core/storage_bg.js')),
  url: () => new URL('../core/storage_bg.wasm', import.meta.url),
  plainUrl: () => new URL('../core/storage_plain.js', import.meta.url),
})
