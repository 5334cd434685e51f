// @ts-check
/**
 * The upload queue: its verbs, in the words of the guide and in its own, on time that is stopped.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageError } from '../../js/errors.js'
import { memory } from '../../js/hosts/memory.js'
import { open } from '../../js/open.js'
import { byHand, openQueue, quiet, START, stoppedTime } from './support/uploads.js'

/** @param {string} code */
const saying = code => (/** @type {any} */ error) => error instanceof StorageError && error.code === code

/** @param {number} status @param {object} [more] */
const answered = (status, more = {}) =>
  new StorageError('HTTP_STATUS', `the server answered with status ${status}`, { status, ...more })

test('the calls of the guide work as they are written', async t => {
  stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport })
  const uploadManager = stash.uploads
  /** @type {string[]} */
  const said = []
  const upload = uploadManager.uploadFile(
    '/temp/image.jpg',
    'user-uploads/image.jpg',
    progress => said.push(`Upload progress: ${progress}%`)
  ).then(result => {
    said.push(`Upload successful: ${result.fileID}`)
  })
  await quiet()
  assert.equal(net.last.job.filePath, '/temp/image.jpg')
  await net.last.succeed()
  await upload
  assert.deepEqual(said,
    ['Upload progress: 100%', 'Upload successful: cloud://user-uploads/image.jpg'])

  const several = uploadManager.uploadMultiple([
    { path: '/a.jpg', cloudPath: 'a', onProgress: percent => said.push(`a ${percent}`) },
    { path: '/b.jpg', cloudPath: 'b' },
    { path: '', cloudPath: 'c' },
    { path: '/d.jpg', cloudPath: 'd', priority: 3 },
  ])
  await quiet()
  assert.deepEqual(net.targets(), ['d', 'a', 'b'])
  const [d, a, b] = net.running()
  await b?.fail(answered(404))
  await d?.succeed('D')
  await a?.succeed('A')
  const outcomes = await several
  assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  assert.deepEqual(outcomes.map((/** @type {any} */ { value, reason }) => value ?? reason.code),
    ['A', 'HTTP_STATUS', 'INVALID_VALUE', 'D'])
  assert.equal(said[2], 'a 100')
  await stash.close()
})

test('without a transport there is no queue, and it says so', async () => {
  const host = memory()
  const stash = await open({ host })
  const calls = stash.hostCalls
  await assert.rejects(stash.uploads.uploadFile('/a', 'a'), saying('INVALID_OPTION'))
  await assert.rejects(stash.uploads.uploadFile('/a', 'a'), /open\(\{ uploads: \{ transport \} \}\)/)
  assert.throws(() => stash.uploads.pause(), saying('INVALID_OPTION'))
  assert.throws(() => stash.uploads.progress, saying('INVALID_OPTION'))
  assert.deepEqual(stash.uploads.list(), [])
  assert.equal(stash.uploads.get('x'), undefined)
  assert.equal(stash.uploads.cancel('x'), false)
  await stash.uploads.onIdle()
  // Nor does it cost anything.
  assert.equal(stash.hostCalls, calls)
  await stash.close()
})

test('wrong options are refused before the host is touched', async () => {
  const { transport } = byHand()
  /** @type {[any, RegExp][]} */
  const cases = [
    [{}, /a transport such as form/],
    [{ transport: {} }, /a transport such as form/],
    [{ transport, maxConcurrent: 0 }, /whole number from 1 to 100 as maxConcurrent, got/],
    [{ transport, maxConcurrent: -1 }, /maxConcurrent/],
    [{ transport, maxConcurrent: 2.5 }, /maxConcurrent/],
    [{ transport, retry: { attempts: 0 } }, /attempts/],
    [{ transport, retry: { tries: 1 } }, /tries/],
    [{ transport, retry: { base: 'soon' } }, /soon|duration/],
    [{ transport, timeout: -1 }, /./],
    [{ transport, persist: 1 }, /persist/],
    [{ transport, network: 'wifi' }, /network/],
    [{ transport, random: 4 }, /random/],
    [{ transport, maxConcurent: 3 }, /maxConcurent/],
  ]
  for (const [uploads, message] of cases) {
    await assert.rejects(open({ host: memory(), uploads }), (/** @type {any} */ error) =>
      saying('INVALID_OPTION')(error) && message.test(error.message), JSON.stringify(uploads))
  }
})

