// The files that are to be sent: opened, read by parts, digested, kept and dropped, on every host.
// @ts-check
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { StorageError } from '../../js/errors.js'
import { memory } from '../../js/hosts/memory.js'
import { loadCore } from '../../js/load/load.js'
import { Session } from '../../js/session.js'
import { filesOf } from '../../js/uploads/files.js'
import { KINDS, bytesPlace, randomBytes, sha256, wechatPlace } from './support/upload-kinds.js'

const gone = { code: 'INVALID_VALUE', retryable: false, message: /no such file/ }
const changed = { code: 'INVALID_VALUE', retryable: false, message: /changed its size/ }

for (const { name, make } of KINDS) {
  describe(`the files of an app on ${name}`, () => {
    test('a file is read by parts, and its digest is SHA-256', async context => {
      const place = await make(context)
      const bytes = randomBytes(2_500_000)
      const file = await place.files.open(place.put(bytes))
      assert.equal(file.size, bytes.length)
      assert.deepEqual(await file.read(1_000_000, 70_000), bytes.slice(1_000_000, 1_070_000))
      assert.deepEqual(await file.read(2_499_990, 100), bytes.slice(2_499_990))
      assert.equal((await file.read(2_500_000, 10)).length, 0)
      assert.equal(await file.digest(), sha256(bytes))
      assert.equal(await file.digest(), sha256(bytes))
      await file.check?.()
    })

    test('an empty file has a digest too', async context => {
      const place = await make(context)
      const file = await place.files.open(place.put(new Uint8Array(0)))
      assert.equal(file.size, 0)
      assert.equal(await file.digest(), sha256(new Uint8Array(0)))
    })

    test('a path that leads to nothing is refused for good, and what is no path too', async context => {
      const place = await make(context)
      const path = place.put(new Uint8Array(3))
      for (const wrong of [`${path}.none`, `${path}/under`]) {
        await assert.rejects(place.files.open(wrong), gone)
      }
      for (const wrong of ['', 5, null, undefined, {}, []]) {
        await assert.rejects(place.files.open(/** @type {any} */ (wrong)),
          { code: 'INVALID_VALUE', retryable: false, message: /^expected/ })
      }
    })

    test('a file that grows, shrinks or goes after it was opened says so', async context => {
      const place = await make(context)
      const bytes = randomBytes(1000)
      const path = place.put(bytes)
      const file = await place.files.open(path)
      place.change(path, bytes.slice(0, 500))
      await assert.rejects(file.read(400, 600), changed)
      await assert.rejects(async () => file.check?.(), changed)
      place.change(path, randomBytes(2000))
      await assert.rejects(async () => file.check?.(), changed)
      place.change(path, undefined)
      for (const ask of [() => file.read(0, 10), () => file.check?.(), () => file.digest()]) {
        await assert.rejects(async () => ask(), gone)
      }
      // The digest is asked for anew once the file is back.
      place.change(path, bytes)
      assert.equal(await file.digest(), sha256(bytes))
    })

    test('a kept copy outlives its file, has a name of its own, and is dropped', async context => {
      const place = await make(context)
      const { keep, drop, place: placeOf } = place.files
      assert.ok(keep && drop && placeOf)
      const bytes = randomBytes(5000)
      const path = place.put(bytes)
      const [one, other] = [await keep(path), await keep(path)]
      assert.notEqual(one, other)
      assert.match(one, /\.jpg$/)
      place.change(path, undefined)
      const copy = await place.files.open(one)
      assert.deepEqual(await copy.read(0, 5000), bytes)
      await drop(one)
      await drop(one)
      await assert.rejects(place.files.open(one), gone)
      assert.equal((await place.files.open(other)).size, 5000)
      await assert.rejects(keep(path), gone)
      place.change(path, bytes)
      const told = placeOf(path)
      assert.notEqual(told, placeOf(path))
      assert.equal(await keep(path, told), told)
      assert.equal((await place.files.open(told)).size, 5000)
    })

    test('only kept copies are dropped', async context => {
      const place = await make(context)
      const path = place.put(randomBytes(10))
      const kept = String(await place.files.keep?.(path))
      for (const wrong of [path, `${kept}/../../${path}`, kept.replace(/[^/]+$/, '../x')]) {
        await assert.rejects(async () => place.files.drop?.(wrong), { code: 'INVALID_VALUE' })
      }
      assert.equal((await place.files.open(path)).size, 10)
    })
  })
}

test('Node reports a folder as no file, and keeps copies beside the store', async context => {
  const place = await KINDS[0].make(context)
  const path = place.put(randomBytes(10))
  await assert.rejects(place.files.open(path.slice(0, path.lastIndexOf('/'))), gone)
  const kept = String(await place.files.keep?.(path))
  assert.match(kept, /\/store\.kept\/[^/]+\.jpg$/)
  writeFileSync(path, 'other')
  assert.equal(readFileSync(kept).length, 10)
  await place.files.drop?.(kept)
  assert.equal(existsSync(kept), false)
})

test('WeChat before 2.10.0 gives the whole file for each part', async context => {
  const place = await wechatPlace(context, { baseLibrary: '2.9.0' })
  const bytes = randomBytes(1000)
  const file = await place.files.open(place.put(bytes))
  assert.deepEqual(await file.read(100, 50), bytes.slice(100, 150))
  assert.deepEqual(await file.read(0, 1000), bytes)
})

test('WeChat without room says so when a file is to be kept', async context => {
  const place = await wechatPlace(context)
  place.disk.files.set('wxfile://usr/others', new Uint8Array(200 * 1024 * 1024 - 10))
  await assert.rejects(async () => place.files.keep?.(place.put(randomBytes(50))),
    { fault: 'QUOTA_EXCEEDED' })
})

test('a Blob and bytes are files on every host', async () => {
  const place = await bytesPlace()
  const bytes = randomBytes(3000)
  for (const given of [new Blob([bytes]), bytes, bytes.buffer.slice(0)]) {
    const file = await place.files.open(/** @type {any} */ (given))
    assert.equal(file.size, 3000)
    assert.deepEqual(await file.read(2990, 100), bytes.slice(2990))
    assert.equal(await file.digest(), sha256(bytes))
  }
  await assert.rejects(place.files.open('/a/path'), { code: 'UNSUPPORTED', message: /Blob or bytes/ })
})

test('a broken core is told of, and a closed stash digests nothing', async () => {
  const session = new Session(/** @type {any} */ (memory()), await loadCore(), Date.now, () => {})
  const file = await filesOf(session).open(randomBytes(10))
  session.isClosed = true
  await assert.rejects(file.digest(), error => StorageError.is(error) && error.code === 'CLOSED')
})
