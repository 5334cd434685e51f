// @ts-check
/**
 * The storage on the folder host in a real process that is killed with SIGKILL before each call of the file
 * system: whoever opens the folder next finds all of a commit or nothing of it.
 */

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { CHANGES, fill, openFolder } from './support/crash-changes.js'
import { folderFor } from './support/host-folder.js'
import { startProgram } from './support/host-process.js'

/** @import { TestContext } from 'node:test' */

const CHILD = fileURLToPath(new URL('./support/crash-child.js', import.meta.url))
const MODES = ['immediate', 'deferred']
/** A child spends half of its time waiting for the disk. */
const CHILDREN_ABREAST = 3
const NEVER = 0

/** @typedef {{ entries: [string, any][], records: string[] }} State What is stored, and in which records. */

/**
 * Looks at a folder as the next process would: opens it, and clears what may be cleared.
 * @param {string} dir
 * @param {string} mode
 * @returns {Promise<State & { recovery: string }>}
 */
async function look(dir, mode) {
  const { stash, storage } = await openFolder(dir, mode)
  const { recovery } = stash
  const entries = async () => [...await storage.entries(), ...await storage.namespace('n').entries()]
  const found = await entries()
  await storage.cleanup()
  assert.deepEqual(await entries(), found, 'cleanup took a value away')
  const host = /** @type {import('../../js/hosts/host.js').Host} */ (stash.host)
  const records = (await host.list('')).map(key => key.replace(/^~ms~p[0-9a-f]{12}/, '~ms~p')).sort()
  await stash.close()
  assert.deepEqual(fs.readdirSync(dir).sort(), ['records', 'witness'], 'the folder holds leftovers')
  assert.equal(fs.readdirSync(join(dir, 'records')).length, records.length, 'a file is no record')
  return { entries: found, records, recovery }
}

/**
 * Runs a child that dies at a call; tells how many calls there were if it lived.
 * @param {TestContext} t
 * @param {...string} args
 */
async function runChild(t, ...args) {
  const child = startProgram(t, CHILD, ...args)
  const told = await child.line()
  const signal = await child.end()
  assert.equal(signal, told === undefined ? 'SIGKILL' : null, 'the child ended in another way')
  return told === undefined ? undefined : Number(told)
}

/**
 * Does something for each number from 1, a few at a time.
 * @param {number} count
 * @param {(number: number) => Promise<void>} act
 */
async function forEachNumber(count, act) {
  let next = 0
  await Promise.all(Array.from({ length: CHILDREN_ABREAST }, async () => {
    for (let number = ++next; number <= count; number = ++next) await act(number)
  }))
}

/**
 * Makes a folder with the old values, and tells what it holds before and after a change.
 * @param {TestContext} t
 * @param {string} change
 */
async function prepare(t, change) {
  const root = folderFor(t)
  const template = join(root, 'template')
  const { stash, storage } = await openFolder(template, 'immediate')
  await fill(storage)
  await stash.close()
  /** @param {string} name @param {string} [from] */
  const copy = (name, from = template) => {
    const dir = join(root, name)
    fs.cpSync(from, dir, { recursive: true })
    return dir
  }
  const before = await look(copy('before'), 'immediate')
  const done = await openFolder(copy('after'), 'immediate')
  await CHANGES[change]?.(done.storage)
  await done.stash.close()
  const after = await look(join(root, 'after'), 'immediate')
  assert.notDeepEqual(before.entries, after.entries)
  return { copy, before, after }
}

/**
 * Says whether a state is that before or that after; fails if it is neither.
 * @param {State} state
 * @param {{ before: State, after: State }} expected
 * @param {string} where
 * @returns {'old' | 'new'}
 */
function judge({ entries, records }, { before, after }, where) {
  const isNew = isDeepStrictEqual(entries, after.entries)
  if (!isNew) assert.deepEqual(entries, before.entries, `${where}: half of a commit`)
  assert.deepEqual(records, (isNew ? after : before).records, `${where}: leftovers`)
  return isNew ? 'new' : 'old'
}

const LEAST_CALLS = { setMany: 60, clear: 25, removeMany: 25, update: 20 }

for (const mode of MODES) {
  for (const [change, least] of Object.entries(LEAST_CALLS)) {
    test(`killed before each system call of ${change}, ${mode}: all of it or nothing`, async t => {
      const { copy, before, after } = await prepare(t, change)
      const whole = copy('whole')
      const calls = await runChild(t, 'changing', whole, mode, change, String(NEVER)) ?? 0
      assert.equal(judge(await look(whole, mode), { before, after }, 'unharmed'), 'new')
      const ends = { old: 0, new: 0, finished: 0 }
      await forEachNumber(calls, async fatal => {
        const dir = copy(String(fatal))
        assert.equal(await runChild(t, 'changing', dir, mode, change, String(fatal)), undefined)
        const state = await look(dir, fatal % 2 ? 'immediate' : 'deferred')
        const end = judge(state, { before, after }, `call ${fatal}`)
        ends[end] += 1
        assert.ok(end === 'old' || fatal > 1)
        assert.notEqual(state.recovery, 'quarantined')
        if (state.recovery === 'finished') ends.finished += 1
        fs.rmSync(dir, { recursive: true })
      })
      t.diagnostic(`${calls} deaths: ${ends.old} left the old, ${ends.new} the new, ${ends.finished} of them a journal`)
      assert.ok(calls >= least, `only ${calls} calls`)
      assert.ok(ends.old > 0 && ends.new > 0)
      assert.ok(change === 'update' || ends.finished > 0, 'no death left a journal behind')
    })
  }
}

for (const mode of MODES) {
  test(`killed again before each system call of the next opening, ${mode}: still all of it`, async t => {
    const { copy, before, after } = await prepare(t, 'setMany')
    const calls = await runChild(t, 'changing', copy('whole'), mode, 'setMany', String(NEVER)) ?? 0
    /** Folders in which a death left a journal. @type {string[]} */
    const left = []
    await forEachNumber(Math.floor(calls / 4), async quarter => {
      const dir = copy(`first ${quarter}`)
      await runChild(t, 'changing', dir, mode, 'setMany', String(quarter * 4))
      const { recovery } = await look(copy(`look ${quarter}`, dir), mode)
      if (recovery === 'finished') left.push(dir)
    })
    left.sort()
    assert.ok(left.length >= 4, `${left.length} deaths left a journal`)
    let deaths = 0
    for (const [at, dir] of [left[0], left[left.length - 1]].entries()) {
      const name = (/** @type {number} */ fatal) => `second ${at} ${fatal}`
      const reopened = await runChild(t, 'opening', copy(name(NEVER), dir), mode, '', String(NEVER)) ?? 0
      await forEachNumber(reopened, async fatal => {
        const again = copy(name(fatal), dir)
        assert.equal(await runChild(t, 'opening', again, mode, '', String(fatal)), undefined)
        deaths += 1
        assert.equal(judge(await look(again, mode), { before, after }, `call ${fatal} of the recovery`), 'new')
        fs.rmSync(again, { recursive: true })
      })
    }
    t.diagnostic(`${deaths} second deaths`)
    assert.ok(deaths >= 60, `only ${deaths} second deaths`)
  })
}
