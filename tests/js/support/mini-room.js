// @ts-check
/** Want of room on a host of a mini-program: a typed error, and what was there stays. */

import assert from 'node:assert/strict'
import { openAt, refused } from './shell.js'

/**
 * @param {{ deferred: boolean, make: (options?: any) => any,
 *   host: (mini: any, options: { deferred: boolean }) => any }} kind
 * @param {(double: any) => void} [look] What else holds when both were refused.
 */
export async function refusesWantOfRoom(kind, look = () => {}) {
  const double = kind.make({ totalLimit: 60_000 })
  const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
  await storage.setMany({ a: 'old', b: 'old' })
  const large = 'x'.repeat(70_000)
  await refused('QUOTA_EXCEEDED', () => storage.set('a', large))
  await refused('QUOTA_EXCEEDED', () => storage.setMany({ a: large, b: 1 }))
  assert.deepEqual(await storage.getMany(['a', 'b']), ['old', 'old'])
  look(double)
  await stash.close()
}
