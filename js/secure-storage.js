// @ts-check
/**
 * The encrypted storage of hosts that answer at once: the verbs of DeferredSecureStorage, and for each its
 * twin `verbSync`.
 */

import { DeferredSecureStorage } from './deferred-secure-storage.js'
import { importGuide } from './secure-import.js'
import * as secure from './secure-verbs.js'
import { now } from './storage-manager.js'
import * as verbs from './verbs.js'

/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./secure-import.js').GuideOptions} GuideOptions */
/** @typedef {import('./secure-import.js').GuideResult} GuideResult */
/** @typedef {import('./secure-verbs.js').Inspection} Inspection */
/** @typedef {import('./secure-verbs.js').Secret} Secret */
/** @typedef {import('./secure-verbs.js').UnlockOptions} UnlockOptions */

/** The encrypted storage of a host that answers at once. Both faces may be mixed freely. */
export class SecureStorage extends DeferredSecureStorage {
  /**
   * Unlocks at once. A passphrase takes as long as its derivation: some tenths of a second.
   * @see {@link DeferredSecureStorage.unlock}
   * @param {Secret} secret
   * @param {UnlockOptions} [options]
   * @returns {void}
   */
  unlockSync(secret, options) {
    now(this.space, 'unlock', secure.unlock(this.space.session, secret, options))
    this.rotation.resume()
  }

  /**
   * Wipes every secret from memory.
   * @returns {void}
   */
  lockSync() {
    secure.lock(this.space.session)
  }

  /**
   * Stores a value sealed, at once.
   * @param {string} key
   * @param {unknown} value
   * @param {SetOptions} [options]
   * @returns {void}
   */
  setSecureSync(key, value, options) {
    now(this.space, 'setSecure', verbs.set(this.space, key, value, options))
  }

  /**
   * Gets a value that was sealed, at once.
   * @see {@link DeferredSecureStorage.getSecure}
   * @template [T=any]
   * @param {string} key
   * @param {T} [defaultValue] What a missing or expired key gives.
   * @returns {T | undefined}
   */
  getSecureSync(key, defaultValue) {
    return now(this.space, 'getSecure', verbs.get(this.space, key, defaultValue))
  }

  /**
   * Removes a value at once, readable or not.
   * @param {string} key
   * @returns {boolean} Whether it was there.
   */
  removeSecureSync(key) {
    return now(this.space, 'removeSecure', verbs.remove(this.space, key))
  }

  /**
   * Wraps the keyset under another passphrase or secret, at once.
   * @see {@link DeferredSecureStorage.changePassphrase}
   * @param {Secret} old
   * @param {Secret} fresh
   * @returns {void}
   */
  changePassphraseSync(old, fresh) {
    now(this.space, 'changePassphrase', secure.changePassphrase(this.space.session, old, fresh))
  }

  /**
   * Gives every namespace a new secret at once; what older ones sealed is sealed anew in the background.
   * @see {@link DeferredSecureStorage.rotate}
   * @returns {void}
   */
  rotateSync() {
    now(this.space, 'rotate', secure.rotate(this.space.session))
    this.rotation.resume()
  }

  /**
   * Makes what is sealed in a namespace unreadable for ever, at once.
   * @see {@link DeferredSecureStorage.shred}
   * @param {string | string[]} namespace
   * @returns {number} How many records went.
   */
  shredSync(namespace) {
    return now(this.space, 'shred', secure.shred(this.space.session, namespace))
  }

  /**
   * Tells at once what a value was sealed with, without opening it.
   * @param {string} key
   * @returns {Inspection | undefined}
   */
  inspectSync(key) {
    return now(this.space, 'inspect', secure.inspect(this.space, key))
  }

  /**
   * Reads what the schemes of the WeChat guide stored, and stores it sealed, at once.
   * @see {@link DeferredSecureStorage.importGuide}
   * @param {GuideOptions} options
   * @returns {GuideResult[]}
   */
  importGuideSync(options) {
    return now(this.space, 'importGuide', importGuide(this.space, options))
  }
}
