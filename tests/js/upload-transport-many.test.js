// Five hundred files through the queue to a real server with every fault, on every host.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open } from '../../js/open.js'
import { form } from '../../js/uploads/form.js'
import { KINDS, randomBytes, randomOf, sha256 } from './support/upload-kinds.js'
import { formServer } from './support/upload-server.js'

const FILES = 500
const SEED = Number(process.env.SEED ?? 11)

/** What the server does with some items, whenever they come. */
const FINAL = Object.freeze({ refused: { status: 400 }, large: { status: 413 }, broken: { status: 500 } })

for (const { name, make } of KINDS) {
  test(`of ${FILES} files from ${name} each arrives once, or ends with a reason`, async context => {
    const random = randomOf(SEED)
    /** @type {Map<string, keyof typeof FINAL | undefined>} */
    const destinies = new Map()
    const server = await formServer(request => {
      const key = String(request.headers['idempotency-key'])
      if (!destinies.has(key)) {
        const draw = random()
        const broken = draw < 0.07 ? 'broken' : undefined
        destinies.set(key, draw < 0.03 ? 'refused' : draw < 0.05 ? 'large' : broken)
      }
      const destiny = destinies.get(key)
      return destiny ? FINAL[destiny] : passing(random())
    })
    context.after(() => server.close())
    const place = await make(context)
    const stash = await open({ host: /** @type {any} */ (place.session.host), uploads: {
      transport: form({ url: server.url }), maxConcurrent: 16, stallTimeout: 1000, random,
      retry: { attempts: 12, base: 2, cap: 40 } } })
    const files = Array.from({ length: FILES }, (_, at) => {
      const bytes = randomBytes(200 + Math.floor(random() * 40_000), at)
      return { path: place.put(bytes), cloudPath: `photos/${at}.jpg`, digest: sha256(bytes) }
    })
    const missing = files.filter((_, at) => at % 97 === 5)
    for (const { path } of missing) place.change(path, undefined)

    const entries = files.map(({ path, cloudPath }) => ({ path, cloudPath }))
    const outcomes = await stash.uploads.uploadMultiple(entries)
    await stash.close()

    /** @type {Record<string, number>} */
    const ends = {}
    assert.ok(place.mostAtOnce() <= 10, `WeChat runs ten at once, got ${place.mostAtOnce()}`)
    const arrived = new Map([...server.arrivals.values()].map(arrival => [arrival.fields.key, arrival]))
    assert.equal(arrived.size, server.arrivals.size, 'each place has one file')
    outcomes.forEach((outcome, at) => {
      const { cloudPath, digest } = files[at]
      const end = outcome.status === 'fulfilled' ? 'arrived' : reasonOf(outcome.reason)
      ends[end] = (ends[end] ?? 0) + 1
      assert.equal(arrived.get(cloudPath)?.digest, end === 'arrived' ? digest : undefined, cloudPath)
    })
    const count = (/** @type {string} */ destiny) =>
      [...destinies.values()].filter(one => one === destiny).length
    assert.deepEqual(ends, { 'arrived': arrived.size, 'INVALID_VALUE undefined': missing.length,
      'HTTP_STATUS 400': count('refused'), 'HTTP_STATUS 413': count('large'),
      'HTTP_STATUS 500': count('broken') })
    assert.ok(Object.values(ends).every(number => number > 0), 'every end was seen')
    for (const fault of ['reset', 'stall', 'slow', 'lost answer', '429', '500', '503', '200']) {
      assert.ok(server.fates[fault] > 0, `${fault} was seen`)
    }
    context.diagnostic(`${JSON.stringify(ends)} after ${JSON.stringify(server.fates)} (seed ${SEED})`)
  })
}

/**
 * What happens to one request: most go well.
 * @param {number} draw
 * @returns {import('./support/upload-server.js').Fate | undefined}
 */
function passing(draw) {
  if (draw < 0.05) return { fault: 'reset', after: draw * 400_000 }
  if (draw < 0.07) return { fault: 'stall', after: 100 }
  if (draw < 0.10) return { status: 500 }
  if (draw < 0.13) return { status: 429, headers: { 'retry-after': '0' } }
  if (draw < 0.15) return { status: 503, headers: { 'retry-after': '1' } }
  if (draw < 0.18) return { fault: 'lost answer' }
  if (draw < 0.30) return { fault: 'slow' }
  return undefined
}

/** @param {any} error */
function reasonOf({ code, status }) {
  return `${code} ${status}`
}
