// @ts-check
/** The changes that a child is killed in, known to the child that makes them and to the test that looks. */

import { node } from '../../../js/hosts/node.js'
import { openAt } from './shell.js'

/** @import { DeferredStorage } from './shell.js' */

/** Large values are split into about four parts. */
const LIMITS = { entryBytes: 600 }

/** @param {string} text */
const large = text => text.repeat(Math.ceil(1800 / text.length))

/**
 * The changes by name; each is one commit of several records.
 * @type {Record<string, (storage: DeferredStorage) => Promise<unknown>>}
 */
export const CHANGES = {
  setMany: storage => storage.setMany({ a: 'new', b: [2], c: null, big: large('new '), d: 'new', e: 'new' }),
  clear: storage => storage.namespace('n').clear(),
  removeMany: storage => storage.removeMany(['a', 'big', 'none', 'c']),
  update: storage => storage.update('big', big => `${big} and ${large('more ')}`),
}

/** What is stored before any of them. @param {DeferredStorage} storage */
export async function fill(storage) {
  await storage.setMany({ a: 'old', b: [1], c: 'old', big: large('old ') })
  await storage.namespace('n').setMany({ one: 1, two: { date: new Date(2) }, three: large('three ') })
}

/**
 * Opens the folder.
 * @param {string} dir
 * @param {string} mode
 */
export function openFolder(dir, mode) {
  return openAt(node({ dir, immediate: mode === 'immediate', ...LIMITS }))
}
