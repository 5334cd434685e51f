// Forms against a real server that fails in every way, on every host.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeController } from '../../js/abort.js'
import { networkByRequest } from '../../js/hosts/http-wx.js'
import { form } from '../../js/uploads/form.js'
import { custom } from '../../js/uploads/custom.js'
import { KINDS, attempt, bytesPlace, randomBytes, sha256 } from './support/upload-kinds.js'
import { formServer } from './support/upload-server.js'

/** @param {import('node:test').TestContext} context @param {Parameters<typeof formServer>[0]} [fateOf] */
async function serverFor(context, fateOf) {
  const server = await formServer(fateOf)
  context.after(() => server.close())
  return server
}

for (const { name, make } of KINDS) {
  describe(`forms from ${name}`, () => {
    test('a file arrives with fields, name and key, and its progress is its own', async context => {
      const [place, server] = [await make(context), await serverFor(context)]
      const bytes = randomBytes(1_000_000)
      const transport = form({ url: server.url, name: 'photo', header: { 'X-Token': 'abc' } })
      const { result, progress } = await attempt(place, transport, place.put(bytes),
        { target: 'a/b c.jpg', metadata: { album: 'Ürlaub "1"', rank: 3 } })
      assert.deepEqual([result.statusCode, result.data], [200, '{"ok":true}'])
      assert.match(JSON.stringify(result.header), /application\/json/)
      const arrival = server.arrivals.get('key-1')
      assert.ok(arrival)
      assert.equal(arrival.digest, sha256(bytes))
      assert.deepEqual([arrival.name, arrival.times], ['photo', 1])
      assert.deepEqual(arrival.fields, { key: 'a/b c.jpg', album: 'Ürlaub "1"', rank: '3' })
      assert.equal(arrival.headers['x-token'], 'abc')
      assert.ok(progress.length > 2, 'it tells how far it is')
      progress.reduce((before, [sent, total]) => {
        assert.ok(sent >= before && sent <= 1_000_000 && total === 1_000_000, `${sent} of ${total}`)
        return sent
      }, 0)
      assert.equal(progress.at(-1)?.[0], 1_000_000)
    })

    test('fields and header fields may be made of each job, and the key may be left out', async context => {
      const [place, server] = [await make(context), await serverFor(context)]
      const transport = form({ url: server.url,
        header: async ({ id }) => ({ 'X-Id': id, 'Idempotency-Key': '' }),
        formData: ({ target, attempt: number }) => ({ key: 'mine', where: target, number: String(number) }) })
      await attempt(place, transport, place.put(randomBytes(10)), { id: '77' })
      const arrival = server.arrivals.get('mine')
      assert.deepEqual(arrival?.fields, { key: 'mine', where: 'photos/1.jpg', number: '1' })
      assert.deepEqual([arrival?.headers['x-id'], arrival?.headers['idempotency-key']], ['77', undefined])
    })

    test('an empty file arrives empty', async context => {
      const [place, server] = [await make(context), await serverFor(context)]
      await attempt(place, form({ url: server.url }), place.put(new Uint8Array(0)))
      assert.equal(server.arrivals.get('key-1')?.size, 0)
    })

    const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
    /** @type {[what: string, fate: import('./support/upload-server.js').Fate, error: object][]} */
    const faults = [
      ['a reset', { fault: 'reset', after: 20_000 }, { code: 'NETWORK_FAILED', retryable: true }],
      ['a lost answer', { fault: 'lost answer' }, { code: 'NETWORK_FAILED', retryable: true }],
      ['a stall', { fault: 'stall', after: 20_000 }, { code: 'TIMEOUT', retryable: true }],
      ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } },
        { code: 'HTTP_STATUS', status: 429, retryable: true, retryAfterMs: 7000 }],
      ['503 with a date', { status: 503, headers: { date, 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT' } },
        { code: 'HTTP_STATUS', status: 503, retryable: true, retryAfterMs: 60_000 }],
      ['503 with nonsense', { status: 503, headers: { 'retry-after': 'soon' } },
        { code: 'HTTP_STATUS', retryable: true }],
      ['408', { status: 408 }, { code: 'HTTP_STATUS', status: 408, retryable: true }],
      ['425', { status: 425 }, { code: 'HTTP_STATUS', status: 425, retryable: true }],
      ['500', { status: 500 }, { code: 'HTTP_STATUS', status: 500, retryable: true }],
      ['501', { status: 501 }, { code: 'HTTP_STATUS', status: 501, retryable: false }],
      ['400', { status: 400 }, { code: 'HTTP_STATUS', status: 400, retryable: false }],
      ['403', { status: 403 }, { code: 'HTTP_STATUS', status: 403, retryable: false }],
      ['413', { status: 413 }, { code: 'HTTP_STATUS', status: 413, retryable: false }],
    ]
    for (const [what, fate, error] of faults) {
      test(`${what} is the error it should be`, async context => {
        const [place, server] = [await make(context), await serverFor(context, () => fate)]
        const file = place.put(randomBytes(300_000))
        await assert.rejects(attempt(place, form({ url: server.url }), file, { timeoutMs: 300 }), error)
      })
    }

    test('a server that reads slowly gets all of it', async context => {
      const [place, server] = [await make(context), await serverFor(context, () => ({ fault: 'slow' }))]
      const bytes = randomBytes(500_000)
      await attempt(place, form({ url: server.url }), place.put(bytes))
      assert.equal(server.arrivals.get('key-1')?.digest, sha256(bytes))
    })

    test('nobody at the other end is a failure of the network', async context => {
      const [place, server] = [await make(context), await formServer()]
      await server.close()
      await assert.rejects(attempt(place, form({ url: server.url }), place.put(randomBytes(10))),
        { code: 'NETWORK_FAILED', retryable: true })
    })

    test('it is given up by the signal, before and on the way', async context => {
      const [place, server] = [await make(context), await serverFor(context, () => ({ fault: 'stall' }))]
      const file = place.put(randomBytes(3_000_000))
      const before = makeController()
      before.abort()
      await assert.rejects(attempt(place, form({ url: server.url }), file, { signal: before.signal }),
        { code: 'ABORTED', retryable: false })
      assert.equal(server.requests(), 0)
      const onTheWay = makeController()
      const sending = attempt(place, form({ url: server.url }), file,
        { signal: onTheWay.signal, onProgress: () => onTheWay.abort() })
      await assert.rejects(sending, { code: 'ABORTED' })
    })

    test('a file that is gone or other than it was is refused for good', async context => {
      const [place, server] = [await make(context), await serverFor(context)]
      const path = place.put(randomBytes(600_000))
      const file = await place.files.open(path)
      place.change(path, randomBytes(500_000))
      await assert.rejects(attempt(place, form({ url: server.url }), path, { file }),
        { code: 'INVALID_VALUE', retryable: false, message: /changed its size/ })
      place.change(path, undefined)
      await assert.rejects(attempt(place, form({ url: server.url }), path, { file }),
        { code: 'INVALID_VALUE', retryable: false, message: /no such file/ })
      assert.equal(server.arrivals.size, 0)
    })
  })
}

