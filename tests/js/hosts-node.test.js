// What the folder host promises beyond the contract of hosts: how files lie, fail and survive.
// @ts-check
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nameOfKey } from '../../js/hosts/node-names.js'
import { node } from '../../js/hosts/node.js'
import { folderFor } from './support/host-folder.js'

/** @import { TestContext } from 'node:test' */

const HASHED = 'k'.repeat(300)
const encode = (/** @type {string} */ text) => new TextEncoder().encode(text)
const modeOf = (/** @type {string} */ path) => (fs.lstatSync(path).mode & 0o777).toString(8)
const fileOf = (/** @type {string} */ dir, /** @type {string} */ key) => join(dir, 'records', nameOfKey(key))
const isLeftover = (/** @type {string} */ name) => name.endsWith('.tmp')

/**
 * Makes a function of the file system fail, in both of its styles.
 * @param {TestContext} t
 * @param {'open' | 'writeFile' | 'fsync' | 'rename' | 'unlink' | 'readFile' | 'readdir'} name
 * @param {string} code
 */
function failing(t, name, code) {
  const error = Object.assign(new Error(`${code}: for the test`), { code, syscall: name })
  const now = t.mock.method(fs, `${name}Sync`, () => { throw error })
  const later = t.mock.method(fs, name, (/** @type {any[]} */ ...args) => { args.at(-1)(error) })
  return { error, heal: () => { now.mock.restore(); later.mock.restore() } }
}

