// The mini-program build uploads by every transport, in a realm without what phones lack.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { wechatCloud } from './doubles/wechat-cloud.js'
import { wechatFiles } from './doubles/wechat-files.js'
import { wechatRequest } from './doubles/wechat-request.js'
import { wechatUpload } from './doubles/wechat-upload.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { loadBuilt } from './support/miniprogram.js'
import { tusServer } from './support/tus-servers.js'
import { randomBytes, sha256 } from './support/upload-kinds.js'
import { formServer } from './support/upload-server.js'

test('an app uploads by cloud, form and tus, and asks for URLs', async context => {
  const [forms, server] = [await formServer(), await tusServer(context)]
  context.after(() => forms.close())
  const { wx } = wechatDouble()
  const disk = wechatFiles()
  const { cloud: wxCloud, held } = wechatCloud(disk.files)
  Object.assign(wx, disk.wx, wechatUpload(disk.files).wx, wechatRequest(), { cloud: wxCloud })
  const { open, cloud, form, tus } = loadBuilt({}, { wx })
  const bytes = randomBytes(1_200_000)
  const path = disk.choose(bytes, 'mp4')
  const inCloud = cloud(wx.cloud)
  for (const transport of [inCloud, form({ url: forms.url }), tus({ endpoint: server.endpoint })]) {
    const stash = await open({ uploads: { transport, progressInterval: 1 } })
    /** @type {number[]} */
    const percents = []
    const result = await stash.uploads.uploadFile(path, 'films/影片.mp4', percent => { percents.push(percent) },
      { keep: true, dedupe: true })
    assert.ok(percents.length > 1, `${transport.name} tells how far it is: ${percents}`)
    assert.equal(percents.at(-1), 100)
    if (transport === inCloud) {
      const { fileList } = await inCloud.getTempFileURL([result.fileID])
      assert.match(String(fileList[0]?.tempFileURL), /^https:/)
    }
    await stash.close()
  }
  const digest = sha256(bytes)
  assert.deepEqual([...held.values()].map(sha256), [digest])
  assert.deepEqual([...forms.arrivals.values()].map(arrival => arrival.digest), [digest])
  const [file] = server.files()
  assert.deepEqual([file.digest, file.metadata.filename], [digest, '影片.mp4'])
  // The last copy is being deleted.
  while (disk.calls.filter(({ api }) => api === 'unlink').length < 3) await turn()
  await turn()
  assert.deepEqual([...disk.files.keys()], [path], 'kept copies are gone')
})

test('an upload goes on in the next life of the app, though its temporary file is gone', async context => {
  /** @type {(() => void) | undefined} */
  let half
  const isHalf = new Promise(resolve => { half = () => resolve(undefined) })
  const server = await tusServer(context, { decide: ({ headers }) => {
    if (headers['x-life'] !== '1' || Number(headers['upload-offset'] ?? 0) < 700_000) return undefined
    half?.()
    return 'reset'
  } })
  const bytes = randomBytes(2_000_000)
  const disk = wechatFiles()
  const path = disk.choose(bytes, 'mp4')
  /** @type {(life: number, records: Map<string, any>) => Promise<{ double: any, stash: any }>} */
  const live = async (life, records) => {
    const double = wechatDouble({ disk: records })
    Object.assign(double.wx, disk.wx, wechatUpload(disk.files).wx, wechatRequest())
    const { open, tus } = loadBuilt({}, { wx: double.wx })
    const transport = tus({ endpoint: server.endpoint, header: { 'X-Life': String(life) } })
    const stash = await open({ uploads: { transport, retry: { base: '1h', cap: '1h' }, random: () => 1 } })
    return { double, stash }
  }
  const first = await live(1, new Map())
  const upload = first.stash.uploads.uploadFile(path, 'films/1.mp4', undefined, { keep: true })
  upload.catch(() => {})
  await isHalf
  // WeChat ends the app without a word, and tidies up.
  const records = new Map(first.double.disk)
  disk.forget()
  const second = await live(2, records)
  const { url } = await second.stash.uploads.get(upload.id).promise
  const [file, ...others] = server.files()
  assert.deepEqual([url, file.digest, others.length], [`${server.endpoint}/${file.name}`, sha256(bytes), 0])
  const sent = server.seen.filter(({ headers }) => headers['x-life'] === '2')
    .reduce((sum, { body }) => sum + body.length, 0)
  assert.ok(sent < 1_300_000, `only the rest is sent: ${sent}`)
  await second.stash.close()
  await first.stash.close()
})

test('a file that WeChat has deleted is refused for good, with words that help', async () => {
  const { wx } = wechatDouble()
  const disk = wechatFiles()
  Object.assign(wx, disk.wx, wechatUpload(disk.files).wx, wechatRequest())
  const { open, form } = loadBuilt({}, { wx })
  const path = disk.choose(randomBytes(10))
  disk.forget()
  const stash = await open({ uploads: { transport: form({ url: 'http://127.0.0.1:9' }) } })
  await assert.rejects(stash.uploads.uploadFile(path, 'a.jpg'),
    { code: 'INVALID_VALUE', retryable: false, message: /no such file.*keep the file/ })
  await stash.close()
})
