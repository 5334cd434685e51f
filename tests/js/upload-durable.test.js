// @ts-check
/**
 * The upload queue and the death of its process: before each call of the host, and each call refused in turn.
 * Each item that was taken comes to exactly one end, and what the world was told stays true.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageError } from '../../js/errors.js'
import { memory } from '../../js/hosts/memory.js'
import { wechat } from '../../js/hosts/wechat.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { faulty as faultyHost } from '../../js/testing/faulty.js'
import { byHand, openQueue, quiet, START, stoppedTime } from './support/uploads.js'

/** @typedef {import('../../js/testing/faulty.js').Mishap} Mishap */

/** A server that takes files: `flaky` at the second try, `bad` never; a double is known by its key. */
function server() {
  /** @type {Map<string, string>} */
  const arrived = new Map()
  /** @type {Map<string, number>} */
  const tries = new Map()
  let doubles = 0
  /** @type {import('../../js/uploads/transport.js').Transport} */
  const transport = {
    name: 'server',
    async send({ target, idempotencyKey: key }, { keep, onProgress }) {
      tries.set(key, (tries.get(key) ?? 0) + 1)
      onProgress(1, 2)
      if (target === 'bad') throw new StorageError('HTTP_STATUS', 'no', { status: 403 })
      if (target === 'flaky') await keep({ offset: tries.get(key) })
      const isFirst = tries.get(key) === 1
      if (target === 'flaky' && isFirst) throw new StorageError('HTTP_STATUS', 'later', { status: 503 })
      if (target === 'stopped') await new Promise(() => {})
      if (arrived.has(key)) doubles += 1
      arrived.set(key, target)
      return { key, at: new Date(START) }
    },
  }
  return { transport, arrived, get doubles() { return doubles } }
}

const TARGETS = ['one', 'flaky', 'bad', 'stopped', 'two', 'three']

/** How each item ends if nothing happens. @param {string} target */
const endOf = target => target === 'bad' ? 'failed' : target === 'stopped' ? 'cancelled' : 'done'

/**
 * What one process was told.
 * @typedef {{ added: Map<string, string>, ends: [id: string, state: string][], refused: string[] }} Told
 */

/**
 * Uploads some files, and goes on for a minute.
 * @param {any} stash
 * @param {{ pass(ms: number): Promise<void> }} time
 * @returns {Promise<Told>}
 */
async function play({ uploads }, time) {
  /** @type {Told} */
  const told = { added: new Map(), ends: [], refused: [] }
  uploads.on('added', (/** @type {any} */ { id, cloudPath }) => told.added.set(id, cloudPath))
  uploads.on('started', (/** @type {any} */ { id, cloudPath }) => {
    if (cloudPath === 'stopped') uploads.cancel(id)
  })
  uploads.onSettled((/** @type {any} */ { id, state }) => told.ends.push([id, state]))
  for (const target of TARGETS) {
    uploads.uploadFile(`/${target}`, target, null, { metadata: { target } })
      .catch((/** @type {any} */ error) => {
        if (!['HTTP_STATUS', 'ABORTED', 'CLOSED'].includes(error.code)) told.refused.push(target)
      })
    await quiet()
  }
  for (let second = 0; second < 60; second += 4) await time.pass(4000)
  return told
}

/** @type {[string, () => { host: () => any }][]} */
const HOSTS = [
  ...[true, false].flatMap(immediate => [true, false].map(atomic =>
    /** @type {[string, () => { host: () => any }]} */ ([
      `memory, ${immediate ? 'immediate' : 'deferred'}${atomic ? ', atomic' : ''}`, () => {
        const host = memory({ immediate, atomic })
        return { host: () => host }
      }]))),
  ...[false, true].map(deferred => /** @type {[string, () => { host: () => any }]} */ ([
    `WeChat's double, ${deferred ? 'deferred' : 'immediate'}`, () => {
      const disk = new Map()
      return { host: () => wechat(wechatDouble({ personality: 'android', disk }).wx, { deferred }) }
    }])),
]

