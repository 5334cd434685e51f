// One writer at a time in a folder: among processes, threads and the dead.
// @ts-check
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readClaim } from '../../js/hosts/node-claim.js'
import { takeLock } from '../../js/hosts/node-lock.js'
import { node } from '../../js/hosts/node.js'
import { folderFor } from './support/host-folder.js'
import { deadPid, playDead, startChild } from './support/host-process.js'

const real = fs.readFileSync

/** @param {string} dir @param {object} change */
function changeClaim(dir, change) {
  const path = join(dir, 'lock')
  fs.writeFileSync(path, JSON.stringify({ ...readClaim(path), ...change }))
}

/** @param {string} dir @param {number} pid */
function assertBusy(dir, pid) {
  assert.throws(() => takeLock(dir), error => {
    assert.equal(Object(error).fault, 'BUSY')
    assert.match(Object(error).message, new RegExp(`\\b${pid}\\b`))
    assert.ok(Object(error).message.includes(dir))
    return true
  })
}

test('a second open in the same process is BUSY and names the process, until the first closes', async t => {
  const dir = folderFor(t)
  const [first, second] = [node({ dir }), node({ dir })]
  await first.open?.()
  assert.throws(() => second.open?.(), { fault: 'BUSY', message: new RegExp(`process ${process.pid}\\b`) })
  first.write('a', Uint8Array.of(1))
  await first.close?.()
  await second.open?.()
  assert.deepEqual(second.read('a'), Uint8Array.of(1))
  await first.close?.()
  assert.throws(() => first.open?.(), { fault: 'BUSY' })
  await second.close?.()
  assert.deepEqual(fs.readdirSync(dir).sort(), ['records'])
})

test('another process, and a worker thread of it, are BUSY and told who holds the folder', async t => {
  const dir = folderFor(t)
  const release = takeLock(dir)
  for (const role of ['try', 'tryInWorker']) {
    assert.match(String(await startChild(t, role, dir).line()), new RegExp(`^BUSY: .*process ${process.pid}\\b`))
  }
  release()
  for (const role of ['try', 'tryInWorker']) assert.equal(await startChild(t, role, dir).line(), 'opened')
})

test('the lock of a killed process is taken over, and not before it is dead', async t => {
  const dir = folderFor(t)
  const owner = startChild(t, 'hold', dir)
  assert.equal(await owner.line(), 'holding')
  assertBusy(dir, owner.pid)
  await owner.kill()
  const release = takeLock(dir)
  assert.equal(readClaim(join(dir, 'lock'))?.pid, process.pid)
  release()
})

test('an owner that gives back what another took over gives back nothing', async t => {
  const dir = folderFor(t)
  const release = takeLock(dir)
  playDead(dir, await deadPid())
  const taken = takeLock(dir)
  release()
  assertBusy(dir, process.pid)
  taken()
})

// Linux alone shows when a process began and in which container it lives.
if (process.platform === 'linux') {
  test('a process that was given the number of a dead owner is not taken for it', t => {
    const dir = folderFor(t)
    for (const change of [{ start: '1' }, { boot: 'another run of the system' }]) {
      takeLock(dir)
      changeClaim(dir, change)
      takeLock(dir)()
    }
  })

  test('an owner in another container counts as alive, whatever its number means here', async t => {
    const dir = folderFor(t)
    const pid = await deadPid()
    takeLock(dir)
    changeClaim(dir, { space: 'pid:[1]', pid })
    assertBusy(dir, pid)
  })
}

test('a spoilt lock is BUSY while it may be half-written, and then taken over', t => {
  const dir = folderFor(t)
  const path = join(dir, 'lock')
  const whole = { pid: 1, start: '', boot: '', space: '', token: '00000000' }
  const wrong = [{ pid: -1 }, { pid: 1.5 }, { boot: 7 }, { token: '../../escape' }, { token: undefined }]
  const texts = ['', '{', '[]', 'null', ...wrong.map(change => JSON.stringify({ ...whole, ...change }))]
  for (const text of texts) {
    fs.writeFileSync(path, text)
    assert.throws(() => takeLock(dir), { fault: 'BUSY', message: /another process/ })
    const earlier = Date.now() / 1000 - 60
    fs.utimesSync(path, earlier, earlier)
    takeLock(dir)()
    assert.deepEqual(fs.readdirSync(dir), [])
  }
})

