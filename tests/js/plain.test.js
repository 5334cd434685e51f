// The core in plain JavaScript: what its script is made of, when it is taken, and that it stores the bytes
// that the core in WebAssembly stores.
// @ts-check
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'acorn'
import { Linter } from 'eslint'
import { features } from '../../js/features.js'
import { StorageError } from '../../js/errors.js'
import { memory } from '../../js/hosts/memory.js'
import { CORE_FILES } from '../../js/load/core-files.js'
import { importGlue, startCore } from '../../js/load/core.js'
import { once } from '../../js/load/once.js'
import { withPlain } from '../../js/load/plain.js'
import { openWith } from '../../js/open-with.js'
import { plain } from '../../js/plain.js'
import { alipayDouble } from '../../js/testing/alipay.js'
import { inBareContext } from './doubles/wechat-bare.js'
import { wechatDouble } from '../../js/testing/wechat.js'
import { loadBuilt, readBuilt } from './support/miniprogram.js'
import { contentsOf } from './support/storage-hosts.js'
import { refused } from './support/shell.js'

const NOW = 1_763_683_200_000
const script = readBuilt('plain.js').toString()
const entropy = () => new Uint8Array(32).fill(7)

describe('its script', () => {
  test('is of ES5', () => {
    parse(script, { ecmaVersion: 5 })
    for (const text of ['let a', '() => 1', '1n', 'import("a")', '`a`', 'class A {}']) {
      assert.throws(() => parse(text, { ecmaVersion: 5 }), SyntaxError, text)
    }
  })

  test('takes for granted nothing but what every engine of ES2015 has', () => {
    const found = new Linter({ configType: 'flat' }).verify(script, {
      languageOptions: { ecmaVersion: 5, sourceType: 'script' },
      linterOptions: { noInlineConfig: true },
      rules: { 'no-undef': ['error', { typeof: true }] },
    })
    const names = found.map(({ message }) => /^'(.*)' is not defined/.exec(message)?.[1] ?? message)
    assert.deepEqual([...new Set(names)].sort(), ['ArrayBuffer', 'Float32Array', 'Float64Array', 'Int16Array',
      'Int32Array', 'Int8Array', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'exports'])
    const math = new Set(script.match(/\bMath\.\w+/g))
    // Those of ES5, and three that iOS has since version 8, as Android has since Chrome 38.
    const known = /^Math\.(abs|ceil|clz32|floor|fround|imul|max|min|sqrt|trunc)$/
    for (const name of math) assert.match(name, known)
  })

  test('does nothing while it is loaded', () => {
    assert.match(script, /^exports\.plain=function\(/)
    const [statement, ...others] = /** @type {any} */ (parse(script, { ecmaVersion: 5 })).body
    assert.equal(others.filter((/** @type {any} */ { type }) => type !== 'EmptyStatement').length, 0)
    assert.equal(statement.expression.right.type, 'FunctionExpression')
  })
})

/** A glue of its own for each core: one holds one core only. @param {string} name */
const glueOf = async name => /** @type {Promise<any>} */ (import(`../../js/core/core_bg.js?${name}`))
const bytes = readFileSync(new URL('../../js/core/core_bg.wasm', import.meta.url))

/** Both cores. */
const CORES = /** @type {const} */ (['webassembly', 'javascript'])
/** @type {Record<string, (source?: any, choice?: any) => Promise<any>>} */
const loaders = {
  webassembly: once(async () => startCore(await glueOf('webassembly'), bytes)),
  javascript: once(async (source, choice) => withPlain({
    hasWebAssembly: () => true,
    load: async () => { throw new Error('not to be tried') },
    glue: () => glueOf('javascript'),
    findPlain: async () => plain,
  })(source, { ...choice, fallback: 'always' })),
}

/**
 * @param {string} core
 * @param {any} host
 * @param {object} [options]
 */
async function openOn(core, host, options) {
  const time = { now: NOW }
  const settings = { host, clock: () => time.now, entropy, ...options }
  const stash = /** @type {any} */ (await openWith(loaders[core], settings, features()))
  assert.equal(stash.isPlain, core === 'javascript')
  return { stash, storage: stash.storage, time }
}

describe('both cores store the same bytes', () => {
  for (const holds of /** @type {const} */ (['text', 'bytes', 'native'])) {
    for (const atomic of [true, false]) {
      test(`of one seed and one clock, in ${holds}${atomic ? ', atomic' : ''}`, async () => {
        const found = []
        for (const core of CORES) {
          const host = memory({ holds, atomic, entryBytes: 2000 })
          const { stash, storage, time } = await openOn(core, host, { secret: new Uint8Array(32).fill(3) })
          storage.setManySync({ user: { name: '小明🎉' }, n: -0, big: 'ab'.repeat(4000), list: [1n, NaN] })
          storage.setSync('packed', '中文'.repeat(3000), { compress: true, ttl: '1d' })
          storage.setSync('sealed', { token: 'abc' }, { encrypt: true, pad: true })
          for (let round = 0; round < 200; round += 1) {
            time.now += 977
            storage.namespace('n').setSync(`k${round % 37}`, { round, half: round / 3 }, { ttl: 1e5 })
            if (round % 5 === 0) storage.namespace('n').removeSync(`k${round % 11}`)
          }
          storage.incrementSync('count', 0.1)
          storage.cleanupSync()
          stash.secure.rotateSync()
          await stash.close()
          found.push(await contentsOf(host))
        }
        assert.ok(found[0].length > 30, `${found[0].length} records`)
        assert.deepEqual(found[1], found[0])
      })
    }
  }

  for (const holds of /** @type {const} */ (['text', 'bytes', 'native'])) {
    test(`and read the golden ones of version 1, in ${holds}`, async () => {
      const text = readFileSync(new URL(`../fixtures/v1-${holds}.txt`, import.meta.url), 'utf8')
      for (const core of CORES) {
        const host = memory({ holds, entryBytes: 400 })
        for (const line of text.trim().split('\n')) {
          const [key, kind, data] = line.split('\t')
          const plainBytes = unescaped(data)
          const asText = Buffer.from(plainBytes).toString()
          host.write(Buffer.from(unescaped(key)).toString(),
            kind === 'bytes' ? plainBytes : kind === 'text' ? asText : JSON.parse(asText))
        }
        const { stash, storage } = await openOn(core, host)
        assert.equal(stash.recovery, 'finished')
        assert.deepEqual(await storage.get('user'), { name: 'John', age: 30 })
        assert.deepEqual(await storage.get('brief'), [1, 2, 3])
        assert.equal(await storage.get('名字'), '值 ~ms~')
        assert.equal(await storage.get('empty', 'missing'), '')
        assert.match(await storage.get('large'), /^(0123456789)+$/)
        assert.match(await storage.get('packed'), /^(ab)+$/)
        const room = storage.namespace('room')
        assert.deepEqual(await room.get('k'), [['u']])
        assert.equal(await room.namespace('a/b~c').get('k', 'missing'), null)
        assert.deepEqual([await storage.get('in the journal'), await room.get('in the journal')], [1, 2])
        await stash.close()
      }
    })
  }
})

/** What Rust escaped. @param {string} text */
function unescaped(text) {
  const out = /** @type {number[]} */ ([])
  for (const [, unicode, hex, one, as] of text.matchAll(/\\u\{(\w+)\}|\\x(\w\w)|\\(.)|([^\\]+)/gu)) {
    if (hex) out.push(parseInt(hex, 16))
    else if (unicode) out.push(...Buffer.from(String.fromCodePoint(parseInt(unicode, 16))))
    else out.push(...Buffer.from(one ? ({ n: '\n', r: '\r', t: '\t', 0: '\0' })[one] ?? one : as))
  }
  return Uint8Array.from(out)
}

test('its memory grows, and the glue sees it', async () => {
  const { stash, storage } = await openOn('javascript', memory())
  const text = '中x'.repeat(2_000_000)
  storage.setManySync({ a: text, b: text, c: new Uint8Array(1_000_000).fill(9) })
  assert.deepEqual(storage.getManySync(['a', 'b']), [text, text])
  assert.equal(storage.getSync('c')[999_999], 9)
  await stash.close()
})

/**
 * Loads in a place of the test's making, and says which core it was, or the code of the refusal, and what the
 * console was told.
 * @param {'missing' | 'forbidden' | 'broken' | 'ok'} kind
 * @param {any} choice
 * @param {() => Promise<any>} findPlain
 */
async function decide(kind, choice, findPlain) {
  const glue = await importGlue(CORE_FILES)
  const sources = /** @type {Record<string, () => Promise<any>>} */ ({
    missing: async () => { throw new StorageError('CORE_UNAVAILABLE', 'there is no WebAssembly') },
    forbidden: async () => {
      const cause = new WebAssembly.CompileError('Wasm code generation\ndisallowed by embedder')
      throw new StorageError('CORE_UNAVAILABLE', 'the content security policy forbids WebAssembly', { cause })
    },
    broken: async () => startCore(glue, new Uint8Array([0, 97, 115, 109, 1])),
    ok: async () => startCore(glue, bytes),
  })
  const load = withPlain({
    hasWebAssembly: () => kind !== 'missing', load: sources[kind], glue: async () => glue, findPlain,
  })
  const told = /** @type {string[]} */ ([])
  const { warn } = console
  console.warn = (/** @type {any[]} */ ...words) => { told.push(words.join(' ')) }
  try {
    const { isPlain } = await load(undefined, choice)
    return { taken: isPlain ? 'javascript' : 'webassembly', told }
  } catch (/** @type {any} */ error) {
    return { taken: error.code, message: error.message, told }
  } finally {
    console.warn = warn
  }
}

describe('which core is taken, by fallback and by what WebAssembly is like', () => {
  const found = async () => plain
  const notFound = async () => { throw new StorageError('CORE_UNAVAILABLE', 'core_plain.js is missing') }
  /** @type {[kind: any, choice: any, taken: string, lines: number][]} */
  const cases = [
    ['ok', undefined, 'webassembly', 0], ['ok', { fallback: 'auto' }, 'webassembly', 0],
    ['ok', { fallback: 'never' }, 'webassembly', 0], ['ok', { fallback: 'always' }, 'javascript', 0],
    ['missing', {}, 'javascript', 0], ['missing', { fallback: 'never' }, 'CORE_UNAVAILABLE', 0],
    ['missing', { fallback: 'always' }, 'javascript', 0],
    ['forbidden', {}, 'javascript', 1], ['forbidden', { fallback: 'never' }, 'CORE_UNAVAILABLE', 0],
    ['forbidden', { fallback: 'always' }, 'javascript', 0],
    ['broken', {}, 'javascript', 1], ['broken', { fallback: 'never' }, 'CORE_UNAVAILABLE', 0],
    ['broken', { fallback: 'always' }, 'javascript', 0],
  ]
  for (const [kind, choice, taken, lines] of cases) {
    test(`${kind}, ${JSON.stringify(choice ?? 'nothing said')}: ${taken}`, async () => {
      const decided = await decide(kind, choice, found)
      assert.equal(decided.taken, taken)
      assert.equal(decided.told.length, lines)
      for (const line of decided.told) {
        assert.doesNotMatch(line, /\n/)
        assert.match(line, /^ministash: .*which is slower: the c.*(security policy|damaged).*\(.*\)$/)
      }
    })
  }

  test('where neither can be had, it is said of both', async () => {
    const { taken, message, told } = await decide('missing', {}, notFound)
    assert.equal(taken, 'CORE_UNAVAILABLE')
    assert.match(message, /^there is no WebAssembly; nor .* plain JavaScript: core_plain\.js is missing$/)
    assert.deepEqual(told, [])
    assert.equal((await decide('ok', { fallback: 'always' }, notFound)).taken, 'CORE_UNAVAILABLE')
  })

  test('what was given is taken before what lies in the package, and looked at', async () => {
    assert.equal((await decide('missing', { plain }, notFound)).taken, 'javascript')
    for (const wrong of [() => 7, () => ({}), () => { throw new Error('x') }]) {
      const { taken, message } = await decide('missing', { plain: wrong }, found)
      assert.equal(taken, 'CORE_UNAVAILABLE')
      assert.match(message, /; nor is there one in plain JavaScript: /)
    }
    await refused('INVALID_OPTION', () => openOn('javascript', memory(), { plain: 'plain.js' }), /as plain/)
  })
})

describe('in mini-programs that have no WebAssembly', () => {
  /** @type {Record<string, () => any>} */
  const places = {
    my: () => alipayDouble().mini,
    qq: () => wechatDouble({ personality: 'qq', baseLibrary: '2.20.0' }).wx,
    swan: () => wechatDouble({ personality: 'baidu', baseLibrary: '2.20.0' }).wx,
    ks: () => wechatDouble({ personality: 'kuaishou', baseLibrary: '2.20.0' }).wx,
    wx: () => wechatDouble({ baseLibrary: '2.12.9' }).wx,
  }
  const old = { baseLibrary: '2.12.9' }
  for (const [name, make] of Object.entries(places)) {
    test(`open works on ${name} with the core that is required, without a word`, async context => {
      const warn = context.mock.method(console, 'warn', () => {})
      const ministash = loadBuilt(old, { [name]: make() })
      const required = inBareContext(script)
      const stash = await ministash.open({ plain: required.plain, entropy })
      assert.equal(stash.isPlain, true)
      stash.storage.setSync('user', { name: '小明', emoji: '🎉' })
      stash.storage.setSync('map', new Map([['é', '中文🎉']]), { ttl: '1h' })
      assert.equal(stash.storage.getSync('map').get('é'), '中文🎉')
      await stash.close()
      assert.equal(warn.mock.callCount(), 0)
    })

    test(`without it, the refusal on \`${name}\` says what to require`, async () => {
      const ministash = loadBuilt(old, { [name]: make() })
      await refused('CORE_UNAVAILABLE', () => ministash.open({ entropy }), /require\('ministash\/plain'\)/)
      const forced = () => ministash.open({ entropy, fallback: 'always' })
      await refused('CORE_UNAVAILABLE', forced, /ministash\/plain/)
    })
  }

  test('a script that is required only when it is needed is one function more', async () => {
    let required = 0
    const later = (/** @type {object} */ glue, /** @type {() => void} */ moved) => {
      required += 1
      return inBareContext(script).plain(glue, moved)
    }
    const there = await loadBuilt({}, { wx: wechatDouble().wx }).open({ plain: later })
    assert.deepEqual([there.isPlain, required], [false, 0])
    const stash = await loadBuilt(old, { wx: wechatDouble(old).wx }).open({ plain: later, entropy })
    assert.deepEqual([stash.isPlain, required], [true, 1])
  })

  test('a file of WeChat that does not load is told in a line', async context => {
    const warn = context.mock.method(console, 'warn', () => {})
    const ministash = loadBuilt({ read: () => undefined }, { wx: wechatDouble().wx })
    const stash = await ministash.open({ plain })
    assert.equal(stash.isPlain, true)
    assert.equal(warn.mock.callCount(), 1)
    assert.match(String(warn.mock.calls[0].arguments[0]), /build npm in the developer tools.*no such file/)
  })
})

describe('in Node', () => {
  const index = JSON.stringify(new URL('../../pkg/js/index.js', import.meta.url).href)
  const required = JSON.stringify(new URL('../../pkg/cjs/index.cjs', import.meta.url).pathname)
  /** @param {string[]} flags @param {string} program */
  const run = (flags, program) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '-e', program],
      { encoding: 'utf8' })
    return { stdout: stdout.trim(), stderr: stderr.replace(/^Warning: disabling flag.*\n/, ''), status }
  }
  const USE = `.then(async ({ open, memory }) => {
    const stash = await open({ host: memory(), wasm })
    await stash.storage.set('a', new Set(['é']))
    console.log(stash.isPlain, (await stash.storage.get('a')).has('é'))
    await open({ host: memory(), wasm })
  })`

  test('without WebAssembly it is found beside the modules and beside CommonJS', () => {
    for (const from of [`import(${index})`, `Promise.resolve(require(${required}))`]) {
      assert.deepEqual(run(['--jitless'], `const wasm = undefined; ${from}${USE}`),
        { stdout: 'true true', stderr: '', status: 0 }, from)
    }
  })

  test('a core that does not load is told in one line, once', () => {
    const { stdout, stderr, status } = run([], `const wasm = new Uint8Array(3); import(${index})${USE}`)
    assert.deepEqual([stdout, status], ['true true', 0])
    assert.match(stderr, /^ministash: the core runs in plain JavaScript, .*: the core is damaged[^\n]*\n$/)
  })
})