test('a wrong upload is refused and takes no place', async t => {
  stoppedTime(t)
  const net = byHand()
  /** @type {import('../../js/uploads/transport.js').Transport} */
  const transport = { ...net.transport, check(target) {
    if (target.split('/').includes('..')) throw new StorageError('INVALID_VALUE', 'it goes up')
  } }
  const stash = await openQueue({ transport })
  const { uploads } = stash
  const cyclic = /** @type {any} */ ({ fn() {} })
  /** @type {[string, any[]][]} */
  const cases = [
    ['INVALID_VALUE', ['', 'a']], ['INVALID_VALUE', [undefined, 'a']], ['INVALID_VALUE', [7, 'a']],
    ['INVALID_VALUE', ['/a', '']], ['INVALID_VALUE', ['/a', undefined]],
    ['INVALID_VALUE', ['/a', 'x/../../b']],
    ['INVALID_OPTION', ['/a', 'a', 'loud']], ['INVALID_OPTION', ['/a', 'a', null, { priority: 0.5 }]],
    ['INVALID_OPTION', ['/a', 'a', null, { priority: 1001 }]],
    ['INVALID_OPTION', ['/a', 'a', null, { prio: 1 }]], ['INVALID_OPTION', ['/a', 'a', null, { signal: {} }]],
    ['INVALID_OPTION', ['/a', 'a', null, { metadata: 'x' }]],
    ['INVALID_VALUE', ['/a', 'a', null, { metadata: cyclic }]],
    ['UNSUPPORTED', ['/a', 'a', null, { keep: true }]],
  ]
  for (const [code, args] of cases) {
    const [file, target, onProgress, wish] = args
    const upload = uploads.uploadFile(file, target, onProgress, wish)
    await assert.rejects(upload, saying(code), JSON.stringify(args))
  }
  await assert.rejects(uploads.uploadMultiple(/** @type {any} */ ('abc')), saying('INVALID_OPTION'))
  assert.deepEqual([uploads.list(), net.attempts, uploads.progress.items], [[], [], 0])
  await uploads.onIdle()
  await stash.close()
  await assert.rejects(uploads.uploadFile('/a', 'a'), saying('CLOSED'))
})

test('no more are sent at once than allowed, by the app, the transport and the host', async t => {
  stoppedTime(t)
  /** @type {any} */
  const narrow = { ...memory(), network: { words: 'wx', send() {}, limit: 2 } }
  for (const [options, host, expected] of /** @type {[any, any, number][]} */ ([
    [{}, memory(), 3], [{ maxConcurrent: 5 }, memory(), 5], [{ maxConcurrent: 5, limit: 4 }, memory(), 4],
    [{ maxConcurrent: 50 }, narrow, 2],
  ])) {
    const net = byHand()
    const { limit, ...rest } = options
    const stash = await openQueue({ transport: { ...net.transport, limit }, ...rest }, host)
    const all = Array.from({ length: 12 }, (_, index) => stash.uploads.uploadFile(`/${index}`, `${index}`))
    await quiet()
    assert.equal(stash.uploads.concurrency, expected)
    while (net.running().length > 0) await net.running()[0]?.succeed()
    await Promise.all(all)
    assert.equal(net.most, expected)
    const order = Array.from({ length: 12 }, (_, index) => `${index}`)
    assert.deepEqual(net.attempts.map(({ job }) => job.target), order)
    await stash.close()
  }
})