test('what WeChat cuts off because the app was hidden counts as interrupted', async context => {
  const [place, server] = [await KINDS[1].make(context), await serverFor(context, () => ({ fault: 'stall' }))]
  const sending = attempt(place, form({ url: server.url }), place.put(randomBytes(100_000)),
    { onProgress: () => place.interrupt?.() })
  await assert.rejects(sending, { code: 'NETWORK_FAILED', retryable: true, interrupted: true })
})

test('a domain that is not allowed is refused for good', async () => {
  const network = networkByRequest({ request() {},
    uploadFile: options => { options.fail({ errMsg: 'uploadFile:fail url not in domain list' }) } })
  const file = /** @type {any} */ ({ size: 1, path: 'x', network })
  await assert.rejects(attempt(/** @type {any} */ ({}), form({ url: 'https://a.b' }), 'x', { file }),
    { code: 'NETWORK_FAILED', retryable: false, message: /domain list/ })
})

test('Alipay is asked in its own words', async () => {
  /** @type {any} */
  let asked
  const network = networkByRequest({ request() {}, uploadFile(options) {
    asked = options
    options.success({ statusCode: 200, data: 'ok', header: { a: 'b' } })
    return { onProgressUpdate() {} }
  } }, 'my')
  const file = /** @type {any} */ ({ size: 1, path: 'https://resource/1.video', network })
  const { result } = await attempt(/** @type {any} */ ({}), form({ url: 'https://a.b', name: 'clip' }), 'x',
    { file, target: 'films/1.mp4' })
  assert.deepEqual([asked.filePath, asked.fileName, asked.fileType, asked.formData.key],
    ['https://resource/1.video', 'clip', 'video', 'films/1.mp4'])
  assert.deepEqual(result, { statusCode: 200, data: 'ok', header: { a: 'b' } })
})

test('bytes go as a form where there is fetch, and on WeChat only from a path', async context => {
  const server = await serverFor(context)
  const place = await bytesPlace()
  const bytes = randomBytes(5000)
  await attempt(place, form({ url: server.url }), bytes)
  assert.equal(server.arrivals.get('key-1')?.digest, sha256(bytes))
  const phone = await KINDS[1].make(context)
  await assert.rejects(attempt(phone, form({ url: server.url }), bytes), { code: 'UNSUPPORTED' })
})

test('places that cannot be are refused, and so are wrong options', () => {
  const { check } = form({ url: 'https://example.com' })
  const right = ['a', 'a/b.jpg', '照片/1.jpg', 'a..b', '.hidden', 'x'.repeat(850), 'a b&c']
  for (const target of right) check?.(target)
  const wrong = ['', '/a', '..', '../a', 'a/../b', 'a/..', './a', 'a//b', 'a/', 'a\\b', 'a\u0000', 'a\nb',
    'a\u007f', 'x'.repeat(851), '片'.repeat(284), '\ud83d', 'a\udc00b', 5, null, undefined]
  for (const target of wrong) {
    const expected = { code: 'INVALID_VALUE', retryable: false }
    assert.throws(() => check?.(/** @type {any} */ (target)), expected, `${target}`)
  }
  for (const options of [undefined, {}, { url: '' }, { url: 'example.com' }, { url: 'https://a', name: '' },
    { url: 'https://a', header: 5 }, { url: 'https://a', limit: 0 }, { url: 'https://a', nope: 1 }]) {
    const what = JSON.stringify(options)
    assert.throws(() => form(/** @type {any} */ (options)), { code: 'INVALID_OPTION' }, what)
  }
  assert.throws(() => custom(/** @type {any} */ ({})), { code: 'INVALID_OPTION' })
})
