// @ts-check
/**
 * The entry `ministash/plain`: the core in plain JavaScript, for `open({ plain })` where the package has no
 * other way to find it: in mini-programs, and in bundles that bring no file along.
 */

export { plain } from './core/core_plain.js'
