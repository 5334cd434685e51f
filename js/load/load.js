// @ts-check
/**
 * Finds the loader of the place where the program runs. A process or page has one core, which all its
 * stashes use: the generated glue can hold only one. No loader names a module of Node in an
 * `import`, so that one package serves all without conditions or configuration.
 */

import { isNode } from '../hosts/node-steps.js'
import { load as loadInBrowser } from './browser.js'
import { load as loadInNode } from './node.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */
/** @typedef {import('../session.js').Instance} Instance */

/** @type {Promise<Instance> | undefined} */
let loading

/**
 * Loads the core; what was loaded first serves the whole process.
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<Instance>} Rejects with CORE_UNAVAILABLE, and may then be
 *   called again.
 */
export function loadCore(source) {
  const load = isNode() ? loadInNode : loadInBrowser
  loading ??= load(source).catch(error => {
    loading = undefined
    throw error
  })
  return loading
}
