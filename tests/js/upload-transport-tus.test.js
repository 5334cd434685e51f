// tus against a real server, which a front may hinder, on every host.
// @ts-check
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { makeController } from '../../js/abort.js'
import { tus } from '../../js/uploads/tus.js'
import { KINDS, attempt, bytesPlace, randomBytes, sha256 } from './support/upload-kinds.js'
import { tusServer } from './support/tus-servers.js'

/** @typedef {import('./support/tus-servers.js').Seen} Seen */

const MB = 1024 * 1024
const isAppend = (/** @type {Seen} */ { method, headers }) =>
  method === 'PATCH' || headers['x-http-method-override'] === 'PATCH'
/** @param {import('./support/tus-servers.js').FrontAnswer} answer */
const onCreation = answer => (/** @type {Seen} */ one) =>
  one.method === 'POST' && !isAppend(one) ? answer : undefined
/** What went up in chunks. @param {Seen[]} seen */
const sentBytes = seen => seen.filter(isAppend).reduce((sum, { body }) => sum + body.length, 0)

for (const { name, make } of KINDS) {
  describe(`tus from ${name}`, () => {
    test('a file arrives in growing chunks, with its metadata, and tells how far it is', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const bytes = randomBytes(3 * MB + 7)
      const { result, progress } = await attempt(place, tus({ endpoint: server.endpoint }), place.put(bytes),
        { target: 'films/1 ü.mp4', metadata: { album: 'Ürlaub', rank: 3 } })
      const [file] = server.files()
      assert.deepEqual([file.size, file.digest], [bytes.length, sha256(bytes)])
      assert.equal(result.url, `${server.endpoint}/${file.name}`)
      assert.deepEqual(file.metadata, { filename: '1 ü.mp4', path: 'films/1 ü.mp4',
        fingerprint: `sha256:${sha256(bytes)}`, idempotencyKey: 'key-1', album: 'Ürlaub', rank: '3' })
      const lengths = server.seen.filter(isAppend).map(({ body }) => body.length)
      assert.deepEqual(lengths, [MB / 4, MB / 2, MB, MB + MB / 4 + 7])
      const steps = [0, MB / 4, 3 * MB / 4, 7 * MB / 4, 3 * MB + 7]
      assert.deepEqual(progress, steps.map(sent => [sent, 3 * MB + 7]))
      const methods = new Set(server.seen.map(({ method }) => method))
      assert.equal(methods.has('PATCH'), name === 'Node', 'only mini-programs go without PATCH')
    })

    test('an empty file is there once it is created', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const empty = place.put(new Uint8Array(0))
      const { progress } = await attempt(place, tus({ endpoint: server.endpoint }), empty)
      assert.equal(server.files()[0].size, 0)
      assert.deepEqual(progress, [[0, 0]])
      assert.equal(server.seen.filter(isAppend).length, 0)
    })

    test('what was given up goes on where it was, in another process too', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const bytes = randomBytes(3 * MB)
      const given = place.put(bytes)
      const controller = makeController()
      /** @type {unknown} */
      let kept
      const keep = async (/** @type {unknown} */ resume) => { kept = JSON.parse(JSON.stringify(resume)) }
      const onProgress = (/** @type {number} */ sent) => { if (sent > MB / 2) controller.abort() }
      await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), given,
        { signal: controller.signal, keep, onProgress }), { code: 'ABORTED' })
      // Another transport knows nothing but what was kept.
      const { progress } = await attempt(place, tus({ endpoint: server.endpoint }), given, { resume: kept })
      const [file, ...others] = server.files()
      assert.deepEqual([file.digest, others.length], [sha256(bytes), 0])
      assert.ok(progress[0][0] >= 3 * MB / 4, 'it begins where it was')
      assert.ok(sentBytes(server.seen) <= bytes.length + MB, 'only what was on its way is sent again')
    })

    test('an upload that the server has forgotten begins anew', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const bytes = randomBytes(MB)
      const given = place.put(bytes)
      /** @type {any} */
      let kept
      const keep = async (/** @type {unknown} */ resume) => { kept = resume }
      const transport = tus({ endpoint: server.endpoint })
      await attempt(place, transport, given, { keep })
      for (const file of server.files()) {
        for (const ending of ['', '.json']) rmSync(path.join(server.directory, file.name + ending))
      }
      const before = kept.url
      await attempt(place, transport, given, { keep, resume: kept })
      assert.notEqual(kept.url, before)
      assert.equal(server.files()[0].digest, sha256(bytes))
      // What was kept for another server is of no use for this one.
      await attempt(place, transport, given, { keep, resume: { ...kept, endpoint: 'https://example.com' } })
      assert.equal(server.files().length, 2)
    })

    test('a file that changed since its upload began is refused for good, and forgotten', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const bytes = randomBytes(MB)
      const given = place.put(bytes)
      /** @type {unknown} */
      let kept
      const keep = async (/** @type {unknown} */ resume) => { kept = resume }
      const transport = tus({ endpoint: server.endpoint })
      await attempt(place, transport, given, { keep })
      const first = kept
      for (const other of [randomBytes(MB, 2), randomBytes(MB + 1), randomBytes(MB - 1)]) {
        place.change(given, other)
        await assert.rejects(attempt(place, transport, given, { keep, resume: first }),
          { code: 'INVALID_VALUE', retryable: false, message: /changed since/ })
        assert.equal(kept, undefined)
      }
    })

    test('a file that grows, shrinks or goes on the way is refused for good', async context => {
      for (const [other, message] of /** @type {const} */ ([[randomBytes(2 * MB), /changed its size/],
        [randomBytes(100), /changed its size/], [undefined, /no such file/]])) {
        const [place, server] = [await make(context), await tusServer(context)]
        const given = place.put(randomBytes(MB))
        const onProgress = (/** @type {number} */ sent) => { if (sent > 0) place.change(given, other) }
        await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), given, { onProgress }),
          { code: 'INVALID_VALUE', retryable: false, message })
        assert.ok(server.files()[0].size < MB, 'the server has no whole file')
      }
    })

    /** @type {[what: string, decide: NonNullable<import('./support/tus-servers.js').Front['decide']>,
     *   error: object][]} */
    const refusals = [
      ['503 at creation', onCreation({ status: 503, headers: { 'retry-after': '9' } }),
        { code: 'HTTP_STATUS', status: 503, retryable: true, retryAfterMs: 9000 }],
      ['401 at creation', onCreation({ status: 401 }),
        { code: 'HTTP_STATUS', status: 401, retryable: false }],
      ['413 at creation', onCreation({ status: 413 }),
        { code: 'VALUE_TOO_LARGE', status: 413, retryable: false }],
      ['creation without a place', onCreation({ status: 201 }),
        { code: 'HTTP_STATUS', retryable: false, message: /does not speak tus/ }],
      ['a chunk that is refused with 429', one => isAppend(one) ? { status: 429 } : undefined,
        { code: 'HTTP_STATUS', status: 429, retryable: true }],
      ['a chunk that is refused with 413', one => isAppend(one) ? { status: 413 } : undefined,
        { code: 'VALUE_TOO_LARGE', retryable: false }],
      ['a locked upload', one => isAppend(one) ? { status: 423 } : undefined,
        { code: 'HTTP_STATUS', status: 423, retryable: true }],
      ['an upload that is lost on the way', one => isAppend(one) ? { status: 404 } : undefined,
        { code: 'HTTP_STATUS', status: 404, retryable: true, message: /lost/ }],
      ['a reset', one => isAppend(one) ? 'reset' : undefined, { code: 'NETWORK_FAILED', retryable: true }],
      ['a server that never takes a byte', one => isAppend(one) ? { status: 409 } : undefined,
        { code: 'HTTP_STATUS', status: 409, retryable: false }],
    ]
    for (const [what, decide, error] of refusals) {
      test(`${what} is the error it should be`, async context => {
        const [place, server] = [await make(context), await tusServer(context, { decide })]
        const given = place.put(randomBytes(1000))
        await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), given), error)
      })
    }

    test('an offset that is another one is asked for, and the upload goes on', async context => {
      let conflicts = 2
      const decide = (/** @type {Seen} */ one) =>
        isAppend(one) && (conflicts -= 1) >= 0 ? { status: 409 } : undefined
      const [place, server] = [await make(context), await tusServer(context, { decide })]
      const bytes = randomBytes(MB)
      await attempt(place, tus({ endpoint: server.endpoint }), place.put(bytes))
      assert.equal(server.files()[0].digest, sha256(bytes))
    })

    test('a file larger than the server takes is not even created', async context => {
      const [place, server] = [await make(context), await tusServer(context, { maxSize: 1000 })]
      await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), place.put(randomBytes(1001))),
        { code: 'VALUE_TOO_LARGE', retryable: false, message: /at most 1000 bytes/ })
      assert.deepEqual(server.files(), [])
      await attempt(place, tus({ endpoint: server.endpoint }), place.put(randomBytes(1000)))
    })

    test('header fields go with every request, made anew for each attempt', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const transport = tus({ endpoint: server.endpoint, header: ({ attempt: n }) => ({ 'X-Token': `t${n}` }) })
      await attempt(place, transport, place.put(randomBytes(10)), { attempt: 4 })
      assert.deepEqual(new Set(server.seen.map(({ headers }) => headers['x-token'])), new Set(['t4']))
    })

    test('a server with checksums gets one with each chunk, and a spoilt chunk again', async context => {
      for (const algorithm of ['sha256', 'sha1']) {
        let spoilt = 1
        /** @type {string[]} */
        const sums = []
        const server = await tusServer(context, {
          change: ({ method }, headers) => {
            if (method !== 'OPTIONS') return
            headers.set('tus-extension', 'creation,checksum')
            headers.set('tus-checksum-algorithm', `md5,${algorithm}`)
          },
          decide: one => {
            if (!isAppend(one)) return undefined
            const [how, sum] = String(one.headers['upload-checksum']).split(' ')
            sums.push(how)
            const body = (spoilt -= 1) === 0 ? Buffer.concat([one.body, Buffer.from('x')]) : one.body
            const isRight = createHash(how).update(body).digest('base64') === sum
            return isRight ? undefined : { status: 460 }
          },
        })
        const place = await make(context)
        const bytes = randomBytes(MB)
        await attempt(place, tus({ endpoint: server.endpoint }), place.put(bytes))
        assert.equal(server.files()[0].digest, sha256(bytes))
        assert.ok(sums.length >= 3 && sums.every(how => how === algorithm))
      }
    })

    test('what the server can do is asked once', async context => {
      const [place, server] = [await make(context), await tusServer(context)]
      const transport = tus({ endpoint: server.endpoint })
      for (let round = 0; round < 3; round += 1) await attempt(place, transport, place.put(randomBytes(10)))
      assert.equal(server.seen.filter(({ method }) => method === 'OPTIONS').length, 1)
    })

    test('it is given up by the signal at any request', async context => {
      for (let number = 1; number <= 4; number += 1) {
        const controller = makeController()
        const decide = (/** @type {Seen} */ { count }) => {
          if (count === number) controller.abort()
          return undefined
        }
        const server = await tusServer(context, { decide })
        const place = await make(context)
        await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), place.put(randomBytes(MB)),
          { signal: controller.signal }), { code: 'ABORTED', retryable: false })
      }
    })
  })
}

