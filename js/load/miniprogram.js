// @ts-check
/** The loader of the mini-program build, in place of load.js. */

import * as glue from '../core/core_bg.js'
import { unavailable } from './connect.js'
import { hasWebAssembly, load } from './mini-wasm.js'
import { once } from './once.js'
import { withPlain } from './plain.js'

/**
 * Loads the core, from where WeChat's npm build puts it if no path is given. The one in plain JavaScript has
 * to be given: what this file named in a `require`, every mini-program would have to carry, and it is almost
 * half of what a package may hold.
 */
export const loadCore = once(withPlain({
  hasWebAssembly,
  load,
  glue: async () => glue,
  findPlain: async () => {
    throw unavailable("open({ plain }) was not given it: const { plain } = require('ministash/plain')")
  },
}))
