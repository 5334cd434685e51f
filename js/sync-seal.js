// @ts-check
/**
 * Synchronisation that only devices can read: the secret of the account, and what travels under it. What is
 * sealed, and how, is decided in the core; here it is told what the server says.
 */

import { StorageError } from './errors.js'
import { runLater } from './run.js'
import * as verbs from './sync-seal-verbs.js'
import { toWire } from './sync-wire.js'

/** @typedef {import('./sync-results.js').Outgoing} Outgoing */
/** @typedef {import('./sync-transports/transport.js').PushAnswer} PushAnswer */
/** @typedef {import('./sync-transports/transport.js').PushRequest} PushRequest */
/** @typedef {import('./sync-transports/transport.js').WireResult} WireResult */
/** @typedef {import('./sync-transports/transport.js').WireRow} WireRow */

/** The row that holds the secret, wrapped; as in `src/sync/seal.rs`. */
const SECRET_KEY = '~ministash/secret'
const { STANDING } = verbs
/** How often the row of the secret is read and written anew, because others write it too. */
const ROUNDS_MAX = 5
/**
 * Under this a row says upon which version its value was made. No server can set it: JSON has no symbols.
 */
export const UPON = Symbol('upon')

/** The sealing of one synchronisation. */
export class SyncSeal {
  /**
   * @param {import('./session.js').Space} space
   * @param {{ acceptPlain: boolean, pad: boolean }} settings
   */
  constructor(space, settings) {
    this.space = space
    this.settings = settings
    /** Whether the secret has to be looked at: at first, and when it came or went. */
    this.isDue = true
    /** Whether the server has lost its row of it. */
    this.isLost = false
  }

  /**
   * Has this device and the server hold the same secret before anything else is said.
   * @param {(request: PushRequest) => Promise<PushAnswer>} push
   * @returns {Promise<void>} Rejects with LOCKED, WRONG_SECRET, SECRET_MISSING, and what the transport does;
   *   nothing has been overwritten then.
   */
  async prepare(push) {
    if (!this.isDue && !this.isLost) return
    const standing = await runLater(verbs.secret(this.space))
    if (standing !== STANDING.READY || this.isLost) await this.establish(push)
    this.isDue = false
    this.isLost = false
  }

  /**
   * @private
   * @param {(request: PushRequest) => Promise<PushAnswer>} push
   */
  async establish(push) {
    const { client, stamp, row } = await runLater(verbs.offer(this.space))
    let base = 0
    for (let id = 1; id <= ROUNDS_MAX; id += 1) {
      const type = base === 0 ? 'create' : 'update'
      const mutation = /** @type {const} */ ({ id, key: SECRET_KEY, type, base, hlc: stamp, sealed: row })
      const answer = Object(await push({ client, mutations: [mutation] }))
      const result = resultIn(answer)
      if (result.status === 'accepted') {
        await runLater(verbs.agree(this.space, undefined))
        return
      }
      const { version, sealed } = rowOf(result)
      await runLater(verbs.agree(this.space, sealed))
      if (await runLater(verbs.secret(this.space)) === STANDING.READY) return
      // The passphrase was changed since: the row is wrapped anew.
      base = version
    }
    throw new StorageError('BUSY', 'other devices write the secret of the account, too: try again later')
  }

  /**
   * The sealed texts of changes, in their order; undefined for those that delete.
   * @param {Outgoing[]} items
   * @returns {Promise<(string | undefined)[]>}
   */
  async sealed(items) {
    const texts = await runLater(verbs.seal(this.space, this.settings.pad, items.filter(has)))
    let next = 0
    return items.map(item => has(item) ? texts[next++] : undefined)
  }

