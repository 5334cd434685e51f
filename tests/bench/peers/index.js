// @ts-check
/**
 * Databases that synchronise, for the bench. In a folder of their own, because what they bring must not stand
 * before the packages of the tests.
 */

import { readFileSync } from 'node:fs'

/**
 * A package of this folder; only who runs the bench has it.
 * @param {string} name
 * @returns {Promise<any>}
 */
export const peer = name => import(name)

/** @param {string} name @returns {string} */
export function versionOfPeer(name) {
  const manifest = new URL(`./node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