for (const immediate of [true, false]) {
  describe(`the folder host, ${immediate ? 'immediate' : 'deferred'}`, () => {
    test('each file is for its owner only, in folders for their owner only', async t => {
      const mask = process.umask(0)
      t.after(() => process.umask(mask))
      const dir = join(folderFor(t), 'new/folder')
      const host = node({ dir, immediate })
      await host.open?.()
      await host.write('a', encode('1'))
      await host.witness?.write('seen')
      const folders = [join(dir, '..'), dir, join(dir, 'records')]
      for (const folder of folders) assert.equal(modeOf(folder), '700', folder)
      const files = [join(dir, 'lock'), join(dir, 'witness'), fileOf(dir, 'a')]
      for (const file of files) assert.equal(modeOf(file), '600', file)
      await host.close?.()
      assert.deepEqual(fs.readdirSync(dir).sort(), ['records', 'witness'])
    })

    test('the rights of a folder that was there are left as they are', async t => {
      const dir = join(folderFor(t), 'mine')
      fs.mkdirSync(dir)
      fs.chmodSync(dir, 0o750)
      const host = node({ dir, immediate })
      await host.open?.()
      await host.close?.()
      assert.equal(modeOf(dir), '750')
    })

    test('a file is one line with its key, for people, and then the record as it is', async t => {
      const dir = folderFor(t)
      const host = node({ dir, immediate })
      await host.open?.()
      for (const key of ['user/42', 'line\nbreak', HASHED]) {
        await host.write(key, Uint8Array.of(10, 0, 255))
        const content = fs.readFileSync(fileOf(dir, key))
        assert.deepEqual(content, Buffer.concat([encode(`${JSON.stringify(key)}\n`), Uint8Array.of(10, 0, 255)]))
      }
      await host.close?.()
    })

    test('what a kill left half-written is cleared at open; what is not ours is left alone', async t => {
      const dir = folderFor(t)
      const host = node({ dir, immediate })
      await host.open?.()
      await host.write('a', encode('1'))
      await host.close?.()
      const records = join(dir, 'records')
      const leftovers = [join(dir, '.0123456789abcdef.tmp'), join(records, '.fedcba9876543210.tmp')]
      const foreign = ['.DS_Store', 'desktop.ini', 'notes.txt', 'README.md', '.1.tmp', 'A.record', 'a.rec']
      for (const path of leftovers) fs.writeFileSync(path, 'half')
      for (const name of foreign) fs.writeFileSync(join(records, name), 'foreign')
      fs.mkdirSync(join(records, 'folder.record'))
      fs.symlinkSync('/dev/null', join(records, 'link.record'))
      await host.open?.()
      for (const path of leftovers) assert.equal(fs.existsSync(path), false)
      assert.deepEqual(await host.list(''), ['a'])
      assert.equal((await host.info?.())?.usedBytes, 2)
      await host.removeMany?.(await host.list(''))
      const left = fs.readdirSync(records).sort()
      assert.deepEqual(left, [...foreign, 'folder.record', 'link.record'].sort())
      await host.close?.()
    })

    test('a damaged file is handed over as it is, for the core to judge, and stays', async t => {
      const dir = folderFor(t)
      const host = node({ dir, immediate })
      await host.open?.()
      for (const key of ['a', HASHED]) {
        await host.write(key, encode('record'))
        for (const text of ['', 'no line', '"other"\nrec', '\n']) {
          fs.writeFileSync(fileOf(dir, key), text)
          assert.deepEqual(await host.read(key), encode(text.slice(text.indexOf('\n') + 1)))
        }
      }
      await host.close?.()
      const again = node({ dir, immediate })
      await again.open?.()
      // A hashed name tells no key, so a damaged first line hides its record from lists, and only from them.
      assert.deepEqual(await again.list(''), ['a'])
      assert.deepEqual(await again.read(HASHED), encode(''))
      assert.ok(fs.existsSync(fileOf(dir, HASHED)))
      await again.close?.()
    })

    test('a link or a file in the place of a folder is refused, and says so', async t => {
      const base = folderFor(t)
      const elsewhere = join(base, 'elsewhere')
      fs.mkdirSync(elsewhere)
      fs.symlinkSync(elsewhere, join(base, 'link'))
      fs.mkdirSync(join(base, 'linked'))
      fs.symlinkSync(elsewhere, join(base, 'linked/records'))
      fs.writeFileSync(join(base, 'file'), 'a file')
      const cases = /** @type {[string, RegExp][]} */ ([
        ['link', /is a link; pass what it points to/],
        ['link/', /is a link/],
        ['linked', /linked.records is a link/],
        ['file', /is not a folder/],
        ['file/below', /ENOTDIR/],
      ])
      for (const [name, message] of cases) {
        const host = node({ dir: `${base}/${name}`, immediate })
        await assert.rejects(async () => host.open?.(), { fault: 'HOST_FAILED', message })
      }
      assert.deepEqual(fs.readdirSync(elsewhere), [])
      assert.equal(fs.readFileSync(join(base, 'file'), 'utf8'), 'a file')
      assert.deepEqual(fs.readdirSync(join(base, 'linked')), ['records'], 'the lock is given back')
    })

    for (const [code, name, expected] of /** @type {const} */ ([
      ['ENOSPC', 'open', 'QUOTA_EXCEEDED'], ['ENOSPC', 'writeFile', 'QUOTA_EXCEEDED'],
      ['EDQUOT', 'writeFile', 'QUOTA_EXCEEDED'], ['ENOSPC', 'fsync', 'QUOTA_EXCEEDED'],
      ['EACCES', 'open', 'HOST_FAILED'], ['EROFS', 'open', 'HOST_FAILED'],
      ['EMFILE', 'open', 'HOST_FAILED'], ['EPERM', 'rename', 'HOST_FAILED'],
      ['EIO', 'writeFile', 'HOST_FAILED'], ['EIO', 'fsync', 'HOST_FAILED'],
    ])) {
      test(`${code} at ${name} is ${expected}: the old record stays, and nothing half-written`, async t => {
        const dir = folderFor(t)
        const host = node({ dir, immediate })
        await host.open?.()
        await host.writeMany?.([['a', encode('old')], [HASHED, encode('old')]])
        const before = await host.info?.()
        const { error, heal } = failing(t, name, code)
        /** @type {[string, Uint8Array][]} */
        const entries = [['a', encode('new one')], ['b', encode('new')]]
        for (const act of [() => host.write('a', encode('new one')), () => host.writeMany?.(entries)]) {
          await assert.rejects(async () => act(), refusal => {
            assert.equal(Object(refusal).fault, expected)
            assert.equal(Object(refusal).cause, error)
            assert.match(Object(refusal).message, new RegExp(`${code} at ${name}`))
            return true
          })
        }
        heal()
        assert.deepEqual(await host.readMany?.(['a', 'b', HASHED]), [encode('old'), undefined, encode('old')])
        assert.deepEqual(await host.info?.(), before)
        assert.deepEqual(fs.readdirSync(join(dir, 'records')).filter(isLeftover), [])
        await host.write('a', encode('works again'))
        await host.close?.()
      })
    }

    test('a failure to read or list is told, and is not taken for a missing record', async t => {
      const host = node({ dir: folderFor(t), immediate })
      await host.open?.()
      const reading = failing(t, 'readFile', 'EIO')
      await assert.rejects(async () => host.read('a'), { fault: 'HOST_FAILED', message: /EIO/ })
      await assert.rejects(async () => host.readMany?.(['a']), { fault: 'HOST_FAILED' })
      await assert.rejects(async () => host.witness?.read(), { fault: 'HOST_FAILED' })
      reading.heal()
      failing(t, 'readdir', 'EACCES')
      await assert.rejects(async () => host.list(''), { fault: 'HOST_FAILED', message: /EACCES/ })
    })

    test('a record that cannot fit is refused before the disk is touched', async t => {
      const host = node({ dir: folderFor(t), immediate, totalBytes: 30, entryBytes: 20 })
      await host.open?.()
      await host.write('a', encode('x'.repeat(19)))
      failing(t, 'open', 'EIO')
      const small = encode('x'.repeat(10))
      await assert.rejects(async () => host.write('b', small), { fault: 'QUOTA_EXCEEDED' })
      await assert.rejects(async () => host.write('b', encode('x'.repeat(20))), { fault: 'VALUE_TOO_LARGE' })
      await assert.rejects(async () => host.writeMany?.([['a', small], ['b', small], ['c', small]]),
        { fault: 'QUOTA_EXCEEDED' })
    })

    test('the count of bytes is the same when opened again', async t => {
      const dir = folderFor(t)
      const first = node({ dir, immediate })
      await first.open?.()
      await first.writeMany?.([['a', encode('1')], ['键', encode('22')], [HASHED, encode('333')]])
      await first.write('b', encode(''))
      await first.write('a', encode('longer'))
      await first.remove('b')
      const used = (await first.info?.())?.usedBytes
      assert.equal(used, 7 + 5 + 303)
      await first.close?.()
      const second = node({ dir, immediate })
      await second.open?.()
      assert.equal((await second.info?.())?.usedBytes, used)
      await second.close?.()
    })

    test('before it is opened and after it is closed a host refuses every call', async t => {
      const host = node({ dir: folderFor(t), immediate })
      const calls = [() => host.read('a'), () => host.write('a', encode('1')), () => host.remove('a'),
        () => host.list(''), () => host.info?.(), () => host.witness?.write('seen')]
      for (const opens of [0, 1]) {
        for (let time = 0; time < opens; time++) { await host.open?.(); await host.close?.() }
        for (const call of calls) {
          await assert.rejects(async () => call(), { fault: 'HOST_FAILED', message: /is not open/ })
        }
      }
    })

    test('the disk is synced in the order a power cut asks for, and not at all if not durable', async t => {
      /** @type {string[]} */
      let order = []
      for (const name of /** @type {const} */ (['writeFile', 'fsync', 'rename', 'unlink'])) {
        for (const style of /** @type {const} */ ([name, `${name}Sync`])) {
          const real = /** @type {any} */ (fs[style])
          t.mock.method(fs, style, (/** @type {any[]} */ ...args) => {
            order.push(name)
            return real(...args)
          })
        }
      }
      for (const durable of [true, false]) {
        const host = node({ dir: folderFor(t), immediate, durable })
        await host.open?.()
        const sync = durable ? ['fsync'] : []
        order = []
        await host.write('a', encode('1'))
        assert.deepEqual(order, ['writeFile', ...sync, 'rename', ...sync])
        order = []
        await host.writeMany?.([['a', encode('1')], ['b', encode('2')]])
        const files = order.slice(0, order.indexOf('rename')).sort()
        assert.deepEqual(files, ['writeFile', 'writeFile', ...sync, ...sync].sort())
        assert.deepEqual(order.slice(files.length), ['rename', 'rename', ...sync])
        order = []
        await host.removeMany?.(['a', 'b', 'none'])
        assert.deepEqual(order, ['unlink', 'unlink', 'unlink', ...sync])
        order = []
        await host.remove('none')
        assert.deepEqual(order, ['unlink'])
        await host.close?.()
      }
    })
  })
}

