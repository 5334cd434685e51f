// @ts-check
/** Opening and closing: options, entropy, clock, the core's place, and what is given back when it fails. */

import assert from 'node:assert/strict'
import {
  copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import * as ministash from '../../js/index.js'
import { fault } from '../../js/hosts/host.js'
import { openAt, refused, settle, watched } from './support/shell.js'

const { memory, open } = ministash
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const coreFile = path.join(root, 'js/core/core_bg.wasm')

/**
 * A host that notes when it is opened and closed.
 * @param {any} [changes]
 */
function doored(changes) {
  /** @type {string[]} */
  const log = []
  const host = {
    ...memory(),
    open: () => { log.push('open') },
    close: async () => { log.push('close') },
    ...changes,
  }
  return { host, log }
}

test('the front door has these exports and no others', () => {
  assert.deepEqual(Object.keys(ministash).sort(), [
    'StorageError', 'alipay', 'alipayFiles', 'baidu', 'baiduFiles', 'browserFiles', 'browserIndexedDb',
    'browserLocal', 'bySize', 'cloud', 'cloudDatabase', 'custom', 'defineHost', 'detect', 'douyin',
    'douyinFiles', 'fault', 'form', 'guideRest', 'kuaishou', 'kuaishouFiles', 'memory', 'node', 'open',
    'qq', 'qqFiles', 'rest', 'robust', 'taro', 'tus', 'uni', 'wechat', 'wechatFiles',
  ])
})

test('wrong options are refused before the host is opened', async () => {
  const { host, log } = doored()
  const bytes = (/** @type {number} */ length) => async () => new Uint8Array(length)
  /** @type {[string, any, RegExp][]} */
  const cases = [
    ['INVALID_OPTION', { host, hots: 1 }, /expected one of host, wasm.*got hots/],
    ['INVALID_OPTION', null, /expected an object with options, got null/],
    ['INVALID_OPTION', { host: 7 }, /expected a host object/],
    ['INVALID_OPTION', { host: { ...host, list: undefined } }, /expected a function `list\(prefix\)`/],
    ['INVALID_OPTION', { host, wasm: 7 }, /expected a path, a URL or the bytes/],
    ['INVALID_OPTION', { host, fallback: 'sometimes' }, /'auto', 'never' or 'always'/],
    ['INVALID_OPTION', { host, clock: 1 }, /expected a function as clock/],
    ['INVALID_OPTION', { host, entropy: new Uint8Array(32) }, /expected a function as entropy/],
    ['INVALID_OPTION', { host, onListenerError: true }, /expected a function as onListenerError/],
    ['INVALID_OPTION', { host, plain: true }, /expected a function as plain/],
    ['INVALID_OPTION', { host, secret: ['xyzzy'] }, /got an array/],
    ['INVALID_OPTION', { host, cache: { nope: 1 } }, /nope/],
    ['INVALID_OPTION', { host, http: { nope: 1 } }, /nope/],
    ['INVALID_OPTION', { host, uploads: {} }, /expected a transport.* as transport, got undefined/],
    ['INVALID_OPTION', { host, sync: {} }, /transport/],
  ]
  for (const [code, options, message] of cases) {
    const error = await refused(code, () => open(options), message)
    assert.doesNotMatch(error.message, /xyzzy/)
  }
  assert.deepEqual(log, [])
  const late = [
    { host, entropy: bytes(31) }, { host, entropy: async () => 'x'.repeat(32) }, { host, clock: () => NaN },
    { host, clock: () => '7' }, { host: { ...host, entropy: undefined } },
  ]
  for (const options of late) {
    log.length = 0
    await refused('INVALID_OPTION', () => open(/** @type {any} */ (options)), /entropy|clock/)
    assert.deepEqual(log, ['open', 'close'])
  }
})

test('known options that ask for nothing are taken', async () => {
  const host = memory()
  const stash = await open({ host, fallback: 'never', wasm: undefined, ...{ secret: undefined } })
  assert.equal(stash.recovery, 'none')
  assert.equal(stash.wiped, null)
  assert.equal(stash.host.name, 'memory')
  assert.ok(stash.hostCalls > 0)
  stash.flushSync()
  await stash.close()
})

test('entropy is asked once, of the option before the host', async () => {
  let asked = 0
  const host = { ...memory(), entropy: () => { throw new Error('not asked') } }
  await open({ host, entropy: async () => { asked += 1; return Buffer.alloc(64, 7) } })
  assert.equal(asked, 1)
  const dry = { ...memory(), entropy: () => { throw new Error('the source is dry') } }
  await refused('HOST_FAILED', () => open({ host: dry }), /the source is dry/)
})

test('a host that cannot be opened is not closed, one that fails later is', async () => {
  const busy = doored({ open: () => { throw fault('BUSY', 'process 7 has it') } })
  const error = await refused('BUSY', () => open({ host: busy.host }), /process 7 has it/)
  assert.equal(error.retryable, true)
  assert.deepEqual(busy.log, [])
  const broken = doored({ readMany: () => { throw fault('HOST_FAILED', 'unreadable') } })
  await refused('HOST_FAILED', () => open({ host: broken.host }), /unreadable/)
  assert.deepEqual(broken.log, ['open', 'close'])
  const twice = doored({
    readMany: () => { throw fault('HOST_FAILED', 'unreadable') },
    close: () => { throw new Error('cannot close either') },
  })
  await refused('HOST_FAILED', () => open({ host: twice.host }), /unreadable/)
})

test('a clock that is wrong at open is refused, and harms no other stash', async () => {
  const healthy = await open({ host: memory() })
  for (const wrong of [-1, 1e15, NaN, '1']) {
    const clock = () => /** @type {any} */ (wrong)
    await refused('INVALID_OPTION', () => open({ host: memory(), clock }), /clock/)
  }
  const broken = () => { throw new Error('broken') }
  await refused('INVALID_OPTION', () => open({ host: memory(), clock: broken }), /clock/)
  healthy.storage.setSync('key', 1)
  assert.deepEqual(healthy.storage.keysSync({ limit: 1e10 }), ['key'])
  assert.deepEqual(healthy.storage.keysSync({ limit: Infinity }), ['key'])
})

test('a stash closed from within a call of its host ends that call first', async () => {
  const inner = memory()
  const host = { ...inner, read: (/** @type {string} */ key) => {
    if (key === 'fatal') void stash.close()
    return inner.read(key)
  } }
  /** @type {import('../../js/index.js').Stash<true>} */
  const stash = await open({ host })
  assert.equal(stash.storage.getSync('fatal'), undefined)
  await refused('CLOSED', () => stash.storage.getSync('fatal'))
  await (await open({ host: memory() })).close()
})

test('a clock that goes wrong later refuses the verb, and only that', async () => {
  let now = /** @type {any} */ (1000.9)
  const stash = await open({ host: memory(), clock: () => now })
  now = Infinity
  await refused('INVALID_OPTION', () => stash.storage.setSync('key', 1), /milliseconds since 1970/)
  await refused('INVALID_OPTION', () => stash.storage.set('key', 1), /milliseconds since 1970/)
  now = 2000.9
  stash.storage.namespace('n').setSync('key', 1)
  assert.equal(stash.storage.namespace('n').getMetaSync('key')?.createdAt, 2000)
})

describe('closing', () => {
  test('waits for what is under way, is done once, and refuses what comes later', async () => {
    const { host, log } = doored({ ...memory({ immediate: false }), open: undefined })
    host.close = async () => { log.push('close') }
    const stash = /** @type {any} */ (await open({ host }))
    const verbs = [stash.storage.set('key', 1), stash.storage.get('key')]
    const closing = stash.close()
    await refused('CLOSED', () => stash.storage.get('key'))
    assert.deepEqual(await Promise.all(verbs), [undefined, 1])
    assert.equal(stash.close(), closing)
    await closing
    assert.deepEqual(log, ['close'])
    await refused('CLOSED', () => stash.storage.set('key', 1))
    await refused('CLOSED', () => stash.storage.lock('key', () => 1))
    await refused('CLOSED', () => stash.flushSync())
  })

  test('at once on an immediate host, where an update that waits is refused', async () => {
    const { stash, storage } = await openAt()
    /** @type {(value: number) => void} */
    let answer = () => {}
    const update = storage.update('key', () => new Promise(resolve => { answer = resolve }))
    const closing = stash.close()
    await refused('CLOSED', () => storage.getSync('key'))
    answer(1)
    await refused('CLOSED', () => update)
    await closing
  })

  test('tells when the host cannot close', async () => {
    const { host } = doored({ close: () => { throw fault('HOST_FAILED', 'the disk is gone') } })
    const stash = await open({ host })
    await refused('HOST_FAILED', () => stash.close(), /the disk is gone/)
  })

  test('may be left to a using block', async () => {
    const { host, log } = doored()
    const stash = /** @type {any} */ (await open({ host }))
    stash[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
    await settle()
    assert.deepEqual(log, ['open', 'close'])
    await refused('CLOSED', () => stash.storage.getSync('key'))
  })

  test('and opening again finds what was stored', async () => {
    for (const immediate of [true, false]) {
      const host = memory({ immediate })
      for (let round = 0; round < 3; round += 1) {
        const { stash, storage } = await openAt(host)
        assert.equal(await storage.increment('rounds'), round + 1)
        await stash.close()
      }
    }
  })
})

test('a deferred stash has no flushSync', async () => {
  const { stash } = await openAt(memory({ immediate: false }))
  await refused('NOT_IMMEDIATE', () => stash.flushSync())
})

test('what a killed process left half done is finished, and told', async () => {
  const { host, calls } = watched({}, (_name, _args, call) => {
    if (!state.isDead) {
      state.left -= 1
      if (state.left >= 0) return call()
      state.isDead = true
    }
    throw fault('HOST_FAILED', 'the power is out')
  })
  const state = { isDead: false, left: Infinity }
  const inner = await openAt(host)
  inner.storage.setManySync({ a: 1, b: 1 })
  state.left = 1
  await refused('HOST_FAILED', () => inner.storage.setManySync({ a: 2, b: 2 }))
  await inner.stash.close()
  Object.assign(state, { isDead: false, left: Infinity })
  calls.length = 0
  const { stash, storage } = await openAt(host)
  const [a, b] = storage.getManySync(['a', 'b'])
  assert.equal(a, b)
  assert.ok(['none', 'finished'].includes(stash.recovery))
})

describe('the core', () => {
  /**
   * Runs a program in a process of its own, which has not loaded the core yet.
   * @param {string} program
   * @param {string} [cwd]
   */
  const run = (program, cwd) => {
    const source = `
      import { open, memory } from ${JSON.stringify(pathToFileURL(path.join(root, 'js/index.js')).href)}
      import { readFileSync } from 'node:fs'
      const say = text => process.stdout.write(text + '\\n')
      const tell = error => say(error.code + ': ' + error.message)
      ${program}`
    const options = /** @type {const} */ ({ encoding: 'utf8', cwd })
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], options)
    assert.equal(stderr, '')
    return stdout.trim().split('\n')
  }
  const file = JSON.stringify(coreFile)

  test('is found by path, by URL and as bytes', () => {
    const check = (/** @type {string} */ wasm) => run(`
      const stash = await open({ host: memory(), wasm: ${wasm} })
      stash.storage.setSync('key', 1)
      say(String(stash.storage.getSync('key')))`)
    for (const wasm of [file, `new URL('file://' + ${file})`, `'file://' + ${file}`,
      `readFileSync(${file})`]) {
      assert.deepEqual(check(wasm), ['1'], wasm)
    }
  })

  test('that is missing or damaged is CORE_UNAVAILABLE, and may be looked for again', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ministash-'))
    const damaged = path.join(folder, 'damaged.wasm')
    writeFileSync(damaged, readFileSync(coreFile).subarray(0, 5000))
    const lines = run(`
      const never = { host: memory(), fallback: 'never' }
      await open({ ...never, wasm: '/nowhere/core.wasm' }).catch(tell)
      await open({ ...never, wasm: ${JSON.stringify(damaged)} }).catch(tell)
      await open({ ...never, wasm: new Uint8Array(3) }).catch(tell)
      await open({ ...never, wasm: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }).catch(tell)
      const [one, two] = await Promise.all([open({ host: memory() }), open({ host: memory() })])
      one.storage.setSync('key', 1)
      say(String(two.storage.getSync('key')))`)
    rmSync(folder, { recursive: true })
    assert.equal(lines.length, 5)
    for (const line of lines.slice(0, 4)) assert.match(line, /^CORE_UNAVAILABLE: .*(install|check)/)
    assert.equal(lines[4], 'undefined')
  })

  test('loads in CommonJS, bundled, and finds Node by itself', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ministash-'))
    const program = path.join(folder, 'cjs', 'program.cjs')
    mkdirSync(path.join(folder, 'js', 'core'), { recursive: true })
    copyFileSync(coreFile, path.join(folder, 'js', 'core', 'core_bg.wasm'))
    buildSync({
      stdin: { contents: `
        import { open, StorageError } from './index.js'
        async function main() {
          const stash = await open()
          const count = stash.storage.incrementSync('count')
          await open().catch(error => console.log(error instanceof StorageError && error.code))
          await stash.close()
          console.log(stash.host.name, count)
        }
        main()`, resolveDir: path.join(root, 'js') },
      bundle: true, format: 'cjs', platform: 'node', outfile: program, logLevel: 'error',
    })
    for (const count of [1, 2]) {
      const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', cwd: folder })
      assert.deepEqual([stdout, stderr], [`BUSY\nnode ${count}\n`, ''])
    }
    rmSync(folder, { recursive: true })
  })

  test('works in a worker thread', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ministash-'))
    const program = path.join(folder, 'worker.mjs')
    writeFileSync(program, `
      import { parentPort } from 'node:worker_threads'
      import { memory, open } from ${JSON.stringify(pathToFileURL(path.join(root, 'js/index.js')).href)}
      const { storage } = await open({ host: memory() })
      parentPort.postMessage(storage.incrementSync('count'))`)
    const lines = run(`
      import { Worker } from 'node:worker_threads'
      new Worker(${JSON.stringify(program)}, { execArgv: [] }).on('message', count =>
        say('worker ' + count))`)
    rmSync(folder, { recursive: true })
    assert.deepEqual(lines, ['worker 1'])
  })

  test('importing the package does nothing by itself', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ministash-'))
    assert.deepEqual(run(`say('imported')`, folder), ['imported'])
    assert.deepEqual(readdirSync(folder), [])
    rmSync(folder, { recursive: true })
  })
})