test('what may pass is tried again with pauses that double, and in the end is a dead letter', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport, retry: { attempts: 4, base: '1s', cap: '3s' } })
  const { uploads } = stash
  const upload = uploads.uploadFile('/a', 'a')
  const outcome = upload.then(() => 'arrived', error => error)
  const failures = [answered(503), new StorageError('NETWORK_FAILED', 'lost'), new TypeError('fetch failed'),
    answered(500)]
  for (const [index, failure] of failures.entries()) {
    await quiet()
    assert.equal(net.attempts.length, index + 1)
    assert.equal(net.last.job.attempt, index + 1)
    assert.equal(uploads.get(upload.id)?.state, 'running')
    await net.last.fail(failure)
    if (index === 3) break
    const pause = [999, 1999, 2999][index] ?? 0
    const info = uploads.get(upload.id)
    assert.deepEqual([info?.state, info?.attempts, info?.waitingFor],
      ['waiting', index + 1, { reasons: ['backoff'], until: Date.now() + pause }])
    assert.equal(info?.nextAttemptAt, Date.now() + pause)
    await time.pass(pause - 1)
    assert.equal(net.running().length, 0)
    await time.pass(1)
  }
  assert.equal((await outcome).status, 500)
  const dead = uploads.get(upload.id)
  assert.deepEqual([dead?.state, dead?.attempts, dead?.error?.status], ['failed', 4, 500])
  assert.equal(new Set(net.attempts.map(({ job }) => job.idempotencyKey)).size, 1)
  await uploads.onIdle()

  // A person looks at it, and tries it anew.
  const again = uploads.retry(upload.id)
  await quiet()
  assert.equal(net.last.job.attempt, 1)
  await net.last.succeed('at last')
  assert.equal(await again, 'at last')
  assert.equal(await uploads.get(upload.id)?.promise, 'at last')
  await assert.rejects(uploads.retry(upload.id), saying('INVALID_OPTION'))
  assert.equal(uploads.remove(upload.id), true)
  await quiet()
  assert.equal(uploads.get(upload.id), undefined)
  await stash.close()
})

test('one that failed goes on where it was when it is tried anew, now or in the next process', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const host = memory()
  const stash = await openQueue({ transport: net.transport }, host)
  const upload = stash.uploads.uploadFile('/a', 'a')
  const outcome = upload.catch(error => error.status)
  await quiet()
  await net.last.how.keep({ offset: 5 })
  await net.last.fail(answered(400))
  assert.equal(await outcome, 400)
  stash.uploads.retry(upload.id).catch(() => {})
  await quiet()
  assert.deepEqual(net.last.job.resume, { offset: 5 })
  await net.last.fail(answered(400))
  await stash.close()

  const next = await openQueue({ transport: net.transport }, host)
  const again = next.uploads.retry(upload.id)
  await time.pass(1)
  assert.deepEqual(net.last.job.resume, { offset: 5 })
  await net.last.succeed('at last')
  assert.equal(await again, 'at last')
  await next.close()
})

test('an item that is being forgotten is not tried anew: the log would not know it any more', async t => {
  stoppedTime(t)
  const net = byHand()
  const host = memory()
  const stash = await openQueue({ transport: net.transport }, host)
  const { uploads } = stash
  const upload = uploads.uploadFile('/a', 'a')
  const outcome = upload.catch(error => error.status)
  await quiet()
  await net.last.fail(answered(400))
  assert.equal(await outcome, 400)
  assert.equal(uploads.remove(upload.id), true)
  await assert.rejects(uploads.retry(upload.id), saying('INVALID_OPTION'))
  assert.deepEqual([uploads.remove(upload.id), uploads.cancel(upload.id)], [false, false])
  await quiet()
  assert.deepEqual([net.attempts.length, uploads.list()], [1, []])
  await stash.close()
})

test('what cannot be mended is not tried again', async t => {
  stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport })
  for (const failure of [answered(400), answered(403), answered(413),
    new StorageError('INVALID_VALUE', 'no such file'), { statusCode: 404 }]) {
    const upload = stash.uploads.uploadFile('/a', 'a')
    const outcome = assert.rejects(upload)
    await quiet()
    await net.last.fail(failure)
    await outcome
    assert.equal(stash.uploads.get(upload.id)?.state, 'failed')
    assert.equal(net.of('a').length, stash.uploads.list({ state: 'failed' }).length)
  }
  await stash.close()
})

