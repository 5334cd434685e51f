// @ts-check
/** Every claim about pages, made of one browser. Each browser has a file of tests: they run side by side. */

import { describe } from 'node:test'
import { placeOf } from './pages.js'
import { lifeClaims } from './pages-life.js'
import { loadingClaims } from './pages-loading.js'
import { roomClaims } from './pages-room.js'
import { storeClaims } from './pages-stores.js'
import { suiteClaims } from './pages-suites.js'
import { uploadClaims } from './pages-uploads.js'

/** @param {import('./browser.js').Kind} kind */
export function pageClaims(kind) {
  const place = placeOf(kind)
  describe(`stores in ${kind.name}`, () => storeClaims(place))
  describe(`the life of pages in ${kind.name}`, () => lifeClaims(place))
  describe(`room in ${kind.name}`, () => roomClaims(place))
  describe(`loading in ${kind.name}`, () => loadingClaims(place))
  describe(`uploads in ${kind.name}`, () => uploadClaims(place))
  describe(`the suites in ${kind.name}`, () => suiteClaims(place))
}
