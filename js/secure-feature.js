// @ts-check
/** The encrypted storage as a feature of the stash: its option, its member, its turns. */

import { callersSpace, spaceAt, spelledPath } from './space.js'
import { SecureStorage } from './secure-storage.js'
import { Rotation, checkSecret, lock, unlock } from './secure-verbs.js'

/** @type {import('./features.js').Feature} */
export const secureFeature = {
  option: 'secret',
  check: secret => { checkSecret(secret) },
  attach(session, secret) {
    const rotation = new Rotation(session)
    const space = spaceAt(callersSpace(session), spelledPath('', { encrypt: true }))
    return {
      members: { secure: new SecureStorage(space, rotation) },
      *open() {
        if (secret === undefined) return
        yield* unlock(session, secret)
        rotation.resume()
      },
      *close() {
        yield rotation.end()
        lock(session)
      },
    }
  },
}
