// @ts-check
/**
 * A collection of WeChat's cloud database as it is used: reading in the order of change, adding what is not
 * there, and replacing what has a certain version. Every condition names the user, as the security rules of a
 * collection demand. What is written is not decided here.
 */

import { StorageError } from '../errors.js'
import { kindOf } from '../checks.js'
import { toUtf8 } from '../secure-utf8.js'
import { cloudError } from '../uploads/cloud-errors.js'
import { during } from '../uploads/task.js'
import { toBase64 } from '../value-base64.js'
import { noteOf } from './cloud-rows.js'
import { breach } from './wire-rows.js'

/** @import { Content, RowDocument } from './cloud-rows.js' */
/** @import { Place } from './cloud-place.js' */
/** @import { SyncConditions, WireMutation } from './transport.js' */

/** What the cloud replaces by whoever asks. */
const OWN = '{openid}'
/** The most that a mini-program gets at once. */
const PAGE_MAX = 20
/** How many changes a row remembers: so often it may change until who lost an answer asks again. */
const SEEN_MAX = 10
const OWNER = /^[\w-]{1,128}$/

/** @typedef {[code: import('../errors.js').ErrorCode, retryable: boolean, status?: number]} Meaning */
/**
 * What the numbers of the database mean; the others are those of the whole cloud.
 * @type {Readonly<Record<string, Meaning>>}
 */
const REFUSALS = {
  '-502001': ['HOST_FAILED', true], '-502010': ['HOST_FAILED', true], '-502012': ['HOST_FAILED', true],
  '-502015': ['HOST_FAILED', true], '-502011': ['TIMEOUT', true],
  '-501015': ['BUSY', true, 429], '-501016': ['BUSY', true, 429],
  '-502003': ['HTTP_STATUS', false, 403], '-501019': ['HTTP_STATUS', false, 403],
}

export class CloudTable {
  /**
   * @param {Record<string, any>} database
   * @param {string} name
   * @param {string | undefined} owner
   */
  constructor(database, name, owner) {
    this.database = database
    this.collection = () => database.collection(name)
    this.owner = owner
  }

  /**
   * The document of a key.
   * @param {string} id
   * @param {SyncConditions} how
   * @returns {Promise<RowDocument | undefined>}
   */
  async read(id, how) {
    const { data } = await ask(how, () => this.collection().where({ _openid: OWN, _id: id }).limit(1).get())
    return data[0]
  }

  /**
   * Adds a document, unless there is one.
   * @param {string} id
   * @param {WireMutation} mutation
   * @param {string} name Of the change.
   * @param {Content} content
   * @param {SyncConditions} how
   * @returns {Promise<number>} The version; 0 if there is one.
   */
  async add(id, { key, hlc, base }, name, content, how) {
    // The tombstone of an earlier row may be gone: a time is greater than any version that it had.
    const version = Math.max(base + 1, Math.floor(how.now()))
    const data = { _id: id, key, version, hlc, by: name, ...content,
      changedAt: this.database.serverDate(), seen: [noteOf(name, version)] }
    try {
      await ask(how, () => this.collection().add({ data }))
      return version
    } catch (error) {
      // By which number the cloud says that there is one has changed; whether there is does not.
      const isDoubtful = StorageError.is(error) && error.code === 'HOST_FAILED' && await this.read(id, how)
      if (!isDoubtful) throw error
      return 0
    }
  }

  /**
   * Replaces the content of a document, if it still has a version.
   * @param {string} id
   * @param {number} base
   * @param {WireMutation} mutation
   * @param {string} name Of the change.
   * @param {Content} content
   * @param {SyncConditions} how
   * @returns {Promise<number>} The new version; 0 if it has another one than that.
   */
  async replace(id, base, { hlc }, name, content, how) {
    const version = base + 1
    const { command } = this.database
    const data = { version, hlc, by: name, ...content, changedAt: this.database.serverDate(),
      seen: command.push({ each: [noteOf(name, version)], slice: -SEEN_MAX }) }
    const { stats } = await ask(how, () =>
      this.collection().where({ _openid: OWN, _id: id, version: base }).update({ data }))
    return stats.updated > 0 ? version : 0
  }