test('a server that asks to wait is waited for, and too many requests slow the queue down', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport, maxConcurrent: 4 })
  const { uploads } = stash
  const all = Array.from({ length: 6 }, (_, index) => uploads.uploadFile(`/${index}`, `${index}`))
  await quiet()
  await net.running()[0]?.fail(answered(429, { retryAfterMs: 20_000 }))
  assert.equal(uploads.concurrency, 2)
  assert.equal(uploads.get(/** @type {any} */ (all[0]).id)?.nextAttemptAt, START + 20_000)
  while (net.running().length > 0) await net.running()[0]?.succeed()
  assert.equal(net.attempts.length, 6)
  await time.pass(19_999)
  assert.equal(net.running().length, 0)
  await time.pass(1)
  await net.last.succeed()
  await Promise.all(all)
  await stash.close()
})

test('an attempt that stands still or takes too long is given up and tried again', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport, timeout: '30s', stallTimeout: '10s' })
  const upload = stash.uploads.uploadFile('/a', 'a')
  await quiet()
  await time.pass(9_000)
  net.last.how.onProgress(10, 100)
  await time.pass(9_000)
  assert.equal(net.last.how.signal.aborted, false)
  await time.pass(1_000)
  assert.deepEqual([net.last.how.signal.aborted, net.last.how.timeoutMs], [true, 30_000])
  assert.equal(stash.uploads.get(upload.id)?.error?.code, 'TIMEOUT')
  await time.pass(1_000)
  assert.equal(net.attempts.length, 2)
  // The next one begins anew: that it goes over old ground is no standing still.
  for (let sent = 1; sent <= 3; sent += 1) {
    net.last.how.onProgress(sent, 100)
    await time.pass(9_900)
  }
  assert.equal(net.last.how.signal.aborted, false)
  await time.pass(300)
  assert.equal(net.last.how.signal.aborted, true)
  await time.pass(2_000)
  await net.last.succeed()
  await upload
  await stash.close()
})

test('the more important goes first; pause holds, resume goes on, and cancel ends', async t => {
  stoppedTime(t)
  const net = byHand()
  const stash = await openQueue({ transport: net.transport, maxConcurrent: 1 })
  const { uploads } = stash
  uploads.pause()
  assert.equal(uploads.isPaused, true)
  const low = uploads.uploadFile('/low', 'low', null, { priority: -5 })
  const plain = uploads.uploadFile('/plain', 'plain')
  const high = uploads.uploadFile('/high', 'high', null, { priority: 5 })
  await quiet()
  assert.deepEqual(uploads.explain(high.id), { reasons: ['paused'] })
  assert.deepEqual(net.targets(), [])
  uploads.resume()
  await quiet()
  assert.deepEqual(net.targets(), ['high'])
  assert.deepEqual(uploads.explain(plain.id), { reasons: ['behind'], behind: 1 })
  assert.deepEqual(uploads.explain(low.id), { reasons: ['behind'], behind: 2 })
  assert.equal(uploads.explain(high.id), undefined)
  const gone = assert.rejects(plain, saying('ABORTED'))
  assert.deepEqual([plain.id, plain.id, 'x'].map(id => uploads.cancel(id)), [true, false, false])
  await gone
  // One that is being sent is given up; what it says then counts for nothing.
  const stopped = assert.rejects(high, saying('ABORTED'))
  assert.equal(uploads.cancel(high.id), true)
  await stopped
  assert.equal(net.attempts[0]?.how.signal.aborted, true)
  await quiet()
  assert.deepEqual(net.targets(), ['low'])
  await net.last.succeed()
  await low
  assert.deepEqual(uploads.list().map(({ cloudPath, state }) => [cloudPath, state]),
    [['low', 'done'], ['plain', 'cancelled'], ['high', 'cancelled']])
  await stash.close()
})

