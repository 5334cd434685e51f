// @ts-check
/** What holds in pages, shown in Firefox. */

import { FIREFOX } from './support/browser.js'
import { pageClaims } from './support/pages-all.js'

pageClaims(FIREFOX)
