// The server of the travel journals: a guide that can be validated, photos by safe names, the sync protocol.
// @ts-check
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { journalServer } from './support/journal.js'

/** @type {(() => unknown)[]} */
const ends = []
let url = ''
before(async () => { url = (await journalServer({ after: end => { ends.push(end) } })).url })
after(() => Promise.all(ends.map(end => end())))

/** @param {Record<string, string | Blob>} fields */
async function send(fields) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return (await fetch(`${url}/photos`, { method: 'POST', body: form })).status
}

test('the guide is told in two languages, may be kept for a minute, and is validated', async () => {
  const [chinese, english] = await Promise.all(['zh', 'en'].map(lang => fetch(`${url}/guide?lang=${lang}`)))
  assert.deepEqual([chinese.headers.get('cache-control'), chinese.status], ['max-age=60', 200])
  assert.deepEqual([(await chinese.json())[0].name, (await english.json())[0].name], ['大理', 'Dali'])
  const known = { headers: { 'if-none-match': String(chinese.headers.get('etag')) } }
  assert.equal((await fetch(`${url}/guide?lang=zh`, known)).status, 304)
  assert.equal((await fetch(`${url}/guide?lang=en`, known)).status, 200)
})

test('a photo is given as it came, also the second time, and names cannot leave the folder', async () => {
  const file = new Blob([new Uint8Array(70_000).fill(3)])
  assert.deepEqual([await send({ key: 'a-1.jpg', file }), await send({ key: 'a-1.jpg', file })], [200, 200])
  const photo = await fetch(`${url}/photos/a-1.jpg`)
  assert.equal(photo.headers.get('content-type'), 'image/jpeg')
  assert.deepEqual(new Uint8Array(await photo.arrayBuffer()), new Uint8Array(70_000).fill(3))
  for (const key of ['../a.jpg', 'a.html', '', '.jpg', `${'a'.repeat(80)}.jpg`]) {
    assert.equal(await send({ key, file }), 400)
  }
  assert.deepEqual([await send({ key: 'a.jpg' }), await send({ key: 'a.jpg', file: 'text' })], [400, 400])
  assert.equal(await send({ key: 'a.jpg', file: new Blob([new Uint8Array(21 * 1024 * 1024)]) }), 413)
  for (const place of ['photos/b.jpg', 'photos/..%2fentries', 'photos', 'elsewhere', '']) {
    assert.equal((await fetch(`${url}/${place}`)).status, 404, place)
  }
})

test('the sync protocol is spoken below /sync', async () => {
  const { rows, more } = await (await fetch(`${url}/sync/pull?limit=10`)).json()
  assert.deepEqual([rows, more], [[], false])
  assert.equal((await fetch(`${url}/sync/nothing`)).status, 404)
})
