// @ts-check
/**
 * The folder host of Node: one file per record, in node-records.js. Here its steps become a host,
 * immediate or deferred. Also for Bun, Deno and Electron, where they offer Node's modules.
 */

import { StorageError } from '../errors.js'
import { defineHost } from './define-host.js'
import { networkByFetch } from './http-fetch.js'
import { fault } from './host.js'
import { checkHostOptions } from './options.js'
import { filesOfNode } from './node-app-files.js'
import { formBySend } from './node-form.js'
import { newRecord } from './node-names.js'
import { Records } from './node-records.js'
import { builtin, refusalOf, runLater, runNow } from './node-steps.js'

/** @import { Host } from './host.js' */
/** @import { Steps } from './node-steps.js' */

/**
 * @template {boolean} [Immediate=true]
 * @typedef {object} NodeOptions
 * @property {string} [dir] The folder; made if it is missing. Default '.ministash'.
 * @property {Immediate} [immediate] False: every call is a Promise and blocks no other work. Default true.
 * @property {number} [entryBytes] The most that one record may take, its key included.
 * @property {number} [totalBytes] The most that all records together may take.
 * @property {boolean} [durable] True: what was answered survives a power cut. False: it survives the
 *   death of the process but not a power cut, which may also spoil what was written last; the core
 *   then finds the damage. Many times faster. Default true.
 */

const OPTIONS = Object.freeze(/** @type {const} */ ({
  dir: 'string', immediate: 'boolean', durable: 'boolean', entryBytes: 'number', totalBytes: 'number' }))

/**
 * Makes a host on a folder of files. Nothing is touched before it is opened; then one process of this
 * machine owns the folder at a time, and another is refused as BUSY.
 * @template {boolean} [Immediate=true]
 * @param {NodeOptions<Immediate>} [options]
 * @returns {Readonly<Host<Immediate>>}
 */
export function node(options = {}) {
  checkHostOptions(options, OPTIONS)
  const { immediate = true, durable = true, entryBytes, totalBytes, dir: path = '.ministash' } = options
  if (path === '') throw new StorageError('INVALID_OPTION', 'expected a path in `dir`, got an empty one')
  const limits = { entryBytes, totalBytes }
  // Resolved at once: the program may change its working directory later.
  const dir = builtin('node:path').resolve(path)
  const records = new Records({ dir, durable, limits })
  const { look, change, open, close } = immediate ? atOnce(records) : inTurn(records)

  /** @type {Host<true>} */
  const host = {
    name: 'node',
    immediate: /** @type {true} */ (immediate),
    holds: 'bytes',
    exclusive: true,
    limits,
    read: key => look(records.read(key)),
    write: (key, data) => change(records.write([newRecord([key, data])])),
    remove: key => change(records.remove([key])),
    list: prefix => look(records.list(prefix)),
    readMany: keys => look(records.readMany(keys)),
    writeMany: entries => change(records.write(entries.map(newRecord))),
    removeMany: keys => change(records.remove([...keys])),
    info: () => look(answered(records.room())),
    witness: {
      read: () => look(records.readWitness()),
      write: text => change(records.writeWitness(text))
    },
    network: networkOfNode(),
    files: filesOfNode(dir),
    entropy: () => new Uint8Array(builtin('node:crypto').randomBytes(32)),
    open,
    close
  }
  return /** @type {any} */ (defineHost(host))
}

function networkOfNode() {
  const network = networkByFetch()
  return network && { ...network, sendForm: formBySend(network.send) }
}

/**
 * How steps, those of node-steps.js, become answers: `look` for those that change nothing. They are not
 * named here, because a typedef is public, and with them came the types of Node.
 * @typedef {object} Mode
 * @property {(steps: Generator<any, any, any>) => any} look
 * @property {(steps: Generator<any, any, any>) => any} change
 * @property {() => void | Promise<void>} open
 * @property {() => void | Promise<void>} close
 */

/** @type {(records: Records) => Mode} */
function atOnce(records) {
  /** @type {Mode['look']} */
  const look = steps => runNow(told(records, whileOpen(records, steps)))
  const open = () => runNow(told(records, records.open()))
  return { look, change: look, open, close: () => records.close() }
}

/** @type {(records: Records) => Mode} */
function inTurn(records) {
  let last = /** @type {Promise<unknown>} */ (Promise.resolve())
  /** @type {<T>(act: () => T | Promise<T>) => Promise<T>} */
  const after = act => {
    const done = last.then(act)
    last = done.catch(() => {})
    return done
  }
  /** @type {Mode['look']} */
  const look = steps => runLater(told(records, whileOpen(records, steps)))
  return {
    look,
    // One change after another: two of one key end as the later one, and the count stays true.
    change: steps => after(() => look(steps)),
    open: () => after(() => runLater(told(records, records.open()))),
    close: () => after(() => records.close())
  }
}

/** @type {(records: Records, steps: Steps<any>) => Steps<any>} */
function* whileOpen(records, steps) {
  if (!records.isOpen) throw fault('HOST_FAILED', `the folder ${records.dir} is not open; open it first`)
  return yield* steps
}

/** @type {<T>(answer: T) => Steps<T>} */
function* answered(answer) {
  yield []
  return answer
}

/** @type {(records: Records, steps: Steps<any>) => Steps<any>} */
function* told(records, steps) {
  try {
    return yield* steps
  } catch (error) {
    throw refusalOf(error, records.dir)
  }
}