for (const [name, make] of HOSTS) {
  for (const [kind, mishap] of /** @type {[string, Mishap][]} */ ([
    ['killed before', { cut: true }], ['killed after', { cut: true, applied: true }],
    ['refused', { refuse: 'HOST_FAILED' }], ['refused for want of room', { refuse: 'QUOTA_EXCEEDED' }],
    ['refused although done', { refuse: 'HOST_FAILED', applied: true }],
  ])) {
    test(`each item has one end, ${kind} each call of the host: ${name}`, async t => {
      const time = stoppedTime(t)
      let runs = 0
      for (let number = 1; ; number += 1) {
        const { host } = make()
        const faulty = faultyHost(host())
        const world = server()
        let isMet = false
        faulty.expect(call => {
          if (call.number !== number) return undefined
          isMet = true
          return mishap
        })
        const uploads = { transport: world.transport, maxConcurrent: 2 }
        const stash = await openQueue(uploads, faulty.host, () => {}).catch(error => error)
        const isOpen = !(stash instanceof Error)
        const told = isOpen ? await play(stash, time) : { added: new Map(), ends: [], refused: [] }
        faulty.expect(undefined)
        if (isOpen && !faulty.isCut) {
          // Only what was new may be given back; everything else went on when the host took it again.
          assert.equal(told.ends.length + told.refused.length, TARGETS.length, `call ${number}`)
          for (const [id, state] of told.ends) assert.equal(state, endOf(told.added.get(id) ?? ''))
          await stash.close()
        } else await faulty.inner.close?.()

        const next = await openQueue(uploads, host(), () => {})
        const ends = new Map(told.ends)
        assert.equal(ends.size, told.ends.length, 'two ends were told')
        // What is left is begun by the timer, so that whoever opens the stash hears of it.
        next.uploads.onSettled((/** @type {any} */ { id, state }) => {
          assert.ok(!ends.has(id), 'an item that had ended ended once more')
          ends.set(id, state)
        })
        for (const { id, cloudPath, state } of next.uploads.list()) {
          if (cloudPath === 'stopped' && state === 'waiting') next.uploads.cancel(id)
        }
        for (let second = 0; second < 20; second += 4) await time.pass(4000)
        const known = new Map(next.uploads.list().map(info => [info.id, info]))
        for (const id of told.added.keys()) assert.ok(known.has(id), `call ${number}: an item was forgotten`)
        for (const [id, { state, cloudPath, result, metadata, attempts }] of known) {
          assert.equal(state, endOf(cloudPath), `call ${number}: ${cloudPath}`)
          assert.ok(!ends.has(id) || ends.get(id) === state)
          assert.deepEqual(metadata, { target: cloudPath })
          assert.ok(attempts <= 2)
          if (state === 'done') assert.deepEqual(result, { key: id, at: new Date(START) })
          assert.equal(world.arrived.has(id), state === 'done')
        }
        await next.close()
        runs += 1
        if (!isMet) break
      }
      t.diagnostic(`${runs} runs`)
      assert.ok(runs > 12, `only ${runs} runs`)
    })
  }
}

test('a change costs one call of the host, and what happens in one turn shares it', async t => {
  stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport, maxConcurrent: 2 })
  // The first write of a session brings the stamp.
  const first = stash.uploads.uploadFile('/first', 'first')
  await quiet()
  await net.last.succeed()
  await first
  const cost = async (/** @type {() => unknown} */ act) => {
    const before = stash.hostCalls
    await act()
    await quiet()
    return stash.hostCalls - before
  }
  // Three are added, and two of them begun.
  assert.equal(await cost(() => {
    for (const name of ['a', 'b', 'c']) void stash.uploads.uploadFile(`/${name}`, name)
  }), 1)
  // One arrives, and the next begins.
  assert.equal(await cost(() => net.running()[0]?.succeed()), 1)
  const [b, c] = net.running()
  assert.equal(await cost(() => {
    void b?.succeed()
    void c?.succeed()
  }), 1)
  await stash.close()
})

