// @ts-check
/**
 * The reference host: a Map that behaves as the most particular of real stores do. It copies what
 * goes in and out, counts as they count, and refuses as they refuse. It keeps nothing on any disk.
 */

import { defineHost } from './define-host.js'
import { fault } from './host.js'
import { makeLedger, recordBytes } from './ledger.js'
import { checkHostOptions } from './options.js'

/** @import { Data, Host } from './host.js' */

/**
 * @template {boolean} [Immediate=true]
 * @typedef {object} MemoryOptions
 * @property {'text' | 'bytes' | 'native'} [holds] What it holds; 'native' keeps JSON as wx does, where
 *   an empty string reads as missing. Default 'text'.
 * @property {Immediate} [immediate] False: every call takes effect and answers in a later microtask.
 *   Default true.
 * @property {boolean} [atomic] True: it has `commit`. Default false.
 * @property {boolean} [batch] True: it has `readMany`, `writeMany` and `removeMany`. Default true.
 * @property {number} [entryBytes] The most that one record may take, its key included.
 * @property {number} [totalBytes] The most that all records together may take.
 * @property {string} [name] Default 'memory'.
 */

/**
 * What a memory host can do besides: `wipe` loses every record, as a platform may, but the witness.
 * @typedef {{ wipe(): void }} Wipeable
 */

const OPTIONS = Object.freeze(/** @type {const} */ ({
  holds: 'string', immediate: 'boolean', atomic: 'boolean', batch: 'boolean', entryBytes: 'number',
  totalBytes: 'number', name: 'string' }))

/**
 * Makes a host in memory. The data live as long as the host: closed and opened again, it still has
 * them, so that a test can play a restart. While it is open, a second `open` is refused as BUSY.
 * @template {boolean} [Immediate=true]
 * @param {MemoryOptions<Immediate>} [options]
 * @returns {Readonly<Host<Immediate> & Wipeable>}
 */
export function memory(options = {}) {
  checkHostOptions(options, OPTIONS)
  const { holds = 'text', immediate = true, atomic = false, batch = true, entryBytes, totalBytes } = options
  const records = /** @type {Map<string, Held>} */ (new Map())
  const ledger = makeLedger({ entryBytes, totalBytes })
  let isOpen = false
  let witness = /** @type {string | undefined} */ (undefined)
  /** @type {(act: () => any) => any} */
  const answer = immediate ? act => act() : act => Promise.resolve().then(act)
  /** @type {(entry: [key: string, data: Data]) => [string, Held]} */
  const hold = ([key, data]) => [key, copyIn(holds, key, data)]
  /** @type {(key: string, held: Held | undefined) => void} */
  const put = (key, held) => {
    ledger.note(key, held?.bytes ?? 0)
    if (held === undefined) records.delete(key)
    else records.set(key, held)
  }
  /** @type {(key: string, held: Held | undefined) => void} */
  const change = (key, held) => {
    ledger.admitOne(key, held?.bytes ?? 0)
    put(key, held)
  }
  /** @type {(key: string) => Data | undefined} */
  const read = key => {
    const data = copyOut(records.get(key))
    return holds === 'native' && data === '' ? undefined : data
  }

  /** @type {Host<true> & Wipeable} */
  const one = {
    name: options.name ?? 'memory',
    immediate: /** @type {true} */ (immediate),
    holds,
    exclusive: true,
    limits: { entryBytes, totalBytes },
    read: key => answer(() => read(key)),
    write(key, data) {
      const held = copyIn(holds, key, data)
      return answer(() => change(key, held))
    },
    remove: key => answer(() => change(key, undefined)),
    list: prefix => answer(() => [...records.keys()].filter(key => key.startsWith(prefix))),
    info: () => answer(() => ({ usedBytes: ledger.usedBytes(), limitBytes: totalBytes })),
    witness: {
      read: () => answer(() => witness),
      write: text => answer(() => { witness = text })
    },
    entropy: typeof crypto === 'object' ? () => crypto.getRandomValues(new Uint8Array(32)) : undefined,
    open() {
      if (isOpen) throw fault('BUSY', 'this memory host is open already; close it first')
      isOpen = true
    },
    close() { isOpen = false },
    wipe() {
      records.clear()
      ledger.clear()
    }
  }
  /** @type {Pick<Host<true>, 'readMany' | 'writeMany' | 'removeMany'>} */
  const many = {
    readMany: keys => answer(() => keys.map(read)),
    // Not atomic, on purpose: what stands before the refused record stays written.
    writeMany(entries) {
      const held = entries.map(hold)
      return answer(() => { for (const [key, each] of held) change(key, each) })
    },
    removeMany: keys => answer(() => { for (const key of keys) change(key, undefined) })
  }
  /** @type {Host<true>['commit']} */
  const commit = ({ writes, removes }) => {
    /** @type {[string, Held | undefined][]} */
    const gone = removes.map(key => [key, undefined])
    const changes = new Map([...gone, ...writes.map(hold)])
    return answer(() => {
      ledger.admit([...changes].map(([key, held]) => [key, held?.bytes ?? 0]))
      for (const [key, held] of changes) put(key, held)
    })
  }
  return /** @type {any} */ (defineHost({ ...one, ...(batch ? many : {}), ...(atomic ? { commit } : {}) }))
}

/** @typedef {{ data: string | Uint8Array, isJson: boolean, bytes: number }} Held */

/** @type {(holds: string, key: string, data: Data) => Held} */
function copyIn(holds, key, data) {
  const kind = typeof data === 'string' ? 'text' : data instanceof Uint8Array ? 'bytes' : 'native'
  if (holds !== 'native' && holds !== kind) throw fault('HOST_FAILED', `it holds ${holds}, not ${kind}`)
  const isJson = holds === 'native' && kind !== 'text'
  const text = isJson ? JSON.stringify(data) : /** @type {string | Uint8Array} */ (data)
  const copy = typeof text === 'string' ? text : new Uint8Array(text)
  return { data: copy, isJson, bytes: recordBytes(key, copy) }
}

/** @type {(held: Held | undefined) => Data | undefined} */
function copyOut(held) {
  if (held === undefined) return undefined
  if (typeof held.data !== 'string') return held.data.slice()
  return held.isJson ? JSON.parse(held.data) : held.data
}