test('a deferred host writes the data of the moment it was asked, and closes when all is done', async t => {
  const dir = folderFor(t)
  const host = node({ dir, immediate: false })
  // Nothing waits for anything: the host itself keeps the order.
  const opened = host.open?.()
  const data = encode('first')
  const writes = [host.write('a', data), host.write('b', data)]
  data.fill(0)
  writes.push(host.write('a', encode('last')), host.remove('b'))
  const closed = host.close?.()
  await Promise.all([opened, closed, ...writes])
  assert.equal(fs.existsSync(join(dir, 'lock')), false)
  await host.open?.()
  assert.deepEqual(await host.readMany?.(['a', 'b']), [encode('last'), undefined])
  await host.close?.()
})

test('a refused change of a deferred host does not stop those behind it', async t => {
  const host = node({ dir: folderFor(t), immediate: false, totalBytes: 10 })
  await host.open?.()
  const writes = [host.write('a', encode('x'.repeat(99))), host.write('b', encode('1'))]
  const [first, second] = await Promise.allSettled(writes)
  assert.deepEqual([first.status, second.status], ['rejected', 'fulfilled'])
  await host.close?.()
})

test('a thousand records at once do not run out of open files', async t => {
  const dir = folderFor(t)
  const host = node({ dir, immediate: false, durable: false })
  await host.open?.()
  const keys = Array.from({ length: 1000 }, (_, at) => at % 2 === 0 ? `key${at}` : `${HASHED}${at}`)
  await host.writeMany?.(keys.map(key => [key, encode(key)]))
  await host.close?.()
  const again = node({ dir, immediate: false, durable: false })
  await again.open?.()
  assert.deepEqual((await again.list('')).sort(), [...keys].sort())
  assert.deepEqual(await again.readMany?.(keys), keys.map(encode))
  await again.removeMany?.(keys)
  assert.equal((await again.info?.())?.usedBytes, 0)
  await again.close?.()
})

