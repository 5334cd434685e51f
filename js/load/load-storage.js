// @ts-check
/**
 * Loads the core with storage alone. The mini-program build has `load/miniprogram-storage.js` in place of
 * this file.
 */

import { loaderOf } from './place.js'
import { STORAGE_FILES } from './storage-files.js'

export const loadStorage = loaderOf(STORAGE_FILES)
