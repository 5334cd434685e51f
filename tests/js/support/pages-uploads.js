// @ts-check
/** What is claimed of uploads in pages: a Blob goes up by every transport, to servers of another origin. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from './browser.js'
import { randomBytes, sha256 } from './upload-kinds.js'
import { tusServer } from './tus-servers.js'
import { formServer } from './upload-server.js'

/** @import { TestContext } from 'node:test' */
/** @import { Place } from './pages.js' */

/* global window -- of pages */

const FILE_BYTES = 3_000_000

/**
 * Uploads a Blob in a page, and tells what came of it and what was told on the way.
 * @param {TestContext} context
 * @param {Place} place
 * @param {'form' | 'tus'} name
 * @param {object} options Of the transport.
 */
async function upload(context, place, name, options) {
  const bytes = randomBytes(FILE_BYTES)
  place.site.files.set('/film.bin', bytes)
  const page = await openPage(await place.fresh(context), `${place.site.url}/`)
  const told = await page.evaluate(async (transport, given) => {
    const { ministash } = /** @type {any} */ (window)
    const stash = await ministash.open({ uploads: { transport: ministash[transport](given),
      progressInterval: 1, retry: { attempts: 5, base: 1, cap: 5 } } })
    const blob = await (await fetch('/film.bin')).blob()
    /** @type {number[]} */
    const percents = []
    const result = await stash.uploads.uploadFile(blob, 'films/1.mp4',
      (/** @type {number} */ percent) => { percents.push(percent) }, { metadata: { album: 'Ürlaub' } })
    await stash.close()
    return { result, percents }
  }, name, options)
  return { bytes, ...told }
}

/** @param {Place} place */
export function uploadClaims(place) {
  test('a Blob goes up as a form, and its progress is told', async context => {
    const server = await formServer()
    context.after(() => server.close())
    const { bytes, result, percents } = await upload(context, place, 'form', { url: server.url })
    const [arrival, ...others] = server.arrivals.values()
    assert.deepEqual([others.length, arrival.digest, arrival.fileName], [0, sha256(bytes), '1.mp4'])
    assert.deepEqual(arrival.fields, { key: 'films/1.mp4', album: 'Ürlaub' })
    assert.deepEqual([result.statusCode, result.data], [200, '{"ok":true}'])
    assertRising(percents)
  })

  test('a form that failed goes again, and arrives once', async context => {
    let failures = 3
    const server = await formServer(() => {
      failures -= 1
      if (failures === 2) return { fault: 'reset', after: 100_000 }
      return failures === 1 ? { status: 503 } : undefined
    })
    context.after(() => server.close())
    const { bytes, percents } = await upload(context, place, 'form', { url: server.url })
    const [arrival, ...others] = server.arrivals.values()
    assert.deepEqual([others.length, arrival.times, arrival.digest], [0, 1, sha256(bytes)])
    assertRising(percents)
  })

  test('a Blob goes up by tus in chunks, and goes on after resets', async context => {
    let resets = 2
    const server = await tusServer(context, { decide: ({ method, headers }) =>
      method === 'PATCH' && headers['upload-offset'] !== '0' && (resets -= 1) >= 0 ? 'reset' : undefined })
    const { bytes, result, percents } = await upload(context, place, 'tus', { endpoint: server.endpoint })
    const [file, ...others] = server.files()
    assert.deepEqual([others.length, file.size, file.digest], [0, FILE_BYTES, sha256(bytes)])
    assert.equal(result.url, `${server.endpoint}/${file.name}`)
    assert.equal(file.metadata.filename, '1.mp4')
    assert.ok(server.seen.filter(({ method }) => method === 'PATCH').length > 3, 'in chunks')
    assertRising(percents)
  })
}

/** @param {number[]} percents */
function assertRising(percents) {
  assert.ok(percents.length > 1, `more than the end is told: ${percents}`)
  assert.deepEqual(percents, [...new Set(percents)].sort((one, other) => one - other))
  assert.equal(percents.at(-1), 100)
}