test('a signal gives up its own caller, and the item if nobody else waits', async t => {
  stoppedTime(t)
  const net = byHand()
  const host = { ...memory(), files: filesOf({ '/a': 'content', '/copy': 'content', '/other': 'else' }) }
  const stash = await openQueue({ transport: net.transport }, host)
  const { uploads } = stash
  const given = { signal: AbortSignal.abort() }
  await assert.rejects(uploads.uploadFile('/a', 'a', null, given), saying('ABORTED'))
  const [first, second] = [new AbortController(), new AbortController()]
  const one = uploads.uploadFile('/a', 'a', null, { dedupe: true, signal: first.signal })
  await quiet()
  const two = uploads.uploadFile('/copy', 'a', null, { dedupe: true, signal: second.signal })
  await quiet()
  assert.equal(one.id, two.id)
  first.abort()
  await assert.rejects(one, saying('ABORTED'))
  assert.equal(net.last.how.signal.aborted, false)
  second.abort()
  await assert.rejects(two, saying('ABORTED'))
  assert.equal(net.last.how.signal.aborted, true)
  assert.equal(uploads.get(two.id)?.state, 'cancelled')
  await stash.close()
})

/**
 * Files that a test has.
 * @param {Record<string, string>} files
 */
function filesOf(files) {
  /** @type {string[]} */
  const dropped = []
  let copies = 0
  return {
    dropped, files,
    /** @param {string} path */
    async open(path) {
      const text = files[path]
      if (text === undefined) throw new StorageError('INVALID_VALUE', `no such file: ${path}`)
      const bytes = new TextEncoder().encode(text)
      /** @param {number} at @param {number} length */
      const read = async (at, length) => bytes.slice(at, at + length)
      return { path, size: bytes.length, read, digest: async () => `digest of ${text}` }
    },
    /** @param {string} path */
    async keep(path) {
      const text = files[path]
      if (text === undefined) throw new StorageError('INVALID_VALUE', `no such file: ${path}`)
      copies += 1
      files[`/kept/${copies}`] = text
      return `/kept/${copies}`
    },
    /** @param {string} path */
    async drop(path) {
      dropped.push(path)
      delete files[path]
    },
  }
}

test('the same content to the same place is sent once', async t => {
  stoppedTime(t)
  const net = byHand()
  const files = filesOf({ '/a': 'same', '/b': 'same', '/c': 'other' })
  const stash = await openQueue({ transport: net.transport }, { ...memory(), files })
  const { uploads } = stash
  /** @type {string[]} */
  const said = []
  const wish = { dedupe: true }
  const all = [
    uploads.uploadFile('/a', 'x', percent => said.push(`1: ${percent}`), wish),
    uploads.uploadFile('/b', 'x', percent => said.push(`2: ${percent}`), wish),
    uploads.uploadFile('/c', 'x', null, wish),
    uploads.uploadFile('/b', 'y', null, wish),
  ]
  await quiet()
  assert.deepEqual(net.running().map(({ job }) => [job.filePath, job.target]),
    [['/a', 'x'], ['/c', 'x'], ['/b', 'y']])
  while (net.running().length > 0) await net.running()[0]?.succeed()
  await Promise.all(all)
  assert.deepEqual(said, ['1: 100', '2: 100'])
  // Once it has arrived it may be sent again.
  const later = uploads.uploadFile('/b', 'x', null, wish)
  await quiet()
  assert.deepEqual(net.targets(), ['x'])
  await net.last.succeed()
  await later
  await stash.close()
})