test('a relative path means the working directory of the moment the host was made', async t => {
  const before = process.cwd()
  t.after(() => process.chdir(before))
  const [here, there] = [folderFor(t), folderFor(t)]
  process.chdir(here)
  const host = node({ dir: 'data' })
  process.chdir(there)
  await host.open?.()
  await host.close?.()
  assert.deepEqual([fs.readdirSync(here), fs.readdirSync(there)], [['data'], []])
})

test('a path that is none is refused', () => {
  for (const dir of ['', 7, null, {}]) {
    assert.throws(() => node({ dir: /** @type {any} */ (dir) }), { code: 'INVALID_OPTION' })
  }
})

test('no file but a loader imports a module of Node, so that a bundle for a browser holds', () => {
  const root = new URL('../../js/', import.meta.url)
  const files = fs.readdirSync(root, { recursive: true }).map(String).filter(name => name.endsWith('.js'))
  for (const name of files.filter(file => !/^(core|load)\b/.test(file))) {
    const text = fs.readFileSync(new URL(name, root), 'utf8')
    assert.doesNotMatch(text, /^(import|export)\b.* from 'node:|require\('node:/m, name)
  }
})

const tiny = mountTiny()
if (tiny !== undefined) {
  test('on a disk that is really full the old records stay, and room made is room again', async t => {
    t.after(tiny.unmount)
    const host = node({ dir: join(tiny.dir, 'data') })
    await host.open?.()
    host.write('a', encode('old'))
    let written = 0
    assert.throws(() => {
      for (; written < 1000; written++) host.write(`b${written}`, new Uint8Array(20_000))
    }, { fault: 'QUOTA_EXCEEDED', message: /ENOSPC/ })
    assert.ok(written > 0 && written < 1000)
    assert.throws(() => host.write('a', new Uint8Array(100_000)), { fault: 'QUOTA_EXCEEDED' })
    assert.deepEqual(host.read('a'), encode('old'))
    assert.deepEqual(fs.readdirSync(join(tiny.dir, 'data/records')).filter(isLeftover), [])
    host.remove('b0')
    host.remove('b1')
    host.write('a', new Uint8Array(20_000))
    await host.close?.()
  })
}

/** A disk of half a megabyte, where this process may mount one; elsewhere a full disk is played only. */
function mountTiny() {
  const dir = fs.mkdtempSync(join(os.tmpdir(), 'ministash-tiny-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    fs.rmdirSync(dir)
    return undefined
  }
  return { dir, unmount: () => { execFileSync('umount', [dir]); fs.rmdirSync(dir) } }
}
