// @ts-check
/**
 * Every verb of the encrypted storage that is not one of the storage itself, written once: flows, as in
 * verbs.js. Invariant: a passphrase or a secret is handed to the core and kept nowhere here; the core
 * keeps it only while sealed synchronisation needs it.
 */

import { StorageError } from './errors.js'
import { checkKey, checkNames, checkNamespace, expect, kindOf } from './checks.js'
import { KIND, VERB } from './door.js'
import { operate, operateInTurn, runLater, runNow } from './run.js'
import { toUtf8 } from './secure-utf8.js'

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./session.js').Space} Space */

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/**
 * What opens the encrypted storage: 32 random bytes that the app keeps, or a passphrase.
 * @typedef {Uint8Array | string | PassphraseOptions} Secret
 */

/**
 * @typedef {object} PassphraseOptions
 * @property {string} passphrase What a person types. It is normalised (NFKC), so that it does not matter
 *   how a keyboard composes it.
 * @property {'argon2id' | 'pbkdf2'} [derivation] How a new keyset derives from it; Argon2id takes 19 MiB of
 *   memory. A keyset that is there says itself how it was derived.
 */

/**
 * @typedef {object} UnlockOptions
 * @property {boolean} [overwrite] Replace a damaged keyset, by the one in memory if this secret unlocked it.
 *   What only the damaged one could open stays sealed for ever.
 */

/**
 * What a value was sealed with.
 * @typedef {object} Inspection
 * @property {'AES-256-GCM'} algorithm
 * @property {string} secretId Which secret of the keyset: 12 hexadecimal digits.
 * @property {number} createdAt When the key was first set.
 */

const SECRET_BYTES = 32
/** How the door tells one kind of secret from another. */
const DERIVATIONS = Object.freeze({ none: 0, argon2id: 1, pbkdf2: 2 })

/**
 * A secret as the door takes it.
 * @typedef {{ bytes: Uint8Array, derivation: number }} Checked
 */

/**
 * Refuses what is no secret, and never says what it was.
 * @param {unknown} secret
 * @returns {Checked}
 */
export function checkSecret(secret) {
  if (secret instanceof Uint8Array || Object.prototype.toString.call(secret) === '[object Uint8Array]') {
    const bytes = /** @type {Uint8Array} */ (secret)
    if (bytes.length !== SECRET_BYTES) {
      throw new StorageError('INVALID_OPTION', `expected a secret of ${SECRET_BYTES} bytes, got ${bytes.length}`)
    }
    return { bytes, derivation: DERIVATIONS.none }
  }
  const options = typeof secret === 'string' ? { passphrase: secret }
    : typeof secret === 'object' && secret !== null ? checkNames(secret, ['passphrase', 'derivation'])
      : undefined
  if (!options) {
    throw new StorageError('INVALID_OPTION', `expected 32 bytes or a passphrase, got ${kindOf(secret)}`)
  }
  const { passphrase, derivation = 'argon2id' } = options
  const isText = typeof passphrase === 'string' && passphrase !== ''
  expect(isText, 'passphrase', 'a string that is not empty', passphrase)
  const isKnown = derivation === 'argon2id' || derivation === 'pbkdf2'
  expect(isKnown, 'derivation', "'argon2id' or 'pbkdf2'", derivation)
  const bytes = toUtf8(passphrase.normalize('NFKC'))
  if (!bytes) {
    throw new StorageError('INVALID_OPTION',
      'expected a passphrase of whole characters, got half of a surrogate pair')
  }
  return { bytes, derivation: derivation === 'pbkdf2' ? DERIVATIONS.pbkdf2 : DERIVATIONS.argon2id }
}

/**
 * @param {Session} session
 * @param {unknown} secret
 * @param {UnlockOptions} [options]
 * @returns {Flow<void>}
 */
export function* unlock(session, secret, options = {}) {
  const { overwrite = false } = checkNames(options, ['overwrite'])
  expect(typeof overwrite === 'boolean', 'overwrite', 'a boolean', overwrite)
  const checked = checkSecret(secret)
  yield* operateInTurn(session, 'write', (core, now) => {
    const operation = core.begin(VERB.UNLOCK, '', now)
    pushSecret(operation, checked)
    operation.pushNumber((overwrite ? 1 : 0) + kept(session))
    return operation
  }, () => undefined, () => tell(session))
}

/**
 * Locks at once, whatever is under way: what is being sealed fails with LOCKED and changes nothing.
 * @param {Session} session
 */
export function lock(session) {
  session.refuseIfFinished()
  runNow(operate(session, (core, now) => core.begin(VERB.LOCK, '', now), () => undefined))
  tell(session)
}