  /**
   * Rows as if they had come in the clear, in their order.
   * @param {WireRow[]} rows
   * @returns {Promise<WireRow[]>} Rejects with CORRUPT for what no device has sealed for its key; nothing of
   *   the answer may be taken in then.
   */
  async opened(rows) {
    for (const row of rows) if (Object(row).key === SECRET_KEY) await this.saw(row)
    const sealed = rows.filter(isSealed)
    const opened = await runLater(verbs.unseal(this.space, sealed))
    let next = 0
    return rows.map(row => {
      if (!isSealed(row)) return this.unsealed(row)
      const { upon, value } = opened[next++] ?? {}
      const { key, version, hlc, by } = row
      if (!value || upon === undefined) throw corrupt('is not what a device has sealed for it', key)
      const plain = { key, version, hlc, ...(by === undefined ? {} : { by }), ...toWire(value) }
      return Object.assign(plain, { [UPON]: upon })
    })
  }

  /**
   * An answer to a push as if it had come in the clear.
   * @param {PushAnswer} answer
   * @param {Outgoing[]} items
   * @returns {Promise<PushAnswer>}
   */
  async openedAnswer(answer, items) {
    const results = Array.from(Object(answer).results ?? [], result => Object(result))
    const rows = results.map(({ id, status, row, ...told }) => {
      const { key = '', stamp: hlc = '' } = items.find(({ number }) => number === id) ?? {}
      if (status === 'conflict') return { ...row, key }
      return status === 'accepted' && hasContent(told) ? { ...told, hlc: told.hlc ?? hlc, key } : undefined
    })
    const opened = await this.opened(/** @type {WireRow[]} */ (rows.filter(row => row !== undefined)))
    let next = 0
    return Object.assign({}, answer, {
      results: results.map((result, index) => {
        if (rows[index] === undefined) return result
        const row = opened[next++]
        return result.status === 'conflict' ? { ...result, row }
          : { ...row, id: result.id, status: result.status, version: result.version }
      }),
    })
  }

  /**
   * @private
   * @param {WireRow} row
   */
  unsealed(row) {
    const { key, version, hlc } = Object(row)
    // The core notes its version and nothing else.
    if (key === SECRET_KEY && hasContent(row)) return { key, version, hlc, value: null }
    if (this.settings.acceptPlain || !hasContent(row)) return row
    throw corrupt('is not sealed: nothing in the clear is taken without encrypt: { acceptPlain: true }', key)
  }

  /**
   * Takes note of the row of the secret.
   * @private
   * @param {WireRow} row
   */
  async saw({ deleted, sealed }) {
    if (deleted === true) this.isLost = true
    else await runLater(verbs.agree(this.space, String(sealed)))
  }
}

/** @param {Outgoing} item */
const has = ({ value }) => value !== undefined

/** @param {WireRow} row */
function isSealed(row) {
  const { key, sealed, deleted } = Object(row)
  return sealed !== undefined && deleted !== true && key !== SECRET_KEY
}

/** @param {any} wire */
function hasContent({ value, encoded, sealed, deleted }) {
  return deleted !== true && (value !== undefined || encoded !== undefined || sealed !== undefined)
}

/**
 * @param {PushAnswer} answer
 * @returns {any}
 */
function resultIn(answer) {
  const [result] = Array.from(Object(answer).results ?? [])
  const { status, code, message } = Object(result)
  if (status === 'rejected') {
    throw new StorageError('REJECTED', 'the server does not take the secret of the account: '
      + `let it accept the key ${SECRET_KEY} (${String(code)}: ${String(message)})`)
  }
  if (status === 'accepted' || status === 'conflict') return result
  throw new StorageError('BUSY', 'the server has not decided on the secret of the account: try again later')
}

/** @param {any} result */
function rowOf({ row }) {
  const { version, sealed } = Object(row)
  if (!Number.isSafeInteger(version) || version < 1 || typeof sealed !== 'string') {
    throw corrupt('is not the secret of the account', SECRET_KEY)
  }
  return { version, sealed }
}

/**
 * @param {string} what
 * @param {string} key
 */
function corrupt(what, key) {
  return new StorageError('CORRUPT', `what the server holds under this key ${what}`, { key })
}
