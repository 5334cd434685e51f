// The folder host in processes that are killed with SIGKILL while they write.
// @ts-check
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { node } from '../../js/hosts/node.js'
import { folderFor } from './support/host-folder.js'
import { deadPid, numberOf, playDead, startChild, wholeData } from './support/host-process.js'

const KEYS = ['a', 'b', 'c', 'k'.repeat(300)]
const ROUNDS = 10

/** Opens the folder as the next process would. @param {string} dir */
async function reopen(dir) {
  const host = node({ dir })
  await host.open?.()
  for (const folder of [dir, join(dir, 'records')]) {
    const leftovers = fs.readdirSync(folder).filter(name => name.endsWith('.tmp'))
    assert.deepEqual(leftovers, [])
  }
  return host
}

for (const mode of ['immediate', 'deferred']) {
  test(`killed in a loop of writes, ${mode}: each record is whole, none older than was answered`, async t => {
    const dir = folderFor(t)
    let answered = -1
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startChild(t, 'writeForEver', dir, mode, String(answered + 1))
      for (let lines = 0; lines < 5 + round * 3; lines++) answered = Number(await writer.line())
      const killed = writer.kill()
      // What it told before it died counts as answered too.
      for (let told; (told = await writer.line()) !== undefined;) answered = Number(told)
      await killed
      const host = await reopen(dir)
      assert.deepEqual(host.list('').sort(), [...KEYS].sort())
      for (const key of KEYS) {
        const number = numberOf(key, host.read(key))
        assert.ok(number <= answered + 1, `${number} was never written`)
        // `a` is in every batch, so it is as new as the last answer.
        assert.ok(key !== 'a' || number >= answered, `${number} is older than the answered ${answered}`)
      }
      await host.close?.()
    }
  })
}

test('killed before each system call of a batch and a removal: old or new, and whole', async t => {
  let deaths = 0
  let calls = Infinity
  for (let fatal = 1; fatal <= calls; fatal++) {
    const dir = folderFor(t)
    const host = node({ dir })
    await host.open?.()
    const keys = ['a', 'b', 'k'.repeat(300)]
    host.writeMany?.(keys.map(key => [key, wholeData(key, 1)]))
    host.write('gone', wholeData('gone', 1))
    await host.close?.()
    const child = startChild(t, 'dieWriting', dir, String(fatal))
    const told = await child.line()
    if (await child.end() === 'SIGKILL') deaths += 1
    else calls = Number(told)
    const after = await reopen(dir)
    const numbers = keys.map(key => numberOf(key, after.read(key)))
    assert.ok(numbers.every(number => number === 1 || number === 2), `call ${fatal}: ${numbers.join()}`)
    const gone = after.read('gone')
    assert.ok(gone === undefined || numberOf('gone', gone) === 1)
    const there = gone === undefined ? keys : [...keys, 'gone']
    assert.deepEqual(after.list('').sort(), there.sort())
    const sizeOf = (/** @type {string} */ key) => key.length + Object(after.read(key)).length
    const used = there.reduce((sum, key) => sum + sizeOf(key), 0)
    assert.equal(after.info?.().usedBytes, used)
    await after.close?.()
    if (told !== undefined) break
  }
  t.diagnostic(`${deaths} deaths, one before each system call`)
  assert.ok(deaths >= 20, `${deaths}`)
})

test('killed before each system call of an open, new or after the dead: the next one opens', async t => {
  const dead = await deadPid()
  let deaths = 0
  for (let fatal = 1, told; told === undefined; fatal++) {
    const dir = join(folderFor(t), 'new')
    // Once where nothing is yet, and once after a dead owner.
    for (const isNew of [true, false]) {
      if (!isNew) {
        const host = node({ dir })
        await host.open?.()
        host.write('a', wholeData('a', 1))
        playDead(dir, dead)
      }
      const child = startChild(t, 'dieOpening', dir, String(fatal))
      told = await child.line()
      if (await child.end() === 'SIGKILL') deaths += 1
      const after = await reopen(dir)
      assert.deepEqual(after.list(''), isNew ? [] : ['a'])
      if (!isNew) assert.equal(numberOf('a', after.read('a')), 1)
      await after.close?.()
      assert.deepEqual(fs.readdirSync(dir), ['records'], 'the chain of claims is swept')
    }
  }
  t.diagnostic(`${deaths} deaths, one before each system call`)
  assert.ok(deaths >= 10, `${deaths}`)
})
