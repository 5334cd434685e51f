// @ts-check
/** Every value on a host of a mini-program: written, the app ended, and read from the disk. */

import { describe, test } from 'node:test'
import { openAt } from './shell.js'
import { VALUES, assertCameBack } from './values.js'

/** @typedef {typeof VALUES[number]} ValueEntry */

/**
 * @param {{ name: string, deferred: boolean, make: (options?: any) => { mini: any, disk: Map<string, any> },
 *   host: (mini: any, options: { deferred: boolean }) => any }} kind
 * @param {object} [how]
 * @param {(entry: ValueEntry) => boolean} [how.isTaken] Which values are tried.
 * @param {boolean} [how.isPlain] Whether the core is the one in plain JavaScript.
 */
export function valuesOn(kind, { isTaken = () => true, isPlain = false } = {}) {
  describe(`values on ${kind.name}`, () => {
    test('every value comes back from the disk', async () => {
      const all = VALUES.filter(entry => entry.expect === 'equal' && isTaken(entry))
        .map(entry => ({ entry, value: entry.make() }))
      if (all.length < 120) throw new Error(`${all.length} values`)
      const double = kind.make()
      const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      if (stash.isPlain !== isPlain) throw new Error('this is the other core')
      for (const [at, { value }] of all.entries()) await storage.set(`key ${at}`, value)
      await stash.close()
      const next = kind.make({ disk: new Map(double.disk) })
      const again = await openAt(kind.host(next.mini, { deferred: kind.deferred }))
      for (const [at, { entry, value }] of all.entries()) {
        assertCameBack(entry, value, await again.storage.get(`key ${at}`))
      }
      await again.stash.close()
    })
  })
}