test('a Blob goes up by tus', async context => {
  const [place, server] = [await bytesPlace(), await tusServer(context)]
  const bytes = randomBytes(MB)
  await attempt(place, tus({ endpoint: server.endpoint, chunkBytes: 100_000 }), new Blob([bytes]))
  assert.equal(server.files()[0].digest, sha256(bytes))
  assert.ok(server.seen.filter(isAppend).every(({ body }) => body.length <= 100_000))
})

test('a large file is known by its head, middle and tail, and need not be read for that', async context => {
  const size = 300 * MB
  const [place, server] = [await bytesPlace(), await tusServer(context)]
  const { sha256: digest, network } = await place.files.open(new Uint8Array(1))
  let read = 0
  let spoilt = -1
  const file = { size, sha256: digest, network, digest: async () => assert.fail('it is not read whole'),
    read: async (/** @type {number} */ position, /** @type {number} */ length) => {
      read += length
      const bytes = new Uint8Array(length).fill(7)
      if (spoilt >= position && spoilt < position + length) bytes[spoilt - position] = 8
      return bytes
    } }
  /** @type {any} */
  let kept
  const keep = async (/** @type {unknown} */ resume) => { kept = resume }
  const transport = tus({ endpoint: server.endpoint })
  const controller = makeController()
  const onProgress = (/** @type {number} */ sent) => { if (sent > 0) controller.abort() }
  await assert.rejects(attempt(place, transport, 'x', { file, keep, onProgress, signal: controller.signal }),
    { code: 'ABORTED' })
  assert.match(kept.fingerprint, /^sampled:[0-9a-f]{64}$/)
  assert.ok(read < 5 * MB)
  const resume = kept
  for (const at of [5, size / 2 + 5, size - 5]) {
    spoilt = at
    await assert.rejects(attempt(place, transport, 'x', { file, keep, resume }),
      { code: 'INVALID_VALUE', message: /changed since/ })
  }
})

test('names of metadata that a header cannot hold are refused, and so are wrong options', async context => {
  const [place, server] = [await bytesPlace(), await tusServer(context)]
  for (const name of ['with space', 'with,comma', 'größe', '']) {
    await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), randomBytes(5),
      { metadata: { [name]: 'x' } }), { code: 'INVALID_VALUE', retryable: false })
  }
  for (const options of [undefined, {}, { endpoint: 'x' }, { endpoint: 'http://a', chunkBytes: 0 },
    { endpoint: 'http://a', limit: 1.5 }, { endpoint: 'http://a', override: 'no' },
    { endpoint: 'http://a', header: 'x' }, { endpoint: 'http://a', more: 1 }]) {
    assert.throws(() => tus(/** @type {any} */ (options)), { code: 'INVALID_OPTION' })
  }
})

test('a server that is no tus server says so', async context => {
  const [place, server] = [await bytesPlace(), await tusServer(context, { decide: () => ({ status: 200 }) })]
  await assert.rejects(attempt(place, tus({ endpoint: server.endpoint }), randomBytes(5)),
    { code: 'HTTP_STATUS', retryable: false, message: /does not speak tus/ })
})
