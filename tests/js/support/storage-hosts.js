// @ts-check
/** Every kind of host of ours, for tests of the whole storage: what holds on one must hold on all. */

import { memory } from '../../../js/hosts/memory.js'
import { node } from '../../../js/hosts/node.js'
import { folderFor } from './host-folder.js'
import { faulty } from '../../../js/testing/faulty.js'
import { openAt } from './shell.js'

/** @import { Host, Limits } from '../../../js/hosts/host.js' */
/** @typedef {Readonly<Host>} AnyHost */
/** @typedef {{ after(act: () => unknown): void }} Test */

/**
 * A kind of host to test on.
 * @typedef {object} HostKind
 * @property {string} name
 * @property {boolean} immediate
 * @property {'text' | 'bytes' | 'native'} holds
 * @property {(test: Test, limits?: Limits) => AnyHost} make Makes a new, empty, unopened host. Closed and
 *   opened again, it still has its data.
 */

/** Small enough that a value of a few hundred bytes is split. */
export const SMALL_ENTRY_BYTES = 512
/** A file costs more than an entry in memory: the folder splits only what is large anyway. */
export const SMALL_FILE_BYTES = 8192

const WAYS = [
  { name: 'journal', atomic: false, limits: {} },
  { name: 'atomic', atomic: true, limits: {} },
  { name: 'splitting', atomic: false, limits: { entryBytes: SMALL_ENTRY_BYTES } },
  { name: 'splitting, atomic', atomic: true, limits: { entryBytes: SMALL_ENTRY_BYTES } },
]

/** @type {HostKind[]} */
const memories = [true, false].flatMap(immediate =>
  /** @type {const} */ (['text', 'bytes', 'native']).flatMap(holds =>
    WAYS.map(({ name, atomic, limits }) => ({
      name: `memory, ${immediate ? 'immediate' : 'deferred'}, ${holds}, ${name}`,
      immediate,
      holds,
      make: (_, more) => memory({ immediate, holds, atomic, ...limits, ...more }),
    }))))

/** @type {HostKind[]} */
const folders = [true, false].flatMap(immediate =>
  [{}, { entryBytes: SMALL_FILE_BYTES }].map(limits => ({
    name: `node, ${immediate ? 'immediate' : 'deferred'}, ${'entryBytes' in limits ? 'splitting' : 'whole'}`,
    immediate,
    holds: 'bytes',
    // What a power cut would leave is not what these tests are about, and a sync costs more than all else.
    make: (test, more) => node({ dir: folderFor(test), immediate, durable: false, ...limits, ...more }),
  })))

/** Memory hosts of every kind, and the folder host. */
export const HOSTS = Object.freeze([...memories, ...folders])

/**
 * Opens a stash on a new host whose calls are counted, and opens it again.
 * @param {HostKind} kind
 * @param {Test} test
 */
export async function openCounted(kind, test) {
  const control = faulty(kind.make(test))
  const opened = await openAt(control.host)
  /** Closes the stash and opens its host as the next process would. */
  const reopen = async () => {
    await opened.stash.close()
    const { stash, storage } = await openAt(control.host, { clock: () => opened.time.now })
    Object.assign(opened, { stash, storage })
    return storage
  }
  test.after(() => opened.stash.close())
  return { opened, control, reopen }
}

const CHANGING = new Set(['write', 'remove', 'writeMany', 'removeMany', 'commit', 'writeWitness'])

/**
 * How many of the calls change what the host holds.
 * @param {{ verb: string }[]} calls
 */
export function changesAmong(calls) {
  return calls.filter(({ verb }) => CHANGING.has(verb)).length
}

/**
 * All that a host holds, in the order of its keys.
 * @param {AnyHost} host
 * @returns {Promise<[string, unknown][]>}
 */
export async function contentsOf(host) {
  const keys = (await host.list('')).sort()
  /** @type {[string, unknown][]} */
  const contents = []
  for (const key of keys) contents.push([key, await host.read(key)])
  return contents
}
