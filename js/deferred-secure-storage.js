// @ts-check
/**
 * The verbs of the encrypted storage as Promises, which every host has. What they do is in
 * secure-verbs.js and in verbs.js; their twins that answer at once are in secure-storage.js.
 */

import { runLater } from './run.js'
import { importGuide } from './secure-import.js'
import * as secure from './secure-verbs.js'
import * as verbs from './verbs.js'

/** @typedef {import('./checks.js').SetOptions} SetOptions */
/** @typedef {import('./secure-import.js').GuideOptions} GuideOptions */
/** @typedef {import('./secure-import.js').GuideResult} GuideResult */
/** @typedef {import('./secure-verbs.js').Inspection} Inspection */
/** @typedef {import('./secure-verbs.js').Secret} Secret */
/** @typedef {import('./secure-verbs.js').UnlockOptions} UnlockOptions */
/** @typedef {import('./session.js').Space} Space */

/**
 * The encrypted storage of a host that answers later. What it stores lies in the default namespace, sealed
 * with AES-256-GCM; everything of the storage works on it. A missing value, LOCKED, WRONG_SECRET,
 * SECRET_MISSING and CORRUPT are five answers, and none of them changes what is stored.
 */
export class DeferredSecureStorage {
  /**
   * Made by `open`.
   * @param {Space} space
   * @param {secure.Rotation} rotation
   */
  constructor(space, rotation) {
    /**
     * Where the verbs work.
     * @protected
     * @readonly
     */
    this.space = space
    /**
     * @protected
     * @readonly
     */
    this.rotation = rotation
  }

  /** Whether the secret is at hand. */
  get isUnlocked() {
    return secure.stateOf(this.space.session).isUnlocked
  }

  /**
   * Unlocks with 32 bytes or a passphrase; the first secret ever given makes the keyset. Rejects with
   * WRONG_SECRET before any record is touched. A rotation that was cut off goes on.
   * @param {Secret} secret
   * @param {UnlockOptions} [options]
   * @returns {Promise<void>}
   */
  async unlock(secret, options) {
    await runLater(secure.unlock(this.space.session, secret, options))
    this.rotation.resume()
  }

  /**
   * Wipes every secret from memory, at once: what is under way fails with LOCKED.
   * @returns {Promise<void>}
   */
  async lock() {
    secure.lock(this.space.session)
  }

  /**
   * Stores a value sealed.
   * @param {string} key
   * @param {unknown} value
   * @param {SetOptions} [options]
   * @returns {Promise<void>}
   */
  setSecure(key, value, options) {
    return runLater(verbs.set(this.space, key, value, options))
  }

  /**
   * Gets a value that was sealed; one that was not is CORRUPT, for somebody else may have put it there.
   * @template [T=any]
   * @param {string} key
   * @param {T} [defaultValue] What a missing or expired key gives.
   * @returns {Promise<T | undefined>}
   */
  getSecure(key, defaultValue) {
    return runLater(verbs.get(this.space, key, defaultValue))
  }

  /**
   * Removes a value, readable or not.
   * @param {string} key
   * @returns {Promise<boolean>} Whether it was there.
   */
  removeSecure(key) {
    return runLater(verbs.remove(this.space, key))
  }

  /**
   * Wraps the keyset under another passphrase or secret; no record is touched, and the old one opens
   * nothing from then on. Rejects with WRONG_SECRET if the old one is not right.
   * @param {Secret} old
   * @param {Secret} fresh
   * @returns {Promise<void>}
   */
  changePassphrase(old, fresh) {
    return runLater(secure.changePassphrase(this.space.session, old, fresh))
  }

  /**
   * Gives every namespace a new secret, which seals from now on. What older ones sealed is sealed anew in
   * the background, and goes on after the next `unlock` if the process dies; then the old secrets go.
   * @returns {Promise<void>} Settles when the new secrets are stored; see `whenRotated`.
   */
  async rotate() {
    await runLater(secure.rotate(this.space.session))
    this.rotation.resume()
  }

  /**
   * Waits until nothing is left to be sealed anew, as far as it can be read. Rejects with what stopped it.
   * @returns {Promise<void>}
   */
  whenRotated() {
    return this.rotation.settled()
  }

  /**
   * Makes what is sealed in a namespace unreadable for ever: its secrets go first, in one write, then its
   * sealed records. What is not sealed stays, and so do nested namespaces.
   * @param {string | string[]} namespace '' for the default one, a name, or the names of nested ones.
   * @returns {Promise<number>} How many records went.
   */
  shred(namespace) {
    return runLater(secure.shred(this.space.session, namespace))
  }

  /**
   * Tells what a value was sealed with, without opening it; nothing for a missing key.
   * @param {string} key
   * @returns {Promise<Inspection | undefined>}
   */
  inspect(key) {
    return runLater(secure.inspect(this.space, key))
  }

  /**
   * Reads what the schemes of the WeChat guide stored, and stores it sealed under the same keys, each of
   * them atomically. What cannot be read is left as it is.
   * @param {GuideOptions} options
   * @returns {Promise<GuideResult[]>} What became of each key, in their order.
   */
  importGuide(options) {
    return runLater(importGuide(this.space, options))
  }
}
