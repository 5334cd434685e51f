// What it costs to note a change that is to be synchronised, and to take in 10,000 that others made, beside
// PouchDB and RxDB on their memory storages. Nobody waits for a network: pages are there when they are asked
// for.
// @ts-check
import { memory, open } from '../../js/index.js'
import { peer, versionOfPeer } from './peers/index.js'
import { compare, duration, environment, printTable, times } from './support/kit.js'

/** @import { Contestant } from './support/kit.js' */

const { default: memoryAdapter } = await peer('pouchdb-adapter-memory')
const { default: PouchDB } = await peer('pouchdb-core')
const { createRxDatabase } = await peer('rxdb')
const { replicateRxCollection } = await peer('rxdb/plugins/replication')
const { getRxStorageMemory } = await peer('rxdb/plugins/storage-memory')

const CHANGES = 1000
const ROWS = 10_000
const PAGE = 200
const NOW = 1_763_740_000_000
const SCHEMA = Object.freeze({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 64 }, name: { type: 'string' }, mail: { type: 'string' },
    age: { type: 'number' }, tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['id'],
})

/** @param {number} number */
const keyOf = number => `user_${number}`

/** @param {number} number */
const valueOf = number => ({ name: `User ${number}`, mail: `user${number}@example.com`, age: number % 90,
  tags: ['a', 'b', 'c'] })

const rows = Array.from({ length: ROWS }, (_, index) => ({
  key: keyOf(index), version: index + 1, hlc: (NOW + index).toString(16).padStart(12, '0') + '0000',
  by: 'another:1', value: valueOf(index),
}))

/** A server that has every page ready. */
const transport = Object.freeze({
  name: 'ready',
  push: async () => { throw new Error('nothing is pushed here') },
  async pull(/** @type {{ cursor: string }} */ { cursor }) {
    const from = Number(cursor)
    const page = rows.slice(from, from + PAGE)
    return { now: NOW, rows: page, cursor: String(from + page.length), more: from + page.length < ROWS }
  },
})

PouchDB.plugin(memoryAdapter)
let databases = 0
const nextName = () => `bench${databases += 1}`

async function openRx() {
  const database = await createRxDatabase({ name: nextName(), storage: getRxStorageMemory(),
    multiInstance: false })
  const { users } = await database.addCollections({ users: { schema: SCHEMA } })
  return { database, users: /** @type {any} */ (users) }
}

/** @param {boolean} atomic Whether the host stores several records at once, as a database does. */
const openOurs = atomic => open({ host: memory({ atomic }), sync: { transport, pageSize: PAGE } })

/** @param {(number: number) => Promise<unknown>} add */
async function addAll(add) {
  for (let number = 0; number < CHANGES; number += 1) await add(number)
}

/** @type {Contestant[]} */
const adding = [
  { name: 'PouchDB, put', run: repeated(async () => {
    const database = new PouchDB(nextName(), { adapter: 'memory' })
    await addAll(number => database.put({ _id: keyOf(number), ...valueOf(number) }))
    await database.destroy()
  }) },
  { name: 'RxDB, insert', run: repeated(async () => {
    const { database, users } = await openRx()
    await addAll(number => users.insert({ id: keyOf(number), ...valueOf(number) }))
    await database.remove()
  }) },
  ...[false, true].map(atomic => ({ name: `MiniStash, addPendingChange${kindOf(atomic)}`,
    run: repeated(async () => {
      const stash = await openOurs(atomic)
      await addAll(number =>
        stash.sync.addPendingChange({ type: 'create', key: keyOf(number), data: valueOf(number) }))
      await stash.close()
    }) })),
]

/** @type {Contestant[]} */
const pulling = [
  { name: 'PouchDB, bulkDocs as a replication does', run: repeated(async () => {
    const database = new PouchDB(nextName(), { adapter: 'memory' })
    for (let from = 0; from < ROWS; from += PAGE) {
      const docs = rows.slice(from, from + PAGE)
        .map(({ key, value }) => ({ _id: key, _rev: `1-${'0'.repeat(32)}`, ...value }))
      await database.bulkDocs(docs, { new_edits: false })
    }
    await database.destroy()
  }) },
  { name: 'RxDB, replication', run: repeated(async () => {
    const { database, users } = await openRx()
    const replication = replicateRxCollection({
      collection: users, replicationIdentifier: 'bench', live: false,
      pull: {
        batchSize: PAGE,
        async handler(/** @type {any} */ checkpoint) {
          const from = checkpoint?.from ?? 0
          const documents = rows.slice(from, from + PAGE)
            .map(({ key, value }) => ({ id: key, ...value, _deleted: false }))
          return { documents, checkpoint: { from: from + documents.length } }
        },
      },
    })
    await replication.awaitInitialReplication()
    await database.remove()
  }) },
  ...[false, true].map(atomic => ({ name: `MiniStash, syncData${kindOf(atomic)}`, run: repeated(async () => {
    const stash = await openOurs(atomic)
    await stash.sync.syncData()
    await stash.close()
  }) })),
]

/** @param {boolean} atomic */
function kindOf(atomic) {
  return atomic ? ', atomic host' : ''
}

/** @param {() => Promise<void>} act */
function repeated(act) {
  return async (/** @type {number} */ count) => {
    for (let done = 0; done < count; done += 1) await act()
  }
}

/**
 * @param {string} title
 * @param {Contestant[]} contestants
 * @param {number} each
 */
async function show(title, contestants, each) {
  const measured = await compare(contestants)
  const ours = measured[measured.length - 1]
  printTable(title, ['', 'each', 'MiniStash beside it'],
    measured.map(({ name, ns }) => [name, duration(ns / each), times(ns / (ours?.ns ?? ns))]))
}

const peers = ['pouchdb-core', 'rxdb'].map(name => `${name} ${versionOfPeer(name)}`)
console.log([environment(), ...peers].join(', '))
await show(`${CHANGES.toLocaleString('en')} changes that are to be synchronised, one by one`, adding, CHANGES)
await show(`${ROWS.toLocaleString('en')} changes of others, in pages of ${PAGE}`, pulling, ROWS)

for (const atomic of [false, true]) {
  const stash = await open({ host: memory({ atomic }), sync: { transport, pageSize: PAGE } })
  const start = stash.hostCalls
  await addAll(number =>
    stash.sync.addPendingChange({ type: 'create', key: `new_${number}`, data: valueOf(number) }))
  const added = (stash.hostCalls - start) / CHANGES
  const before = stash.hostCalls
  await stash.sync.syncData().catch(() => {})
  const pulled = (stash.hostCalls - before) / (ROWS / PAGE)
  console.log(`\non a host ${atomic ? 'with' : 'without'} atomic batches: ${added.toFixed(1)} calls of the host `
    + `for a change, ${pulled.toFixed(1)} for a page of ${PAGE} rows`)
  await stash.close()
}
process.exit()