test('a kept file outlives the one the host deletes, and its copy goes with the item', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const files = filesOf({ '/tmp/1': 'abc', '/tmp/2': 'abcd' })
  const stash = await openQueue({ transport: net.transport, retry: { attempts: 2 } }, { ...memory(), files })
  const { uploads } = stash
  const kept = uploads.uploadFile('/tmp/1', 'one', null, { keep: true })
  const plain = uploads.uploadFile('/tmp/2', 'two')
  const lost = plain.catch(error => error)
  await quiet()
  const byTarget = () => Object.fromEntries(net.running().map(attempt => [attempt.job.target, attempt]))
  assert.equal(byTarget()['one']?.job.filePath, '/kept/1')
  assert.equal(byTarget()['one']?.job.file.size, 3)
  delete files.files['/tmp/1']
  delete files.files['/tmp/2']
  await byTarget()['one']?.fail(answered(500))
  await byTarget()['two']?.fail(answered(500))
  await time.pass(1000)
  assert.deepEqual(Object.keys(byTarget()), ['one'])
  assert.match((await lost).message, /no such file: \/tmp\/2/)
  await byTarget()['one']?.succeed()
  await kept
  assert.deepEqual(files.dropped, ['/kept/1'])
  await assert.rejects(uploads.uploadFile('/tmp/1', 'one'), /no such file/)
  await assert.rejects(uploads.uploadFile('/tmp/1', 'one', null, { keep: true }), /no such file/)
  assert.equal(uploads.list().length, 2)
  await stash.close()
})

test('offline and metered networks hold the queue, and what they cut off costs no attempt', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  /** @type {Record<string, (detail?: any) => void>} */
  const tell = {}
  const host = { ...memory(), listen(/** @type {string} */ event, /** @type {() => void} */ listener) {
    // The flush at `hide` and the queue both listen.
    const before = tell[event]
    tell[event] = (detail) => {
      if (before) before(detail)
      ;/** @type {any} */ (listener)(detail)
    }
    return () => {}
  } }
  const stash = await openQueue({ transport: net.transport, network: 'unmetered' }, host)
  const { uploads } = stash
  const upload = uploads.uploadFile('/a', 'a')
  await quiet()
  tell['network']?.({ isConnected: false, type: 'none' })
  await net.last.fail(new StorageError('NETWORK_FAILED', 'lost'))
  await time.pass(60_000)
  assert.equal(net.running().length, 0)
  const info = uploads.get(upload.id)
  assert.deepEqual([info?.attempts, info?.waitingFor], [0, { reasons: ['offline'] }])
  tell['network']?.({ isConnected: true, type: '4g' })
  await time.pass(60_000)
  assert.deepEqual(uploads.explain(upload.id), { reasons: ['metered'] })
  tell['network']?.({ isConnected: true, type: 'wifi' })
  await quiet()
  assert.equal(net.running().length, 1)

  // The app is hidden, and its host cuts the upload off: it goes on when the app is shown again.
  tell['hide']?.()
  await net.last.fail(new StorageError('NETWORK_FAILED', 'fail interrupted', { interrupted: true }))
  await time.pass(60_000)
  assert.deepEqual(uploads.explain(upload.id), { reasons: ['hidden'] })
  tell['show']?.()
  await time.pass(1000)
  assert.deepEqual([net.running().length, net.last.job.attempt], [1, 1])
  await net.last.succeed()
  await upload
  await stash.close()
})