test('what is kept for the next attempt is stored when its Promise resolves', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const host = memory({ immediate: false })
  const faulty = faultyHost(host)
  const stash = await openQueue({ transport: net.transport }, faulty.host, () => {})
  stash.uploads.uploadFile('/a', 'a').catch(() => {})
  await quiet()
  const place = { url: 'https://example.com/1', offset: 5 }
  await net.last.how.keep(place)
  faulty.expect(() => ({ cut: true }))
  let isKept = false
  net.last.how.keep({ offset: 9 }).then(() => { isKept = true }, () => {})
  await quiet()
  assert.equal(isKept, false)
  await host.close?.()
  const next = await openQueue({ transport: net.transport }, host)
  await time.pass(1000)
  assert.deepEqual(net.last.job.resume, place)
  await net.last.how.keep(undefined)
  await net.last.fail({ status: 500 })
  await time.pass(1000)
  assert.equal(net.last.job.resume, undefined)
  await net.last.succeed()
  await next.close()
})

test('bytes that died with their process end as failed, with a reason', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const host = memory()
  const stash = await openQueue({ transport: net.transport }, host)
  const upload = stash.uploads.uploadFile(new Uint8Array([1, 2, 3]), 'bytes')
  upload.catch(() => {})
  await quiet()
  assert.deepEqual([...await net.last.job.file.read(1, 2)], [2, 3])
  await stash.close()
  const next = await openQueue({ transport: net.transport }, host)
  /** @type {any[]} */
  const ends = []
  next.uploads.onSettled(info => ends.push(info))
  await time.pass(1)
  assert.deepEqual(ends.map(({ id, state, path, error }) => [id, state, path, error.code]),
    [[upload.id, 'failed', undefined, 'INVALID_VALUE']])
  assert.match(ends[0].error.message, /upload them again/)
  await next.close()
  // It is told once.
  const third = await openQueue({ transport: net.transport }, host)
  assert.equal(third.uploads.get(upload.id)?.state, 'failed')
  await assert.rejects(/** @type {any} */ (third.uploads.get(upload.id)).promise, /upload them again/)
  await third.close()
})

test('the log is put together when it has become long, and nothing is lost by that', async t => {
  const time = stoppedTime(t)
  const host = memory({ batch: false })
  const { transport } = server()
  const stash = await openQueue({ transport, maxConcurrent: 5 }, host)
  for (let index = 0; index < 3000; index += 1) {
    stash.uploads.uploadFile(`/${index}`, `${index}`, null, { priority: index % 7 }).catch(() => {})
    if (index % 50 === 0) await quiet()
  }
  await stash.uploads.onIdle()
  const bytes = Number(host.info?.().usedBytes)
  t.diagnostic(`${host.list('').length} records, ${bytes} bytes`)
  assert.ok(host.list('').length < 150, `${host.list('').length} records`)
  assert.ok(bytes < 200_000, `${bytes} bytes`)
  await stash.close()
  const next = await openQueue({ transport }, host)
  assert.equal(next.uploads.list().length, 200)
  assert.ok(next.uploads.list().every(({ state }) => state === 'done'))
  await time.pass(1)
  await next.close()
})

/** A store that tabs share, with locks that die with their tab. */
function sharedStore() {
  const inner = memory({ immediate: false })
  /** @type {Map<string, Promise<unknown>>} */
  const locks = new Map()
  return () => {
    /** @type {Set<() => void>} */
    const held = new Set()
    const host = { ...inner, exclusive: false, open() {}, close() {}, async lock(/** @type {string} */ name) {
      const before = locks.get(name)
      /** @type {() => void} */
      let free = () => {}
      const done = new Promise(resolve => { free = () => resolve(0) })
      locks.set(name, Promise.resolve(before).then(() => done))
      await before
      held.add(free)
      return () => {
        held.delete(free)
        free()
      }
    } }
    return { host, die() { for (const free of held) free() } }
  }
}