/**
 * @param {Session} session
 * @returns {{ isUnlocked: boolean, isRotating: boolean }}
 */
export function stateOf(session) {
  if (session.isClosed) return { isUnlocked: false, isRotating: false }
  return runNow(operate(session, (core, now) => core.begin(VERB.VAULT_STATE, '', now),
    operation => ({ isUnlocked: operation.number(0) === 1, isRotating: operation.number(1) === 1 })))
}

/**
 * @param {Session} session
 * @param {unknown} old
 * @param {unknown} fresh
 * @returns {Flow<void>}
 */
export function* changePassphrase(session, old, fresh) {
  const [before, after] = [checkSecret(old), checkSecret(fresh)]
  yield* operateInTurn(session, 'write', (core, now) => {
    const operation = core.begin(VERB.CHANGE_SECRET, '', now)
    pushSecret(operation, before)
    pushSecret(operation, after)
    operation.pushNumber(kept(session))
    return operation
  }, () => undefined, () => tell(session))
}

/**
 * @param {Session} session
 * @returns {Flow<void>}
 */
export function* rotate(session) {
  yield* operateInTurn(session, 'write', (core, now) => core.begin(VERB.ROTATE, '', now), () => undefined)
}

/**
 * One small commit of a rotation.
 * @param {Session} session
 * @returns {Flow<boolean>} Whether there is more to do.
 */
export function* step(session) {
  return yield* operateInTurn(session, 'write', (core, now) => core.begin(VERB.ROTATION_STEP, '', now),
    operation => operation.number(0) === 1)
}

/**
 * @param {Session} session
 * @param {unknown} namespace '' for the default one, a name, or the names of nested ones.
 * @returns {Flow<number>}
 */
export function* shred(session, namespace) {
  const names = Array.isArray(namespace) ? namespace : namespace === '' ? [] : [namespace]
  const path = names.reduce((above, name) => checkNamespace(above, name), '')
  return yield* operateInTurn(session, 'write', (core, now) => core.begin(VERB.SHRED, path, now),
    operation => operation.number(0), count => {
      if (count > 0) session.watchers.note('clear', path)
    })
}

/**
 * @param {Space} space
 * @param {string} key
 * @returns {Flow<Inspection | undefined>}
 */
export function* inspect({ session, path }, key) {
  checkKey(key)
  return yield* operateInTurn(session, 'read', (core, now) => {
    const operation = core.begin(VERB.INSPECT, path, now)
    operation.push(KIND.TEXT, key)
    return operation
  }, operation => operation.number(0) === 1
    ? {
        algorithm: /** @type {const} */ ('AES-256-GCM'),
        secretId: operation.number(1).toString(16).padStart(12, '0'),
        createdAt: operation.number(2),
      }
    : undefined)
}

/** @param {Session} session */
const kept = session => session.keepsCredential ? 2 : 0

/** @param {Session} session */
function tell(session) {
  for (const hear of session.onSecret) hear()
}

/**
 * @param {import('./door.js').Operation} operation
 * @param {Checked} secret
 */
function pushSecret(operation, { bytes, derivation }) {
  operation.pushBytes(bytes)
  operation.pushNumber(derivation)
  // What was made of a passphrase is ours to wipe; the bytes of the app are the app's.
  if (derivation !== DERIVATIONS.none) bytes.fill(0)
}

/**
 * Seals anew, a small commit at a time, what older secrets sealed. Between two of them everybody else has
 * their turn.
 */
export class Rotation {
  /** @param {Session} session */
  constructor(session) {
    this.session = session
    this.hasEnded = false
    /** @type {Promise<void> | undefined} */
    this.running = undefined
  }

  /** Goes on with what is left to do, if it does not already; a failure is kept for who waits. */
  resume() {
    if (this.running || this.hasEnded) return
    if (!stateOf(this.session).isRotating) return
    this.running = this.#run().finally(() => { this.running = undefined })
    this.running.catch(() => {})
  }

  /** Settles when nothing is left to do. */
  async settled() {
    this.resume()
    await this.running
  }

  /** Waits for the commit under way and begins no other. */
  async end() {
    this.hasEnded = true
    await this.running?.catch(() => {})
  }

  async #run() {
    let isMore = true
    while (isMore && !this.hasEnded && !this.session.isClosed) {
      await pause()
      if (this.hasEnded || !stateOf(this.session).isUnlocked) return
      isMore = await runLater(step(this.session))
    }
  }
}

/** Lets everything else of the event loop have its turn; without timers, what waits for Promises. */
function pause() {
  return new Promise(resolve => {
    if (typeof setTimeout === 'function') setTimeout(resolve, 0)
    else resolve(undefined)
  })
}