  /**
   * The documents behind a place, in the order of change.
   * @param {Place} place
   * @param {SyncConditions} how
   * @returns {Promise<{ documents: RowDocument[], isEnd: boolean }>}
   */
  async after({ at, id }, how) {
    const { command } = this.database
    const from = new Date(at)
    const page = await this.page({ changedAt: command.gte(from) }, how)
    const documents = page.filter(one => timeOf(one) > at || one._id > id)
    const isEnd = page.length < PAGE_MAX
    if (documents.length > 0 || isEnd) return { documents, isEnd }
    // A whole page of one time that is known: the rest of that time, then what is later.
    const same = await this.page({ changedAt: from, _id: command.gt(id) }, how)
    if (same.length > 0) return { documents: same, isEnd: false }
    const later = await this.page({ changedAt: command.gt(from) }, how)
    return { documents: later, isEnd: later.length < PAGE_MAX }
  }

  /**
   * The id of a key: ids are unique in a whole collection, so it begins with whose it is.
   * @param {string} key
   * @param {SyncConditions} how
   */
  async idOf(key, how) {
    this.owner ??= await this.learnOwner(how)
    const digits = toBase64(/** @type {Uint8Array} */ (toUtf8(key)))
    return `${this.owner}:${digits.replace(/\+/g, '-').replace(/\//g, '_').replace(/[=]+$/, '')}`
  }

  /**
   * Who asks, as the cloud says: it writes that into every document, and a device does not know it.
   * @private
   * @param {SyncConditions} how
   * @returns {Promise<string>}
   */
  async learnOwner(how) {
    for (const isNew of [true, false]) {
      const { data } = await ask(how, () => this.collection().where({ _openid: OWN }).limit(1).get())
      const owner = Object(data[0])._openid
      if (typeof owner === 'string' && OWNER.test(owner)) return owner
      if (isNew) await ask(how, () => this.collection().add({ data: { form: 'owner' } }))
    }
    throw new StorageError('HOST_FAILED', 'the cloud does not say whose documents these are: give `user`')
  }

  /**
   * @private
   * @param {object} condition
   * @param {SyncConditions} how
   * @returns {Promise<RowDocument[]>}
   */
  async page(condition, how) {
    const { data } = await ask(how, () => this.collection().where({ _openid: OWN, ...condition })
      .orderBy('changedAt', 'asc').orderBy('_id', 'asc').limit(PAGE_MAX).get())
    return data
  }
}

/**
 * When a document changed, in milliseconds.
 * @param {RowDocument} document
 */
export function timeOf({ changedAt }) {
  const time = Number(changedAt)
  if (time >= 0) return time
  throw breach('the changedAt of a document', 'a time', kindOf(changedAt))
}

/**
 * @template T
 * @param {SyncConditions} how
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
function ask({ signal }, call) {
  return during(signal, () => ({
    answer: (async () => call())().catch(refusal => { throw databaseError(refusal) }),
    abort() {},
  }), 'the synchronisation')
}

/** @param {any} refusal */
function databaseError(refusal) {
  const { errCode, message = '', errMsg = message } = Object(refusal)
  // Some clients have the number in the text only.
  const number = errCode < -1 ? errCode : Number(/-[456]\d{5}\b/.exec(errMsg)?.[0] ?? errCode)
  if (number === -502005) {
    return new StorageError('HOST_FAILED',
      'there is no such collection: create it in the console of the cloud',
      { cause: refusal, retryable: false })
  }
  const [code, retryable, status] = REFUSALS[String(number)] ?? []
  if (code === undefined) return cloudError({ errCode: number, errMsg }, false)
  return new StorageError(code, `${errMsg} (${number})`, { cause: refusal, retryable, status })
}