test('tabs that share a store have queues of their own, and take over from one that died', async t => {
  const time = stoppedTime(t)
  const tab = sharedStore()
  const [first, second] = [tab(), tab()]
  const [netA, netB] = [byHand(), byHand()]
  const openedIn = async (/** @type {any} */ host, /** @type {any} */ net) => {
    const opening = openQueue({ transport: net.transport, maxConcurrent: 1 }, host, () => {})
    await time.pass(200, 10)
    return opening
  }
  const a = await openedIn(first.host, netA)
  for (const name of ['a1', 'a2']) a.uploads.uploadFile(`/${name}`, name, null, { priority: 2 }).catch(() => {})
  await quiet()
  const b = await openedIn(second.host, netB)
  assert.deepEqual(b.uploads.list(), [])
  const own = b.uploads.uploadFile('/b', 'b')
  await quiet()
  assert.deepEqual([netA.targets(), netB.targets()], [['a1'], ['b']])
  await netA.last.succeed()
  assert.deepEqual(netA.targets(), ['a2'])

  // The first tab dies: what it has not ended is sent by the second one, and only that.
  /** @type {string[]} */
  const heard = []
  b.uploads.onSettled(({ cloudPath }) => heard.push(cloudPath))
  first.die()
  await time.pass(10)
  assert.deepEqual(b.uploads.list().map(({ cloudPath, state }) => [cloudPath, state]),
    [['b', 'running'], ['a1', 'done'], ['a2', 'waiting']])
  await netB.last.succeed()
  await own
  assert.deepEqual(netB.targets(), ['a2'])
  assert.equal(netB.last.job.idempotencyKey, netA.last.job.idempotencyKey)
  await netB.last.succeed()
  assert.deepEqual(heard, ['b', 'a2'])
  await b.close()

  // A third one finds all of it in one lane.
  const c = await openedIn(tab().host, byHand())
  assert.deepEqual(c.uploads.list().map(({ cloudPath, state }) => [cloudPath, state]).sort(),
    [['a1', 'done'], ['a2', 'done'], ['b', 'done']])
  await c.close()
})

test('a queue that was paused stays so until somebody lets it go on, whoever dies meanwhile', async t => {
  const time = stoppedTime(t)
  const host = memory()
  const net = byHand()
  const died = faultyHost(host)
  const stash = await openQueue({ transport: net.transport }, died.host)
  stash.uploads.pause()
  const upload = stash.uploads.uploadFile('/a', 'a')
  upload.catch(() => {})
  await quiet()
  died.expect(() => ({ cut: true }))
  stash.uploads.pause()
  await died.inner.close?.()

  const next = await openQueue({ transport: net.transport }, host)
  assert.equal(next.uploads.isPaused, true)
  await time.pass(60_000)
  assert.deepEqual([net.attempts.length, next.uploads.explain(upload.id)], [0, { reasons: ['paused'] }])
  // Putting the log together keeps it.
  for (let index = 0; index < 2000; index += 1) {
    const other = next.uploads.uploadFile(`/${index}`, `${index}`)
    other.catch(() => {})
    if (index % 50 === 0) await quiet()
    next.uploads.cancel(other.id)
  }
  await quiet()
  assert.ok(host.list('').length < 150, 'the log was put together')
  await next.close()

  const third = await openQueue({ transport: net.transport }, host)
  assert.equal(third.uploads.isPaused, true)
  third.uploads.resume()
  await quiet()
  assert.deepEqual([third.uploads.isPaused, net.targets()], [false, ['a']])
  await net.last.succeed()
  await third.close()
  const fourth = await openQueue({ transport: net.transport }, host)
  assert.equal(fourth.uploads.isPaused, false)
  await fourth.close()
})

test('a tab that opens finds the queue paused that another one left so; one at work goes on', async t => {
  const time = stoppedTime(t)
  const tab = sharedStore()
  const net = byHand()
  const openedIn = async (/** @type {any} */ host) => {
    const opening = openQueue({ transport: net.transport }, host, () => {})
    await time.pass(200, 10)
    return opening
  }
  const first = tab()
  const a = await openedIn(first.host)
  a.uploads.pause()
  a.uploads.uploadFile('/a', 'a').catch(() => {})
  await quiet()
  first.die()
  const second = tab()
  const b = await openedIn(second.host)
  await time.pass(1000)
  assert.deepEqual([b.uploads.isPaused, b.uploads.list().length, net.attempts.length], [true, 1, 0])

  const c = await openedIn(tab().host)
  assert.deepEqual([c.uploads.isPaused, c.uploads.list()], [false, []])
  second.die()
  await time.pass(10)
  assert.deepEqual([c.uploads.isPaused, net.targets()], [false, ['a']])
  await net.last.succeed()
  await c.close()
  const d = await openedIn(tab().host)
  assert.deepEqual([d.uploads.isPaused, d.uploads.list().map(({ state }) => state)], [false, ['done']])
  await d.close()
})