test('progress rises, is told now and then, and ends with one 100', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  const files = filesOf({ '/a': 'x'.repeat(1000), '/b': 'x'.repeat(3000), '/empty': '' })
  const stash = await openQueue({ transport: net.transport, retry: { base: 1000 } }, { ...memory(), files })
  const { uploads } = stash
  /** @type {number[]} */
  const heard = []
  /** @type {any[]} */
  const details = []
  /** @type {any[]} */
  const overall = []
  uploads.on('progress', all => overall.push(all))
  const upload = uploads.uploadFile('/a', 'a', (percent, progress) => {
    heard.push(percent)
    details.push(progress)
  })
  const other = uploads.uploadFile('/b', 'b')
  await quiet()
  const [a, b] = net.running()
  assert.deepEqual([uploads.progress.total, uploads.progress.bytes, uploads.progress.percent], [4000, 0, 0])
  for (let sent = 100; sent <= 500; sent += 50) {
    a?.how.onProgress(sent, 1000)
    await time.pass(50)
  }
  assert.deepEqual(heard, [10, 20, 30, 40, 50])
  assert.deepEqual([details[4].bytes, details[4].total], [500, 1000])
  assert.ok(details[4].speed > 900 && details[4].speed < 2500, `${details[4].speed} B/s`)
  assert.ok(details[4].remaining > 200 && details[4].remaining < 700, `${details[4].remaining} ms`)
  // It fails and begins anew: nothing is taken back.
  await a?.fail(answered(500))
  await time.pass(1000)
  const again = net.last
  for (let sent = 100; sent <= 1000; sent += 100) {
    again.how.onProgress(sent, 1000)
    await time.pass(100)
  }
  assert.deepEqual(heard.slice(5), [60, 70, 80, 90, 99])
  b?.how.onProgress(600, 3000)
  assert.deepEqual([uploads.progress.bytes, uploads.progress.percent], [1600, 40])
  await again.succeed()
  // A late word changes nothing.
  again.how.onProgress(1, 1000)
  await upload
  assert.deepEqual(heard.slice(10), [100])
  const before = overall.length
  const gone = assert.rejects(other)
  await b?.fail(answered(404))
  await gone
  assert.ok(overall.length > before)
  const { percent, bytes, total, done, failed, items, remaining } = uploads.progress
  assert.deepEqual({ percent, bytes, total, done, failed, items, remaining },
    { percent: 100, bytes: 1600, total: 1600, done: 1, failed: 1, items: 2, remaining: 0 })
  for (const [index, one] of overall.entries()) {
    if (index > 0) assert.ok(one.bytes >= overall[index - 1].bytes, 'bytes fell')
  }

  // A file without content arrives as well, with one 100.
  heard.length = 0
  const empty = uploads.uploadFile('/empty', 'empty', one => heard.push(one))
  await quiet()
  assert.equal(uploads.progress.items, 1)
  net.last.how.onProgress(0, 0)
  await net.last.succeed()
  await empty
  assert.deepEqual(heard, [0, 100])
  await stash.close()
})

test('listeners hear of each step, and one that throws harms nothing', async t => {
  const time = stoppedTime(t)
  const net = byHand()
  /** @type {unknown[]} */
  const reports = []
  const stash = await openQueue({ transport: net.transport }, memory(), error => reports.push(error))
  const { uploads } = stash
  /** @type {string[]} */
  const heard = []
  const events = /** @type {const} */ (['added', 'started', 'retry', 'done', 'failed', 'cancelled', 'idle'])
  for (const event of events) {
    uploads.on(event, info => heard.push(`${event} ${info.cloudPath ?? ''}`))
  }
  const end = uploads.onSettled(info => { throw new Error(info.state) })
  assert.throws(() => uploads.on(/** @type {any} */ ('end'), () => {}), saying('INVALID_OPTION'))
  const first = uploads.uploadFile('/a', 'a', () => { throw new Error('progress') })
  await quiet()
  await net.last.fail(answered(500))
  await time.pass(1000)
  await net.last.succeed()
  await first
  end()
  const second = uploads.uploadFile('/b', 'b')
  const failed = assert.rejects(second)
  await quiet()
  await net.last.fail(answered(400))
  await failed
  assert.deepEqual(heard, ['added a', 'started a', 'retry a', 'started a', 'done a', 'idle ',
    'added b', 'started b', 'failed b', 'idle '])
  assert.deepEqual(reports.map(error => /** @type {Error} */ (error).message), ['progress', 'done'])
  await stash.close()
})

test('a stash that is closed leaves what is not sent to the next one, and nobody waits for ever', async t => {
  stoppedTime(t)
  const net = byHand()
  const host = memory()
  const stash = await openQueue({ transport: net.transport, maxConcurrent: 1 }, host)
  const [first, second] = [stash.uploads.uploadFile('/a', 'a'), stash.uploads.uploadFile('/b', 'b')]
  await quiet()
  const outcomes = Promise.all([first, second].map(one => one.catch(error => error.code)))
  await stash.close()
  assert.deepEqual(await outcomes, ['CLOSED', 'CLOSED'])
  assert.equal(net.last.how.signal.aborted, true)
  const next = await openQueue({ transport: net.transport }, host)
  assert.deepEqual(next.uploads.list().map(({ id, state, attempts }) => [id, state, attempts]),
    [[first.id, 'waiting', 0], [second.id, 'waiting', 0]])
  await next.close()
})