test('a chain of dead owners is followed to its end, and swept', async t => {
  const dir = folderFor(t)
  const pid = await deadPid()
  const claim = { pid, start: '1', boot: '', space: '', token: '' }
  takeLock(dir)
  const { space = '' } = readClaim(join(dir, 'lock')) ?? {}
  const tokens = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc']
  tokens.forEach((token, at) => {
    const name = at === 0 ? 'lock' : `lock.${tokens[at - 1]}`
    fs.writeFileSync(join(dir, name), JSON.stringify({ ...claim, space, token }))
  })
  // Whoever placed this one was late: no claim leads to it.
  fs.writeFileSync(join(dir, 'lock.dddddddd'), JSON.stringify({ ...claim, space, token: 'eeeeeeee' }))
  fs.writeFileSync(join(dir, 'lock.txt'), 'foreign')
  const release = takeLock(dir)
  assert.deepEqual(fs.readdirSync(dir).sort(), ['lock', 'lock.txt'])
  release()
  assert.deepEqual(fs.readdirSync(dir), ['lock.txt'])
})

test('a chain without end is refused, not followed for ever', t => {
  const dir = folderFor(t)
  const claim = { pid: process.pid, start: '1', boot: '', space: readSpace(t), token: 'aaaaaaaa' }
  fs.writeFileSync(join(dir, 'lock'), JSON.stringify(claim))
  fs.writeFileSync(join(dir, 'lock.aaaaaaaa'), JSON.stringify(claim))
  assert.throws(() => takeLock(dir), { fault: 'BUSY' })
})

/** @param {import('node:test').TestContext} t */
function readSpace(t) {
  const dir = folderFor(t)
  const release = takeLock(dir)
  const claim = readClaim(join(dir, 'lock'))
  release()
  return claim?.space ?? ''
}

test('whoever fails while taking the lock leaves no claim behind', t => {
  const dir = folderFor(t)
  const links = t.mock.method(fs, 'linkSync')
  const reads = t.mock.method(fs, 'readFileSync', (/** @type {[any, any]} */ ...args) => {
    const isPlaced = links.mock.callCount() > 0 && String(args[0]).startsWith(dir)
    if (isPlaced) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    return Reflect.apply(real, fs, args)
  })
  assert.throws(() => takeLock(dir), { code: 'EIO' })
  reads.mock.restore()
  assert.deepEqual(fs.readdirSync(dir), [])
  takeLock(dir)()
})

test('on a disk without links the lock works the same', async t => {
  const dir = folderFor(t)
  t.mock.method(fs, 'linkSync', () => { throw Object.assign(new Error('no links'), { code: 'EPERM' }) })
  const release = takeLock(dir)
  assertBusy(dir, process.pid)
  release()
  takeLock(dir)
  playDead(dir, await deadPid())
  takeLock(dir)()
  assert.deepEqual(fs.readdirSync(dir), [])
})

test('of six processes that race for a dead lock exactly one wins, in each of 30 rounds', async t => {
  const dir = folderFor(t)
  const dead = await deadPid()
  const racers = Array.from({ length: 6 }, () => startChild(t, 'race', dir))
  for (const racer of racers) assert.equal(await racer.line(), 'ready')
  for (let round = 0; round < 30; round++) {
    takeLock(dir)
    playDead(dir, dead)
    for (const racer of racers) racer.send('take')
    const told = await Promise.all(racers.map(racer => racer.line()))
    assert.deepEqual(told.sort(), ['busy', 'busy', 'busy', 'busy', 'busy', 'won'], `round ${round}`)
    for (const racer of racers) racer.send('release')
    await Promise.all(racers.map(racer => racer.line()))
    assert.deepEqual(fs.readdirSync(dir), [], 'nothing is left behind')
  }
})

test('in a storm of takers, releases and deaths there is never a second one inside', async t => {
  const dir = folderFor(t)
  const dead = String(await deadPid())
  const takers = Array.from({ length: 6 }, () => startChild(t, 'storm', dir, dead, '200'))
  for (const told of await Promise.all(takers.map(taker => taker.line()))) assert.equal(told, 'done')
  takeLock(dir)()
  assert.deepEqual(fs.readdirSync(dir).filter(name => !name.startsWith('dying')), [])
})
