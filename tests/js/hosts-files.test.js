// The hosts on the files of mini-programs, each on a double of its place.
// @ts-check
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wechatFiles } from '../../js/hosts/wechat-files.js'
import { wechatFiles as filesDouble } from './doubles/wechat-files.js'
import { KEYS, hostContract } from './support/host-contract.js'
import { FILE_KINDS, limited } from './support/file-kinds.js'
import { valuesOn } from './support/mini-values.js'
import { refusesWantOfRoom } from './support/mini-room.js'
import { openAt, refused } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'
import { CHANGES, cuts, enumerate, refusals } from './support/wechat-crash.js'

/** The places whose file calls differ; the others differ by their limits and paths. */
const DIFFERENT = FILE_KINDS.filter(({ place }) => !/^(devtools|qq|baidu|kuaishou)$/.test(place))
const FOLDER = 'wxfile://usr/ministash-records'

for (const kind of FILE_KINDS) {
  hostContract(kind.name, (_, limits) => limited(kind, limits), { hasLimits: false })
  storageContract(kind.name, (_, limits) => limited(kind, limits), { isImmediate: !kind.deferred })
  valuesOn(kind)
}

for (const kind of DIFFERENT) {
  describe(`killed and refused on ${kind.name}`, () => {
    for (const [change, act] of Object.entries(CHANGES)) {
      test(`${change}: at each call, all or nothing is found`, async t => {
        const split = { ...kind, options: {}, splits: !kind.deferred }
        const counts = [await enumerate(split, act, cuts), await enumerate(split, act, refusals)]
        t.diagnostic(`${counts.join(' cuts, ')} refusals`)
      })
    }
  })
}

for (const kind of DIFFERENT) {
  test(`want of room is QUOTA_EXCEEDED, and the old values stay: ${kind.name}`, () => refusesWantOfRoom(kind, double =>
    assert.ok(double.used() < 1000, 'what was refused takes no room')))

  test(`what a power cut has torn is CORRUPT, and stays until it is told: ${kind.name}`, async () => {
    const keys = ['short', '长'.repeat(100)]
    for (const left of [0, 1, 20, 200, 300]) {
      const double = kind.make()
      const first = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      for (const key of keys) await first.storage.set(key, 'value '.repeat(50), { compress: false })
      await first.storage.set('whole', 1)
      await first.stash.close()
      for (const [path, bytes] of double.disk) {
        if (/short|_u957f/.test(path)) double.disk.set(path, bytes.slice(0, left))
      }
      const { stash, storage } = await openAt(kind.host(double.mini, { deferred: kind.deferred }))
      for (const key of keys) {
        await refused('CORRUPT', () => storage.get(key))
        await refused('CORRUPT', () => storage.set(key, 'another'))
        await storage.set(key, 'another', { overwrite: true })
        assert.equal(await storage.get(key), 'another')
      }
      assert.equal(await storage.get('whole'), 1)
      await stash.close()
    }
  })
}

test('what was being written counts only where the record is gone or torn', async () => {
  const bytes = (/** @type {number} */ of) => new Uint8Array(100).fill(of)
  const { wx, files } = filesDouble()
  const host = wechatFiles(wx)
  await host.open?.()
  host.write('a', bytes(1))
  const old = files.get(`${FOLDER}/a.record`)
  host.write('a', bytes(2))
  const next = files.get(`${FOLDER}/a.record`)
  await host.close?.()
  assert.ok(old && next)
  /** @type {[record: Uint8Array | undefined, next: Uint8Array, found: number | undefined][]} */
  const cases = [
    [old, next, 1], [undefined, next, 2], [old.slice(0, 50), next, 2], [old.slice(0, 0), next, 2],
    [old, next.slice(0, 50), 1], [old, next.slice(0, 0), 1], [undefined, next.slice(0, 50), undefined],
    // One that replaced nothing was never answered.
    [undefined, old, undefined],
  ]
  for (const [record, beside, found] of cases) {
    const disk = new Map([[`${FOLDER}/next`, beside]])
    if (record) disk.set(`${FOLDER}/a.record`, record)
    const again = wechatFiles(filesDouble({ files: disk }).wx)
    await again.open?.()
    assert.deepEqual(again.read('a'), found && bytes(found))
    assert.deepEqual([...disk.keys()], found ? [`${FOLDER}/a.record`] : [])
    await again.close?.()
  }
})

