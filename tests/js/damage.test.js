// @ts-check
/**
 * Every bit of what is stored flipped, and every truncation of it, seen through the whole storage: the right
 * value or a typed error, and the damaged record still there for a person to rescue.
 */

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { nameOfKey, newRecord } from '../../js/hosts/node-names.js'
import { node } from '../../js/hosts/node.js'
import { flips, truncations } from './support/damages.js'
import { folderFor } from './support/host-folder.js'
import { cutAt, faulty } from '../../js/testing/faulty.js'
import { openAt } from './support/shell.js'

/** @import { DeferredStorage } from './support/shell.js' */
/** @import { Raw } from './support/damages.js' */

const SPACE = 'n'
const LONG_KEY = `Long ${'k'.repeat(130)}`
const ENTRY_BYTES = 360

/** What is stored, by key: of every kind of record one. */
const STORED = {
  plain: { a: [1, 'zwei', '中'] },
  text: 'some words',
  tagged: new Map(/** @type {[any, any][]} */ ([['when', new Date(5)], [NaN, undefined]])),
  packed: { list: Array.from({ length: 40 }, () => 'again') },
  split: Array.from({ length: 100 }, (_, at) => at * at),
  [LONG_KEY]: true,
}

/** @param {DeferredStorage} storage */
async function fill(storage) {
  for (const [key, value] of Object.entries(STORED)) {
    await storage.set(key, value, { compress: key === 'packed', ttl: key === 'text' ? '1d' : null })
  }
}

/**
 * A store of raw records beneath a host.
 * @typedef {{ read(key: string): Promise<Raw>, write(key: string, raw: Raw): Promise<void> }} Beneath
 */

/** @param {any} host @returns {Beneath} */
const entriesOf = host => ({
  read: async key => host.read(key),
  write: async (key, raw) => host.write(key, raw),
})

/** @param {string} dir @returns {Beneath} */
const filesOf = dir => {
  const pathOf = (/** @type {string} */ key) => join(dir, 'records', nameOfKey(key))
  return {
    read: async key => new Uint8Array(fs.readFileSync(pathOf(key))),
    write: async (key, raw) => fs.writeFileSync(pathOf(key), raw),
  }
}

/** @typedef {{ place: DeferredStorage, beneath: Beneath, hostKey: string, key: string }} Target */

/**
 * Damages a record in every way given, and looks at it through the storage each time.
 * @param {Target} target
 * @param {Iterable<Raw>} damages
 */
async function damage({ place, beneath, hostKey, key }, damages) {
  const whole = await beneath.read(hostKey)
  const right = Reflect.get(STORED, key)
  const count = { all: 0, right: 0, refused: 0 }
  for (const damaged of damages) {
    const where = `${JSON.stringify(hostKey)}, damage ${count.all}`
    await beneath.write(hostKey, damaged)
    count.all += 1
    const code = await codeOf(async () => assert.deepEqual(await place.get(key, 'missing'), right, where))
    if (code === undefined) count.right += 1
    else {
      assert.match(code, /^(CORRUPT|UNSUPPORTED)$/, where)
      assert.equal(await codeOf(() => place.getMany([key])), code, where)
      // The head of a split value may be whole while a part is not: then there is a value to replace.
      if (!hostKey.startsWith('~ms~p')) {
        assert.equal(await codeOf(() => place.set(key, 'other')), code, where)
        assert.equal(await codeOf(() => place.update(key, () => 'other')), code, where)
      }
      count.refused += 1
    }
    assert.deepEqual(await beneath.read(hostKey), damaged, `${where}: the record has changed`)
  }
  await beneath.write(hostKey, whole)
  assert.deepEqual(await place.get(key), right, `${hostKey}: made whole again`)
  return count
}

/**
 * The code of a StorageError; `undefined` if nothing was refused, and whatever else is thrown, on.
 * @param {() => unknown} act
 * @returns {Promise<string | undefined>}
 */
