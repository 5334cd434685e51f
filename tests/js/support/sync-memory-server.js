// @ts-check
/**
 * A server of the sync protocol in memory, and a transport to it whose every call can be refused, lost, or
 * answered late. It does what sync-protocol.md says, and nothing else.
 */

import { createHash } from 'node:crypto'
import { StorageError } from '../../../js/errors.js'

/** @import { SyncTransport, WireMutation } from '../../../js/sync-transports/transport.js' */
/** @import { WireResult, WireRow } from '../../../js/sync-transports/transport.js' */

/** @param {string} text */
const sha256 = text => createHash('sha256').update(text).digest()

/** @param {string} key */
export const bucketOf = key => /** @type {number} */ (sha256(key)[0])

/**
 * @param {string} key
 * @param {number} version
 */
export const markOf = (key, version) => sha256(`${key}\n${version}`).readUIntBE(0, 6)

/** A server. */
export class MemoryServer {
  constructor() {
    this.epoch = 1
    this.version = 0
    /** @type {Map<string, WireRow>} */
    this.rows = new Map()
    /** @type {Map<string, { key: string, hlc: string, result: WireResult }>} */
    this.decided = new Map()
    /** @type {{ client: string, mutation: WireMutation }[]} Every change that was applied. */
    this.log = []
    /** @type {(mutation: WireMutation) => { code: string, message: string } | undefined} */
    this.refuse = () => undefined
    this.merges = false
    this.clock = Date.now
  }

  /**
   * @param {string} client
   * @param {WireMutation} mutation
   * @returns {WireResult}
   */
  decide(client, mutation) {
    const { id, key, hlc } = mutation
    const name = `${client}:${id}`
    const before = this.decided.get(name)
    if (before) return before.key === key && before.hlc === hlc ? before.result : { id, status: 'reused' }
    const refusal = this.refuse(mutation)
    const result = refusal ? { id, status: /** @type {const} */ ('rejected'), ...refusal }
      : this.apply(client, mutation)
    this.decided.set(name, { key, hlc, result })
    return result
  }

  /**
   * @param {string} client
   * @param {WireMutation} mutation
   * @returns {WireResult}
   */
  apply(client, mutation) {
    const { id, key, type, base, hlc, fields, ...content } = mutation
    const { value, encoded, sealed } = content
    const row = this.rows.get(key)
    const isFree = (!row || row.deleted) && (base === 0 || type === 'delete')
    const isMerged = fields !== undefined && this.merges && row !== undefined && !row.deleted && hlc > row.hlc
    if ((row ? row.version : 0) !== base && !isFree && !isMerged) {
      return { id, status: 'conflict', row: row ?? { key, version: 0, hlc: '0'.repeat(16), deleted: true } }
    }
    this.version += 1
    const { version } = this
    const by = `${client}:${id}`
    /** @type {any} */
    const holds = isMerged && row ? { value: overlaid(row.value, value, fields) }
      : type === 'delete' ? { deleted: true }
        : sealed !== undefined ? { sealed } : encoded ? { encoded } : { value }
    this.rows.set(key, { key, version, hlc, by, ...holds })
    this.log.push({ client, mutation })
    return { id, status: 'accepted', version, ...(isMerged ? holds : {}) }
  }

  get now() {
    return this.clock()
  }

  get cursor() {
    return `e${this.epoch}.${this.version}`
  }

  /**
   * @param {string} cursor
   * @param {number} limit
   */
  pull(cursor, limit) {
    const [, epoch, since = '0'] = /^e(\d+)\.(\d+)$/.exec(cursor) ?? []
    if (cursor !== '' && Number(epoch) !== this.epoch) {
      return { now: this.now, reset: /** @type {const} */ (true) }
    }
    const rows = [...this.rows.values()]
      .filter(row => row.version > Number(since) && (cursor !== '' || !row.deleted))
      .sort((a, b) => a.version - b.version)
    const page = rows.slice(0, limit)
    const more = rows.length > limit
    const last = page[page.length - 1]
    const at = more && last ? last.version : this.version
    return { now: this.now, rows: page, more, cursor: `e${this.epoch}.${at}` }
  }

  digest() {
    /** @type {Map<number, [number, number, number]>} */
    const buckets = new Map()
    for (const { key, version, deleted } of this.rows.values()) {
      if (deleted) continue
      const bucket = bucketOf(key)
      const [, count, sum] = buckets.get(bucket) ?? [bucket, 0, 0]
      buckets.set(bucket, [bucket, count + 1, (sum + markOf(key, version)) % 2 ** 48])
    }
    return { now: this.now, cursor: this.cursor, buckets: [...buckets.values()] }
  }

  /**
   * @param {number[]} buckets
   * @param {string} after
   * @param {number} limit
   */
  rowsIn(buckets, after, limit) {
    const rows = [...this.rows.values()]
      .filter(({ key, deleted }) => !deleted && key > after && buckets.includes(bucketOf(key)))
      .sort((a, b) => a.key < b.key ? -1 : 1)
    return { now: this.now, cursor: this.cursor, rows: rows.slice(0, limit), more: rows.length > limit }
  }

  /** A transport to it. */
  transport() {
    return new MemoryTransport(this)
  }
}

/**
 * @param {any} held
 * @param {any} value
 * @param {string[]} fields
 */
function overlaid(held, value, fields) {
  const merged = { ...held }
  for (const field of fields) {
    if (field in value) merged[field] = value[field]
    else delete merged[field]
  }
  return merged
}

/**
 * A transport in memory. What passes is copied as JSON, as on a wire.
 * @implements {SyncTransport}
 */
export class MemoryTransport {
  /** @param {MemoryServer} server */
  constructor(server) {
    this.server = server
    this.name = 'memory'
    this.merges = server.merges
    this.seals = true
    /** @type {string[]} */
    this.calls = []
    /**
     * @type {(call: string, request: any) => 'lose' | 'lose answer' | StorageError | void | Promise<void>}
     */
    this.trouble = () => {}
  }

  /** @param {any} request */
  async push(request) {
    return this.carry('push', request, ({ client, mutations }) => ({
      now: this.server.now,
      results: mutations.map((/** @type {WireMutation} */ mutation) => this.server.decide(client, mutation)),
    }))
  }

  /** @type {(request: any, how: any) => Promise<any>} */
  async pull(request) {
    return this.carry('pull', request, ({ cursor, limit }) => this.server.pull(cursor, limit))
  }

  async digest() {
    return this.carry('digest', {}, () => this.server.digest())
  }

  /** @param {any} request */
  async rows(request) {
    return this.carry('rows', request,
      ({ buckets, after, limit }) => this.server.rowsIn(buckets, after, limit))
  }

  /**
   * @param {string} call
   * @param {any} request
   * @param {(request: any) => any} serve
   */
  async carry(call, request, serve) {
    this.calls.push(call)
    const trouble = this.trouble(call, request)
    const lost = new StorageError('NETWORK_FAILED', 'the network failed')
    if (trouble === 'lose') throw lost
    if (trouble instanceof StorageError) throw trouble
    await trouble
    const answer = serve(JSON.parse(JSON.stringify(request)))
    if (trouble === 'lose answer') throw lost
    return JSON.parse(JSON.stringify(answer))
  }
}
