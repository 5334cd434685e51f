// @ts-check
/** Loads the whole core. The mini-program build has `load/miniprogram.js` in place of this file. */

import { CORE_FILES } from './core-files.js'
import { loaderOf } from './place.js'

export const loadCore = loaderOf(CORE_FILES)
