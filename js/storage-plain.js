// @ts-check
/**
 * The entry `ministash/storage/plain`: the core with storage alone in plain JavaScript, for `open({ plain })`
 * of `ministash/storage`.
 */

export { plain } from './core/storage_plain.js'