async function codeOf(act) {
  try {
    await act()
    return undefined
  } catch (/** @type {any} */ error) {
    if (error.name !== 'StorageError') throw error
    return error.code
  }
}

for (const immediate of [true, false]) {
  const mode = immediate ? 'immediate' : 'deferred'
  for (const holds of /** @type {const} */ (['text', 'bytes', 'native', 'files'])) {
    test(`a damaged record is told, or its value is right, and it stays: ${holds}, ${mode}`, async t => {
      const dir = folderFor(t)
      const own = holds === 'files' ? node({ dir, immediate, durable: false, entryBytes: ENTRY_BYTES })
        : memory({ immediate, holds, entryBytes: ENTRY_BYTES })
      // What is damaged here while the store is open must be read again.
      const host = { ...own, exclusive: false }
      const { stash, storage } = await openAt(host)
      t.after(() => stash.close())
      // A native host holds plain values of the default namespace as themselves, without a checksum.
      const place = storage.namespace(SPACE)
      await fill(place)
      const beneath = holds === 'files' ? filesOf(dir) : entriesOf(host)
      const hostKeys = (await host.list('')).filter(key => key.includes(`~ms~n/${SPACE}~`))
      const parts = hostKeys.filter(key => key.startsWith('~ms~p'))
      assert.equal(hostKeys.length - parts.length, Object.keys(STORED).length)
      assert.ok(parts.length >= 2)
      const sum = { all: 0, right: 0, refused: 0 }
      for (const hostKey of hostKeys) {
        const whole = await beneath.read(hostKey)
        // On a deferred host all is the same but slower: a part of the bits is enough.
        const damages = [...flips(whole, immediate ? 1 : 7), ...truncations(whole, holds === 'native')]
        const key = hostKey.slice(hostKey.lastIndexOf(`/${SPACE}~`) + SPACE.length + 2)
        const count = await damage({ place, beneath, hostKey, key }, damages)
        for (const name of /** @type {const} */ (['all', 'right', 'refused'])) sum[name] += count[name]
      }
      t.diagnostic(`${sum.all} damages: ${sum.refused} refused, ${sum.right} read right`)
      assert.ok(sum.refused >= (immediate ? 5000 : 1500), `only ${sum.refused} refused`)
      // Only the first line of a file says what nobody needs: the key is in the name of the file.
      if (holds !== 'files') assert.equal(sum.right, 0)
    })
  }
}

/** Large enough that a host of small entries needs a journal of several chunks. */
const OLD = { a: 'old a', b: { old: [1, 2] }, c: 'old c' }
const NEW = { a: 'new a '.repeat(20), b: { new: 'b'.repeat(60) }, c: null }

/** @typedef {{ records: [string, Raw][], witness: string | undefined }} Contents */

/**
 * Cuts the power of a commit between its journal and its first change.
 * @param {any} inner
 * @returns {Promise<Contents>} What lies there then.
 */
async function cutAfterJournal(inner) {
  const control = faulty(inner)
  const { stash, storage } = await openAt(control.host)
  const place = storage.namespace(SPACE)
  await place.setMany(OLD)
  for (let isWritten = false; !isWritten;) {
    control.expect(call => {
      const isCut = isWritten
      isWritten ||= call.verb.startsWith('write') && call.keys.includes('~ms~j')
      return isCut ? cutAt(call.number)(call) : undefined
    })
    assert.equal(await codeOf(() => place.setMany(NEW)), 'HOST_FAILED')
  }
  /** @type {[string, Raw][]} */
  const records = []
  for (const key of (await inner.list('')).sort()) records.push([key, await inner.read(key)])
  const witness = await inner.witness.read()
  await stash.close()
  return { records, witness }
}

/**
 * Opens on contents of which one record is damaged: all of the commit or nothing, and what was put aside
 * is there.
 * @param {Contents} contents
 * @param {string} key
 * @param {Raw} damaged
 * @param {Reviving} revive
 */
