// @ts-check
/**
 * Finds the way to load a core at the place where the program runs. No loader names a module of Node in an
 * `import`, so that one package serves all without conditions or configuration.
 */

import { isNode } from '../hosts/node-steps.js'
import * as browser from './browser.js'
import { hasWebAssembly, importGlue } from './core.js'
import * as node from './node.js'
import { once } from './once.js'
import { withPlain } from './plain.js'

/**
 * Makes the loader of a core, which loads it from its default place if none is given; what was loaded first
 * serves the whole process. It rejects with CORE_UNAVAILABLE, and may then be called again.
 * @param {import('./core.js').CoreFiles} files
 */
export function loaderOf(files) {
  return once(withPlain({
    hasWebAssembly,
    load: source => isNode() ? node.load(files, source) : browser.load(files, source),
    glue: () => importGlue(files),
    findPlain: () => isNode() ? node.findPlain(files) : browser.findPlain(files),
  }))
}
