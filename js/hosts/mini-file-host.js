// @ts-check
/**
 * The hosts on the file systems of mini-programs: far more room than their storages have, and bytes. The
 * records are in mini-records.js; what makes one place differ from another is in a table here.
 */

import { StorageError } from '../errors.js'
import { runLater, runNow } from '../run.js'
import { defineHost } from './define-host.js'
import { fault } from './host.js'
import { fileCalls } from './mini-calls.js'
import { checkGlobal } from './mini-facts.js'
import { faultOf } from './mini-faults.js'
import { userDataPath } from './mini-files.js'
import { MiniFolder } from './mini-folder.js'
import { letGo, membersOf, take } from './mini-host.js'
import { MiniRecords } from './mini-records.js'
import { checkHostOptions } from './options.js'

/** @import { Host, Limits } from './host.js' */
/** @import { Facts, Mini } from './mini-facts.js' */
/** @import { Flow } from './mini-folder.js' */

/**
 * @template {boolean} [Deferred=false]
 * @typedef {object} MiniFilesOptions
 * @property {string} [name] Which store: letters, digits, `-` and `_`. Default 'ministash'.
 * @property {Deferred} [deferred] True: over the asynchronous calls, which do not stop the page while
 *   they last. Default false.
 */

const OPTIONS = Object.freeze(/** @type {const} */ ({ name: 'string', deferred: 'boolean' }))
const NAME = /^[\w-]{1,64}$/

/**
 * What a place keeps, less the largest entry: while a record is replaced, both are there.
 * @type {(totalBytes: number, entryBytes: number) => Readonly<Required<Limits>>}
 */
const roomFor = (totalBytes, entryBytes) => Object.freeze({ entryBytes, totalBytes: totalBytes - entryBytes })

/** Of QQ nothing is documented. Alipay keeps 10 MB in one file. */
const LITTLE = roomFor(9_900_000, 990_000)
const MUCH = roomFor(198_000_000, 9_900_000)
/** @type {Readonly<Record<string, Readonly<Required<Limits>>>>} */
const LIMITS = Object.freeze({
  wechat: MUCH, kuaishou: MUCH, alipay: roomFor(49_000_000, 4_900_000),
  douyin: LITTLE, qq: LITTLE, baidu: LITTLE
})

/**
 * Makes a host on the files of a mini-program. Nothing is touched before it is opened; then a second one of
 * the same name on the same global is BUSY.
 * @template {boolean} [Deferred=false]
 * @param {Mini} mini
 * @param {Facts} facts
 * @param {MiniFilesOptions<Deferred>} [options]
 * @returns {Readonly<Host<Deferred extends true ? false : true>>}
 */
export function miniFileHost(mini, facts, options = {}) {
  checkHostOptions(options, OPTIONS)
  checkGlobal(mini, facts.global, ['getFileSystemManager'])
  const { name = 'ministash', deferred = false } = options
  if (!NAME.test(name)) {
    throw new StorageError('INVALID_OPTION',
      'expected 1 to 64 letters, digits, - and _ as name, got something else')
  }
  const limits = /** @type {Required<Limits>} */ (LIMITS[facts.name])
  const store = `${name}-records`
  const run = deferred ? runLater : runNow
  let opened = /** @type {MiniRecords | undefined} */ (undefined)
  let last = /** @type {Promise<unknown>} */ (Promise.resolve())
  /** @type {(act: (records: MiniRecords) => Flow<any>) => any} */
  const look = act => run(told(opened, act))
  // One change after another: all of them are written to the same file first.
  /** @type {typeof look} */
  const change = act => {
    if (!deferred) return look(act)
    const done = last.then(() => look(act))
    last = done.catch(() => {})
    return done
  }
  /** @type {Host<any>} */
  const host = {
    ...membersOf(mini, facts),
    name: `${facts.name}Files`,
    immediate: !deferred,
    holds: 'bytes',
    exclusive: true,
    limits,
    read: key => look(records => records.read(key)),
    write(key, data) {
      const bytes = /** @type {Uint8Array} */ (data)
      const kept = deferred ? bytes.slice() : bytes
      return change(records => records.write(key, kept))
    },
    remove: key => change(records => records.remove(key)),
    list: prefix => look(function* ({ folder }) { return yield folder.list(prefix) }),
    readMany: deferred ? keys => Promise.all(keys.map(key => look(records => records.read(key)))) : undefined,
    info: () => look(function* ({ folder }) {
      return { usedBytes: yield* folder.usedBytes(), limitBytes: limits.totalBytes }
    }),
    async open() {
      take(mini, store, facts.global)
      try {
        const calls = fileCalls(mini, deferred, facts.words === 'my')
        const records = new MiniRecords(new MiniFolder(calls, `${userDataPath(mini)}/${store}`))
        await run(told(records, () => records.open()))
        opened = records
      } catch (error) {
        letGo(mini, store)
        throw error
      }
    },
    async close() {
      await last
      opened = undefined
      letGo(mini, store)
    }
  }
  return defineHost(host)
}

/** @type {(records: MiniRecords | undefined, act: (records: MiniRecords) => Flow<any>) => Flow<any>} */
function* told(records, act) {
  if (records === undefined) throw fault('HOST_FAILED', 'the files are not open; open them first')
  try {
    return yield* act(records)
  } catch (refusal) {
    throw Object(refusal).fault === undefined ? faultOf(refusal) : refusal
  }
}
