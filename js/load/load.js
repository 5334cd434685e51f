// @ts-check
/**
 * Finds the loader of the place where the program runs. No loader names a module of Node in an `import`,
 * so that one package serves all without conditions or configuration. The mini-program build has
 * `load/miniprogram.js` in place of this file.
 */

import { isNode } from '../hosts/node-steps.js'
import * as browser from './browser.js'
import { hasWebAssembly, importGlue } from './core.js'
import * as node from './node.js'
import { once } from './once.js'
import { withPlain } from './plain.js'

/**
 * Loads the core, from its default place if none is given; what was loaded first serves the whole
 * process. Rejects with CORE_UNAVAILABLE, and may then be called again.
 */
export const loadCore = once(withPlain({
  hasWebAssembly,
  load: source => isNode() ? node.load(source) : browser.load(source),
  glue: importGlue,
  findPlain: () => isNode() ? node.findPlain() : browser.findPlain(),
}))
