// WeChat's cloud storage: uploads with real progress, lists of any length, refusals by their numbers.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeController } from '../../js/abort.js'
import { cloud } from '../../js/uploads/cloud.js'
import { wechatCloud } from './doubles/wechat-cloud.js'
import { attempt, bytesPlace, randomBytes, wechatPlace } from './support/upload-kinds.js'

/** @param {import('node:test').TestContext} context @param {Parameters<typeof wechatCloud>[1]} [plan] */
async function cloudPlace(context, plan) {
  const place = await wechatPlace(context)
  const double = wechatCloud(place.disk.files, plan)
  return { place, double, transport: cloud(double.cloud) }
}

test('a file is uploaded with the progress of its task, and brought back', async context => {
  const { place, double, transport } = await cloudPlace(context)
  const bytes = randomBytes(100_000)
  const given = place.put(bytes)
  const { result, progress } = await attempt(place, transport, given, { target: 'user-uploads/1.jpg' })
  assert.deepEqual(result, { fileID: 'cloud://env.656e/user-uploads/1.jpg', statusCode: 204 })
  assert.deepEqual(double.held.get(result.fileID), bytes)
  assert.equal(progress.length, 3)
  progress.reduce((before, [sent, total]) => {
    assert.ok(sent > before && sent <= 100_000 && total === 100_000)
    return sent
  }, 0)
  for (const file of [result.fileID, { fileID: result.fileID }]) {
    const { tempFilePath } = await transport.downloadFile(file)
    assert.deepEqual(place.disk.files.get(tempFilePath), bytes)
  }
})

test('lists longer than 50 are asked for in parts, and each file has its status, in order', async context => {
  const { double, transport } = await cloudPlace(context)
  const ids = Array.from({ length: 120 }, (_, at) => `cloud://env.656e/${at}.jpg`)
  for (const [at, id] of ids.entries()) if (at % 7 !== 3) double.held.set(id, new Uint8Array(1))
  const { fileList: urls } = await transport.getTempFileURL(ids)
  assert.deepEqual(urls.map(({ fileID }) => fileID), ids)
  urls.forEach(({ status, tempFileURL }, at) => {
    assert.equal(status, at % 7 === 3 ? -503003 : 0)
    assert.equal(Boolean(tempFileURL), at % 7 !== 3)
  })
  const { fileList: gone } = await transport.deleteFile({ fileList: ids })
  assert.deepEqual(gone.map(({ status }) => status === 0), ids.map((_, at) => at % 7 !== 3))
  assert.equal(double.held.size, 0)
  assert.deepEqual(double.calls.map(({ args }) => args.fileList.length), [50, 50, 20, 50, 50, 20])
  const { fileList: [aged] } = await transport.getTempFileURL([{ fileID: 'a', maxAge: 60 }])
  assert.deepEqual([aged.fileID, aged.maxAge], ['a', 60])
  assert.deepEqual(await transport.deleteFile([]), { fileList: [] })
})

test('a refused part of a list is told of for its files, a whole list by an error', async context => {
  const refusal = { errCode: -501001, errMsg: 'cloud.deleteFile:fail system error' }
  const ids = Array.from({ length: 60 }, (_, at) => `cloud://env.656e/${at}.jpg`)
  const one = await cloudPlace(context, (_name, _args, count) => count === 1 ? refusal : undefined)
  for (const id of ids) one.double.held.set(id, new Uint8Array(1))
  const { fileList } = await one.transport.deleteFile(ids)
  assert.deepEqual(fileList.map(({ status }) => status), ids.map((_, at) => at < 50 ? -1 : 0))
  assert.deepEqual([fileList[0].error?.code, fileList[0].error?.retryable], ['NETWORK_FAILED', true])
  const all = await cloudPlace(context, () => refusal)
  await assert.rejects(all.transport.deleteFile(ids), { code: 'NETWORK_FAILED', retryable: true })
})