test('each verb makes as few calls as it did', async () => {
  const double = filesDouble()
  const host = wechatFiles(double.wx)
  const data = new Uint8Array(1000)
  /** @type {[what: string, act: () => unknown, calls: string][]} */
  const verbs = [
    ['the first opening', () => host.open?.(), 'readdirSync mkdirSync readdirSync'],
    ['a new record', () => host.write('a', data), 'writeFileSync renameSync'],
    ['a changed one', () => host.write('a', data), 'writeFileSync renameSync'],
    ['reading', () => host.read('a'), 'readFileSync'],
    ['reading what is missing', () => host.read('none'), ''],
    ['a listing', () => host.list(''), ''],
    ['the room', () => host.info?.(), 'statSync'],
    ['removing', () => host.remove('a'), 'unlinkSync'],
    ['removing what is missing', () => host.remove('a'), ''],
    ['closing', () => host.close?.(), ''],
  ]
  await host.open?.()
  host.write('kept', data)
  await host.close?.()
  for (const [what, act, calls] of verbs) {
    double.expect()
    await act()
    const made = double.calls.map(({ api }) => api).join(' ')
    assert.equal(made, what === 'the first opening' ? 'readdirSync' : calls, what)
  }
  const fresh = filesDouble()
  await wechatFiles(fresh.wx).open?.()
  assert.equal(fresh.calls.map(({ api }) => api).join(' '), verbs[0]?.[2])
})

test('names hold no sign that a path may lose, and none is too long', async () => {
  const double = filesDouble()
  const host = wechatFiles(double.wx)
  await host.open?.()
  for (const key of KEYS) host.write(key, new Uint8Array(1))
  const names = [...double.files.keys()].map(path => path.slice(path.lastIndexOf('/') + 1))
  assert.equal(names.length, KEYS.length)
  for (const name of names) assert.match(name, /^[a-z0-9_.-]{1,143}$/)
})

test('the room is what the place tells of the folder, and unknown where it tells nothing', async () => {
  const double = filesDouble()
  const host = wechatFiles(double.wx)
  await host.open?.()
  host.write('a', new Uint8Array(1000))
  host.write('b', new Uint8Array(1000))
  assert.deepEqual(host.info?.(), { usedBytes: double.used(), limitBytes: host.limits?.totalBytes })
  await host.close?.()
  const old = wechatFiles(filesDouble({ files: double.files, baseLibrary: '2.0.0' }).wx)
  await old.open?.()
  assert.equal(old.info?.().usedBytes, undefined)
  // Some tell by path, not in a list.
  const { wx } = filesDouble({ files: double.files })
  const manager = wx.getFileSystemManager()
  const byPath = { '/a': { size: 10 }, '/b': { size: 5 } }
  const other = wechatFiles({ ...wx, getFileSystemManager: () => ({ ...manager, statSync: () => byPath }) })
  await other.open?.()
  assert.equal(other.info?.().usedBytes, 15)
})

test('two stores of one place do not meet, and each has one owner', async () => {
  const { wx } = filesDouble()
  const [one, other] = [wechatFiles(wx), wechatFiles(wx, { name: 'other' })]
  await one.open?.()
  await other.open?.()
  one.write('a', Uint8Array.of(1))
  assert.equal(other.read('a'), undefined)
  await assert.rejects(async () => wechatFiles(wx).open?.(), { fault: 'BUSY' })
  await one.close?.()
  const again = wechatFiles(wx)
  await again.open?.()
  assert.deepEqual(again.read('a'), Uint8Array.of(1))
})

test('what the system deletes meanwhile is missing', async () => {
  const double = filesDouble()
  const { stash, storage } = await openAt({ ...wechatFiles(double.wx), exclusive: false,
    entropy: () => new Uint8Array(32).fill(7) })
  await storage.setMany({ a: 1, b: 2 })
  double.wipe()
  assert.equal(await storage.get('a', 'gone'), 'gone')
  assert.deepEqual(await storage.entries(), [])
  await storage.set('a', 'again')
  assert.equal(await storage.get('a'), 'again')
  await stash.close()
})

test('a wrong option, another global and a client that is too old are told', async () => {
  const { wx } = filesDouble()
  for (const options of [{ name: '' }, { name: 'a/b' }, { name: 7 }, { deferred: 'yes' }, { folder: 'a' }]) {
    assert.throws(() => wechatFiles(wx, /** @type {any} */ (options)), { code: 'INVALID_OPTION' })
  }
  for (const global of [undefined, {}, 'wx']) {
    assert.throws(() => wechatFiles(/** @type {any} */ (global)), { code: 'INVALID_OPTION' })
  }
  const { writeFile, ...manager } = wx.getFileSystemManager()
  const old = { ...wx, getFileSystemManager: () => ({ ...manager, writeFile, writeFileSync: undefined }) }
  await assert.rejects(async () => wechatFiles(old).open?.(), { code: 'UNSUPPORTED' })
  const later = wechatFiles(old, { deferred: true })
  await later.open?.()
  await later.close?.()
  assert.throws(() => wechatFiles(wx).read('a'), { fault: 'HOST_FAILED' })
})
