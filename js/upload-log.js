// @ts-check
/**
 * The log of the upload queue in the store. Each commit writes one record, the last one, longer by what
 * happened; when that is full the next one begins, and when they have become many they are replaced, in one
 * commit, by what is true now. So a change costs one host call, wherever it happens.
 */

import { StorageError } from './errors.js'
import { pushPut, pushRemove } from './begin.js'
import { COMPRESSION, NO_TTL, VERB } from './door.js'
import { nothing } from './results.js'
import { operateInTurn } from './run.js'
import { RESET_LINE } from './upload-wire.js'
import * as verbs from './verbs.js'

/**
 * @template T
 * @typedef {import('./run.js').Flow<T>} Flow
 */

/** The namespace of the queue; users cannot name one that begins so. */
const PATH = '~up'
const PREFIX = 'l'
/** How many digits of base 36 a record has. */
const NUMBER_CHARS = 8
/** The last record is written anew with each commit until it is so long. */
const RECORD_CHARS_MAX = 512
/** What was logged is put together when it is longer than this, and than twice what was put together last. */
const LOGGED_CHARS_MAX = 32 * 1024
/** And than so much for each item that there is: what is still true is not worth writing twice. */
const ITEM_CHARS = 200
/** As in the value codec: the text itself is the value. */
const STRING_FORM = 2
const PUT = { ttl: NO_TTL, compression: COMPRESSION.NONE, overwrite: false, ifVersion: undefined }

/** The log of one queue. */
export class UploadLog {
  /**
   * @param {import('./session.js').Session} session
   * @param {string} lane Whose log it is, where several may use the store at once; '' where nobody else does.
   */
  constructor(session, lane) {
    this.space = { session, path: PATH }
    this.lane = lane
    /** @type {string[]} The records there are, those that cannot be read left out. */
    this.records = []
    /** The number of the last record, and its text. */
    this.last = 0
    this.tail = ''
    /** Whether the last record may hold what the host refused: then it is written over. */
    this.isDoubtful = false
    this.logged = 0
    this.compacted = 0
    /** @type {StorageError | null} What was known of wipes when it was last written whole. */
    this.wiped = session.wiped
  }

  /**
   * The logs that there are.
   * @returns {Flow<Map<string, string[]>>} Their records, by lane.
   */
  *lanes() {
    /** @type {Map<string, string[]>} */
    const lanes = new Map()
    const found = yield* verbs.keys(this.space, { prefix: PREFIX })
    for (const key of found) {
      const lane = key.slice(PREFIX.length, -NUMBER_CHARS)
      lanes.set(lane, [...lanes.get(lane) ?? [], key])
    }
    return lanes
  }

  /**
   * Reads what an earlier process left in the own lane.
   * @param {readonly string[]} keys
   * @returns {Flow<string>}
   */
  *open(keys) {
    const { text, records } = yield* this.read(keys)
    const [lastKey = ''] = keys.slice(-1)
    this.last = parseInt(lastKey.slice(-NUMBER_CHARS), 36) || 0
    this.records = records
    this.logged = text.length
    return text
  }

  /**
   * Reads records; what cannot be read stays for a person to rescue, and what the others say counts.
   * @param {readonly string[]} keys
   * @returns {Flow<{ text: string, records: string[] }>} The records that could be read.
   */
  *read(keys) {
    let text = ''
    const records = []
    for (const key of keys) {
      try {
        text += yield* verbs.get(this.space, key, '')
        records.push(key)
      } catch (error) {
        if (!StorageError.is(error) || error.code !== 'CORRUPT') throw error
        this.space.session.report(error, undefined)
      }
    }
    return { text, records }
  }

  /**
   * Whether it is time to put together what is true now.
   * @param {number} items How many there are to be put together.
   */
  isLong(items) {
    return this.logged > Math.max(LOGGED_CHARS_MAX, 2 * this.compacted, ITEM_CHARS * items)
      || this.wiped !== this.space.session.wiped
  }

  /**
   * Adds lines: when it returns they are stored.
   * @param {string} lines
   * @param {readonly string[]} [replaced] Records of others that say the same.
   * @returns {Flow<void>}
   */
  *append(lines, replaced = []) {
    const isFull = this.tail === '' || this.tail.length + lines.length > RECORD_CHARS_MAX
    const begins = isFull && !this.isDoubtful
    const number = begins ? this.last + 1 : this.last
    const text = begins ? lines : this.tail + lines
    // If the host refuses, nobody knows which of both lies there.
    if (begins) {
      this.last = number
      this.tail = ''
    }
    this.isDoubtful = true
    yield* this.commit(number, text, replaced)
    this.isDoubtful = false
    this.tail = text
    this.logged += lines.length
    if (begins) this.records.push(this.keyOf(number))
  }

  /**
   * Replaces all records by one.
   * @param {string} lines What is true now.
   * @returns {Flow<void>}
   */
  *replace(lines) {
    const { wiped } = this.space.session
    const number = this.last + 1
    yield* this.commit(number, RESET_LINE + lines, this.records)
    this.records = [this.keyOf(number)]
    this.last = number
    // It is too long to be written anew each time.
    this.tail = ''
    this.isDoubtful = false
    this.logged = 0
    this.compacted = lines.length
    this.wiped = wiped
  }

  /**
   * @private
   * @param {number} number
   * @param {string} text
   * @param {readonly string[]} replaced
   * @returns {Flow<void>}
   */
  *commit(number, text, replaced) {
    const { session, path } = this.space
    yield* operateInTurn(session, 'write', (core, now) => {
      const operation = core.begin(VERB.COMMIT, path, now)
      pushPut(operation, this.keyOf(number), { form: STRING_FORM, text: text || '\n' }, PUT)
      for (const old of replaced) pushRemove(operation, old)
      return operation
    }, nothing)
  }

  /** @private @param {number} number */
  keyOf(number) {
    return PREFIX + this.lane + number.toString(36).padStart(NUMBER_CHARS, '0')
  }
}
