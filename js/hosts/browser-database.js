// @ts-check
/** One database of IndexedDB with one object store of records: opening, its end, transactions, refusals. */

import { StorageError } from '../errors.js'
import { refusalOf } from './browser.js'
import { fault } from './host.js'

/** The version of the layout: one object store, keys beside the values. */
const VERSION = 1
const STORE = 'records'

export class Database {
  #name
  #durability
  #isTaken = false
  /** @type {IDBDatabase | undefined} */
  #connection
  #whyClosed = 'it is not open; open it first'

  /** @param {string} name @param {IDBTransactionDurability} durability */
  constructor(name, durability) {
    this.#name = name
    this.#durability = durability
  }

  /** Opens the database, and makes it if it is missing. */
  async open() {
    if (this.#isTaken) throw fault('BUSY', 'this host is open already; close it first')
    this.#isTaken = true
    try {
      this.#connection = await this.#connect()
    } catch (error) {
      this.#isTaken = false
      throw this.#refusalOf(error)
    }
  }

  close() {
    this.#end('it is closed')
    this.#isTaken = false
  }

  /**
   * Asks several things in one transaction; all answers are of the same moment.
   * @param {(store: IDBObjectStore) => IDBRequest<any>[]} ask
   * @returns {Promise<any[]>}
   */
  async look(ask) {
    return this.#run('readonly', ask)
  }

  /**
   * Changes several records in one transaction: all of them or none.
   * @param {(store: IDBObjectStore) => void} act
   * @returns {Promise<void>}
   */
  async change(act) {
    await this.#run('readwrite', store => {
      act(store)
      return []
    })
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<any>[]} act
   * @returns {Promise<any[]>}
   */
  #run(mode, act) {
    return new Promise((resolve, reject) => {
      if (this.#connection === undefined) {
        throw fault('HOST_FAILED', `the database ${this.#name} cannot be used: ${this.#whyClosed}`)
      }
      const refuse = (/** @type {unknown} */ error) => reject(this.#refusalOf(error))
      /** @type {IDBTransaction | undefined} */
      let transaction
      try {
        transaction = this.#connection.transaction(STORE, mode, { durability: this.#durability })
        const requests = act(transaction.objectStore(STORE))
        transaction.oncomplete = () => resolve(requests.map(({ result }) => result))
        // Firefox calls every end of a transaction told to commit an AbortError; the request knows why.
        let reason = /** @type {unknown} */ (null)
        transaction.onerror = ({ target }) => { reason ??= /** @type {IDBRequest} */ (target).error }
        transaction.onabort = ({ target }) => refuse(reason ?? /** @type {IDBTransaction} */ (target).error)
        // Nothing more will be asked; saying so spares a turn. Safari before 15 cannot be told.
        transaction.commit?.()
      } catch (error) {
        // What was asked before must not happen without the rest.
        if (transaction) transaction.onabort = null
        transaction?.abort()
        refuse(error)
      }
    })
  }

  #connect() {
    return /** @type {Promise<IDBDatabase>} */ (new Promise((resolve, reject) => {
      const request = this.#factory().open(this.#name, VERSION)
      let isGivenUp = false
      request.onupgradeneeded = () => { request.result.createObjectStore(STORE) }
      request.onblocked = () => {
        isGivenUp = true
        reject(fault('BUSY', `another page keeps the database ${this.#name} from being upgraded; close it`))
      }
      request.onerror = () => reject(this.#refusalOf(request.error))
      request.onsuccess = () => {
        const connection = request.result
        // Another page may delete or upgrade the database: whoever holds on would block it for ever.
        connection.onversionchange = () => this.#end('another page deletes or upgrades it; reload this page')
        connection.onclose = () => this.#end('the browser has closed or deleted it; open it again')
        if (!isGivenUp && connection.objectStoreNames.contains(STORE)) {
          resolve(connection)
          return
        }
        connection.close()
        reject(fault('HOST_FAILED', `the database ${this.#name} is not of MiniStash; give another \`name\``))
      }
    }))
  }

  #factory() {
    /* global indexedDB -- of browsers */
    if (typeof indexedDB === 'object' && indexedDB !== null) return indexedDB
    throw new StorageError('UNSUPPORTED', 'there is no IndexedDB here: pass another host, such as memory()')
  }

  /** @param {string} why */
  #end(why) {
    this.#connection?.close()
    this.#connection = undefined
    this.#whyClosed = why
  }

  /** @param {unknown} error */
  #refusalOf(error) {
    const { name } = Object(error)
    if (name === 'VersionError') {
      return fault('HOST_FAILED', `the database ${this.#name} is of a later version; reload this page`, error)
    }
    return refusalOf(error, 'IndexedDB', `the database ${this.#name}`)
  }
}
