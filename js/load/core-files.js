// @ts-check
/** Where the files of the whole core lie. */

/** @type {import('./core.js').CoreFiles} */
export const CORE_FILES = Object.freeze({
  small: 'core_bg.wasm',
  fast: 'core_fast.wasm',
  plain: 'core_plain.js',
  glue: () => import('../core/core_bg.js'),
  url: () => new URL('../core/core_bg.wasm', import.meta.url),
  plainUrl: () => new URL('../core/core_plain.js', import.meta.url),
})