test('a record that cannot be read is reported and kept, and the others count', async t => {
  const time = stoppedTime(t)
  const host = memory()
  const net = byHand()
  const stash = await openQueue({ transport: net.transport }, host)
  /** @type {string[]} */
  const ids = []
  for (let index = 0; index < 60; index += 1) {
    const upload = stash.uploads.uploadFile(`/${'long/'.repeat(20)}${index}`, `${index}`)
    upload.catch(() => {})
    ids.push(upload.id)
    await quiet()
  }
  await stash.close()
  const keys = host.list('').filter(key => /l0000/.test(key)).sort()
  assert.ok(keys.length >= 4, `${keys}`)
  const damaged = String(keys[1])
  const text = /** @type {string} */ (host.read(damaged))
  host.write(damaged, `${text.slice(0, -4)}AAAA`)
  /** @type {any[]} */
  const reports = []
  const next = await openQueue({ transport: net.transport }, host, error => reports.push(error))
  assert.deepEqual(reports.map(({ code }) => code), ['CORRUPT'])
  const left = next.uploads.list().map(({ id }) => id)
  assert.ok(left.length > 30 && left.length < 60)
  assert.ok(left.every(id => ids.includes(id)))
  await time.pass(1)
  assert.equal(net.running().length, 3)
  await next.close()
  assert.equal(host.read(damaged), `${text.slice(0, -4)}AAAA`)
})

test('a clock that was set back or forward loses nothing', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const host = memory()
  let shift = 0
  const { open } = await import('../../js/open.js')
  const opened = () => open({ host, clock: () => Date.now() + shift, uploads: { transport: net.transport } })
  const stash = await opened()
  const upload = stash.uploads.uploadFile('/a', 'a')
  const arrived = upload.catch(error => error.code)
  await time.pass(1)
  await net.last.fail({ status: 503, retryAfterMs: 3_600_000 })
  shift = -365 * 24 * 3_600_000
  await time.pass(61 * 60_000, 61)
  assert.equal(net.running().length, 1, 'a clock that is set back in between holds nobody')
  await net.last.fail({ status: 503, retryAfterMs: 3_600_000 })
  await stash.close()
  assert.equal(await arrived, 'CLOSED')
  shift = -2 * 365 * 24 * 3_600_000
  const next = await opened()
  await time.pass(24 * 3_600_000, 144)
  await time.pass(1)
  assert.equal(net.running().length, 1, 'nor for more than a day where it is set back while nobody runs')
  await net.last.succeed()
  assert.equal(next.uploads.get(upload.id)?.state, 'done')
  await next.close()
})

test('without persist nothing is stored', async t => {
  stoppedTime(t)
  const net = byHand()
  const host = memory()
  const stash = await openQueue({ transport: net.transport, persist: false }, host)
  const calls = stash.hostCalls
  const upload = stash.uploads.uploadFile('/a', 'a')
  await quiet()
  await net.last.how.keep(5)
  await net.last.succeed()
  await upload
  assert.equal(stash.hostCalls, calls)
  await stash.close()
  const next = await openQueue({ transport: net.transport }, host)
  assert.deepEqual(next.uploads.list(), [])
  await next.close()
})

test('ten thousand uploads at once arrive', async t => {
  stoppedTime(t)
  const { transport, arrived } = server()
  const stash = await openQueue({ transport, maxConcurrent: 3 })
  const all = Array.from({ length: 10_000 }, (_, index) => stash.uploads.uploadFile('/x', `n${index}`))
  assert.equal((await Promise.all(all)).length, 10_000)
  assert.equal(arrived.size, 10_000)
  assert.equal(stash.uploads.list().length, 200)
  await stash.close()
})