async function openDamaged({ records, witness }, key, damaged, revive) {
  /** @type {[string, Raw][]} */
  const there = records.map(([one, raw]) => [one, one === key ? damaged : raw])
  const host = await revive({ witness, records: there })
  const { stash, storage } = await openAt(host)
  const place = storage.namespace(SPACE)
  const found = Object.fromEntries(await place.entries())
  const { recovery } = stash
  if (recovery === 'finished') assert.deepEqual(found, NEW)
  else {
    assert.equal(recovery, 'quarantined')
    assert.deepEqual(found, OLD)
    const aside = await host.list('~ms~q')
    assert.equal(aside.length, 1)
    const head = records.find(([one]) => one === '~ms~j')?.[1]
    assert.deepEqual(await host.read(aside[0]), key === '~ms~j' ? damaged : head)
    if (key !== '~ms~j') assert.deepEqual(await host.read(key), damaged)
  }
  await place.setMany({ a: 1, b: 2 })
  assert.deepEqual(await place.getMany(['a', 'b']), [1, 2])
  await stash.close()
  return recovery
}

/** @typedef {(contents: Contents) => Promise<any>} Reviving */

/** @type {[string, (dir: string) => { inner: any, revive: Reviving }, number][]} */
const JOURNALS = [true, false].flatMap(immediate => [undefined, 300].flatMap(entryBytes => {
  const name = `${immediate ? 'immediate' : 'deferred'}, ${entryBytes ? 'in chunks' : 'whole'}`
  const memories = /** @type {const} */ (['text', 'bytes', 'native']).map(holds => {
    const make = () => memory({ immediate, holds, entryBytes })
    /** @type {Reviving} */
    const revive = async ({ records, witness }) => {
      const host = make()
      for (const [key, raw] of records) await host.write(key, raw)
      if (witness !== undefined) await host.witness?.write(witness)
      return host
    }
    return [`${holds}, ${name}`, () => ({ inner: make(), revive }), holds === 'bytes' && immediate ? 1 : 7]
  })
  /** @type {(dir: string) => { inner: any, revive: Reviving }} */
  const onFiles = dir => {
    const make = () => node({ dir, immediate, durable: false, entryBytes })
    const folder = join(dir, 'records')
    /** @type {Reviving} */
    const revive = async ({ records }) => {
      for (const file of fs.readdirSync(folder)) fs.unlinkSync(join(folder, file))
      for (const record of records.map(newRecord)) fs.writeFileSync(join(folder, record.name), record.content)
      return make()
    }
    return { inner: make(), revive }
  }
  return /** @type {any[]} */ ([...memories, [`files, ${name}`, onFiles, immediate ? 9 : 31]])
}))

/** The hosts, and how many damages of their journals are left out: on bytes in memory none. */
for (const [name, make, step] of JOURNALS) {
  test(`a damaged journal is finished or put aside, and opening never fails: ${name}`, async t => {
    const { inner, revive } = make(folderFor(t))
    const contents = await cutAfterJournal(inner)
    const journal = contents.records.filter(([key]) => key.startsWith('~ms~j'))
    assert.ok(name.includes('chunks') ? journal.length >= 3 : journal.length === 1, `${journal.length} records`)
    assert.equal(await openDamaged(contents, '', '', revive), 'finished')
    const count = { finished: 0, quarantined: 0, none: 0 }
    for (const [key, whole] of journal) {
      for (const damaged of [...flips(whole, step), ...truncations(whole, name.startsWith('native'), step)]) {
        count[await openDamaged(contents, key, damaged, revive)] += 1
      }
    }
    t.diagnostic(`${count.quarantined} damages put aside, ${count.finished} without consequence`)
    assert.ok(count.quarantined >= 4000 / step, `only ${count.quarantined}`)
  })
}