/** @type {[refusal: { errCode?: number, errMsg: string }, error: object][]} */
const REFUSALS = [
  [{ errMsg: 'uploadFile:fail timeout' }, { code: 'TIMEOUT', retryable: true }],
  [{ errCode: -1, errMsg: 'cloud.uploadFile:fail interrupted' },
    { code: 'NETWORK_FAILED', retryable: true, interrupted: true }],
  [{ errCode: -1, errMsg: 'cloud.uploadFile:fail net::ERR_FAILED' },
    { code: 'NETWORK_FAILED', retryable: true }],
  [{ errCode: -501002, errMsg: 'fail' }, { code: 'TIMEOUT', retryable: true }],
  [{ errCode: -501003, errMsg: 'fail' }, { code: 'BUSY', retryable: true, status: 429 }],
  [{ errCode: -501004, errMsg: 'fail' }, { code: 'BUSY', retryable: true, status: 429 }],
  [{ errCode: -503001, errMsg: 'fail' }, { code: 'NETWORK_FAILED', retryable: true }],
  [{ errCode: -403001, errMsg: 'fail' }, { code: 'VALUE_TOO_LARGE', retryable: false }],
  [{ errCode: -401003, errMsg: 'fail' }, { code: 'INVALID_VALUE', retryable: false }],
  [{ errCode: -501017, errMsg: 'fail' }, { code: 'QUOTA_EXCEEDED', retryable: false }],
  [{ errCode: -503002, errMsg: 'no permission' },
    { code: 'HOST_FAILED', retryable: false, message: /-503002/ }],
]
for (const [refusal, error] of REFUSALS) {
  test(`${refusal.errMsg} (${refusal.errCode ?? 'no number'}) is the error it should be`, async context => {
    const { place, transport } = await cloudPlace(context, () => refusal)
    await assert.rejects(attempt(place, transport, place.put(randomBytes(10))), error)
  })
}

test('a file that is gone, before or on the way, is refused for good', async context => {
  const { place, transport } = await cloudPlace(context)
  const path = place.put(randomBytes(10))
  const file = await place.files.open(path)
  const onProgress = () => place.change(path, undefined)
  await assert.rejects(attempt(place, transport, path, { onProgress }),
    { code: 'INVALID_VALUE', retryable: false, message: /no such file/ })
  await assert.rejects(attempt(place, transport, path, { file }),
    { code: 'INVALID_VALUE', retryable: false, message: /no such file/ })
})

test('an upload is given up by the signal, and cut off when the app is hidden', async context => {
  const { place, double, transport } = await cloudPlace(context, () => 'hang')
  const controller = makeController()
  const { signal } = controller
  const sending = attempt(place, transport, place.put(randomBytes(10)), { signal })
  setImmediate(() => controller.abort())
  await assert.rejects(sending, { code: 'ABORTED', retryable: false })
  const hidden = attempt(place, transport, place.put(randomBytes(10)))
  setTimeout(double.interrupt, 5)
  await assert.rejects(hidden, { code: 'NETWORK_FAILED', interrupted: true, retryable: true })
})

test('what is no path, no place, no list and no cloud is refused', async context => {
  const { transport } = await cloudPlace(context)
  assert.throws(() => transport.check?.('../up.jpg'), { code: 'INVALID_VALUE' })
  await assert.rejects(attempt(await bytesPlace(), transport, randomBytes(5)), { code: 'UNSUPPORTED' })
  for (const wrong of [undefined, 'a', { files: [] }, [5], [''], [{}]]) {
    assert.throws(() => transport.deleteFile(/** @type {any} */ (wrong)), { code: 'INVALID_OPTION' })
  }
  await assert.rejects(transport.downloadFile(/** @type {any} */ ({})), { code: 'INVALID_OPTION' })
  for (const wrong of [undefined, null, {}, 'cloud']) {
    assert.throws(() => cloud(/** @type {any} */ (wrong)), { code: 'INVALID_OPTION' })
  }
})
