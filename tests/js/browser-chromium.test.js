// @ts-check
/** What holds in pages, shown in Chromium. */

import { CHROMIUM } from './support/browser.js'
import { pageClaims } from './support/pages-all.js'

pageClaims(CHROMIUM)
