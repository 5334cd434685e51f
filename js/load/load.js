// @ts-check
/**
 * Finds the loader of the place where the program runs. None of them names a module of Node in an
 * `import`, so that one package serves all without conditions or configuration.
 */

import { isNode } from '../hosts/node-steps.js'
import { loadCore as loadInBrowser } from './browser.js'
import { loadCore as loadInNode } from './node.js'

/** @typedef {import('./core.js').CoreSource} CoreSource */

/**
 * Loads the core; what was loaded first serves the whole process.
 * @param {CoreSource} [source] Its default place if not given.
 * @returns {Promise<import('../session.js').Instance>} Rejects with CORE_UNAVAILABLE, and may then be
 *   called again.
 */
export function loadCore(source) {
  return isNode() ? loadInNode(source) : loadInBrowser(source)
}
