// The types of the packed package, compiled as strict consumers of every kind do, libraries checked too.
// @ts-check
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'
import { project } from './support/package.js'

const SOURCE = `
import { StorageError, defineHost, memory, open, robust, wechat } from 'ministash'
import type { ErrorCode, Host, Meta, OpenOptions, Stash, StorageManager, Ttl, WatchEvent } from 'ministash'
import { webStorage, deferredWebStorage } from 'ministash/web-storage'
import type { WebStorage } from 'ministash/web-storage'

interface User { name: string, age?: number }
export interface Named { code: ErrorCode, host: Host<true>, meta: Meta, event: WatchEvent, ttl: Ttl }

export async function use(wx: object, bytes: ArrayBuffer): Promise<unknown[]> {
  const options: OpenOptions<true> = { host: memory(), wasm: new Uint8Array(bytes), clock: () => 1 }
  const stash: Stash<true> = await open(options)
  const storage: StorageManager = stash.storage
  storage.setSync('user', { name: 'John' }, { ttl: '1d' })
  const user: User | undefined = storage.getSync<User>('user')
  // @ts-expect-error it may be missing
  const sure: User = storage.getSync<User>('user')
  const [first] = await storage.getMany<number>(['a'])
  // @ts-expect-error so may this
  const number: number = first
  // @ts-expect-error the options are closed
  storage.setSync('user', 1, { tll: 1 })
  const items: WebStorage = webStorage(storage, { ttl: 5000 })
  const later = deferredWebStorage(robust(storage))
  const deferred = await open({ host: memory({ immediate: false }) })
  // @ts-expect-error a deferred host has no twins
  deferred.storage.getSync('key')
  // @ts-expect-error so it cannot answer at once
  webStorage(deferred.storage)
  const native = await open({ host: wechat(wx), wasm: 'core.wasm.br' })
  const host = defineHost({
    name: 'own', immediate: true, holds: 'text', read: (key: string) => key, write: () => {}, remove: () => {},
    list: () => [],
  })
  void [sure, number, host, native.storage.keysSync()]
  await stash.close()
  return [user?.name, items.getItem('a'), await later.getItem('a'), StorageError]
}
`
const KEYV = `
import { memory, open } from 'ministash'
import { keyvStore } from 'ministash/keyv'
import type { Keyv } from 'keyv'
declare const keyv: Keyv
export async function use(): Promise<void> {
  const { storage } = await open({ host: memory() })
  keyv.store = keyvStore(storage)
  const found: boolean = await keyvStore(storage).delete('a')
  // @ts-expect-error it is a name
  await keyvStore(storage).get(found)
}
`
const MINIPROGRAM = `
import { open, wechat } from 'ministash'
import type { Stash } from 'ministash'
App({
  stash: undefined as Stash<true> | undefined,
  async onLaunch() {
    const later = await open({ host: wechat(wx, { deferred: true }) })
    await later.close()
    const stash = await open({ host: wechat(wx), wasm: 'sub/core.wasm' })
    stash.storage.setSync('user', { name: 'John' }, { ttl: '1d' })
    this.stash = stash
  },
})
`
const USING = `
import { memory, open } from 'ministash'
import { open as openInline } from 'ministash/inline'
export async function use(): Promise<void> {
  using stash = await open({ host: memory() })
  await using_(await openInline({ host: memory(), wasm: new URL('https://example.com/core.wasm') }))
  stash.flushSync()
}
async function using_(stash: Disposable): Promise<void> { stash[Symbol.dispose]() }
`
const SMALL = `
import { StorageError, memory, open } from 'ministash/storage'
import type { OpenOptions, Stash, StorageManager } from 'ministash/storage'
import { plain } from 'ministash/storage/plain'
export async function use(): Promise<unknown> {
  const options: OpenOptions<true> = { host: memory(), plain }
  const stash: Stash<true> = await open(options)
  const storage: StorageManager = stash.storage
  storage.setSync('a', 1, { ttl: '1d' })
  // @ts-expect-error encryption is not part of it
  void stash.secure
  // @ts-expect-error nor is the cache
  void stash.cache
  // @ts-expect-error nor are the options of features
  void open({ host: memory(), secret: 'a' })
  stash[Symbol.dispose]()
  await stash.close()
  return [stash.hostCalls, stash.wiped, StorageError]
}
`
const STRICT = /** @type {ts.CompilerOptions} */ ({
  noEmit: true, strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true, noImplicitOverride: true, skipLibCheck: false, types: [],
})
const { ESNext, NodeNext, CommonJS } = ts.ModuleKind
const Resolution = ts.ModuleResolutionKind
const lib = (/** @type {string[]} */ ...names) => names.map(name => `lib.${name}.d.ts`)

/** @type {Record<string, { files: string[], options: ts.CompilerOptions }>} */
const CONSUMERS = {
  'ES modules in Node': {
    files: ['use.mts', 'small.mts'],
    options: { module: NodeNext, moduleResolution: Resolution.NodeNext, lib: lib('es2022') },
  },
  'CommonJS in Node': {
    files: ['use.cts'],
    options: { module: NodeNext, moduleResolution: Resolution.NodeNext, lib: lib('es2022') },
  },
  'a bundler, for pages': {
    files: ['use.ts', 'using.ts', 'small.ts'],
    options: {
      module: ESNext, moduleResolution: Resolution.Bundler, lib: lib('es2022', 'dom', 'esnext.disposable'),
    },
  },
  'a mini-program: no dom, the resolution of old, the language of 2017': {
    files: ['use.ts', 'app.ts'],
    options: {
      module: CommonJS, moduleResolution: Resolution.Node10, ignoreDeprecations: '6.0',
      types: ['miniprogram-api-typings'],
      lib: lib('es2017'), target: ts.ScriptTarget.ES2017,
    },
  },
  'Keyv': {
    files: ['keyv.mts'],
    options: { module: NodeNext, moduleResolution: Resolution.NodeNext, lib: lib('es2022') },
  },
}

test('strict consumers of every kind compile, with the libraries checked', context => {
  const folder = project(context, {
    'use.ts': SOURCE, 'use.mts': SOURCE, 'use.cts': SOURCE, 'keyv.mts': KEYV,
    'using.ts': USING, 'app.ts': MINIPROGRAM, 'small.ts': SMALL, 'small.mts': SMALL, 'small.cts': SMALL,
  })
  for (const name of ['keyv', 'miniprogram-api-typings']) {
    const installed = path.join(import.meta.dirname, '../node_modules', name)
    symlinkSync(installed, path.join(folder, 'node_modules', name))
  }
  // The same few files of the language are read again and again.
  const sources = /** @type {Map<string, ts.SourceFile | undefined>} */ (new Map())
  for (const [name, { files, options }] of Object.entries(CONSUMERS)) {
    const all = { target: ts.ScriptTarget.ES2022, ...STRICT, ...options }
    const host = ts.createCompilerHost(all)
    const { getSourceFile } = host
    host.getCurrentDirectory = () => folder
    host.getSourceFile = (file, how, ...rest) => {
      if (!path.basename(file).startsWith('lib.')) return getSourceFile(file, how, ...rest)
      const key = `${all.target} ${file}`
      if (!sources.has(key)) sources.set(key, getSourceFile(file, how, ...rest))
      return sources.get(key)
    }
    const program = ts.createProgram(files.map(file => path.join(folder, file)), all, host)
    const found = ts.getPreEmitDiagnostics(program)
    const text = ts.formatDiagnostics(found, { ...host, getCurrentDirectory: () => folder })
    assert.equal(text, '', name)
    const ours = program.getSourceFiles().filter(({ fileName }) => fileName.includes('/ministash/'))
    assert.ok(ours.length > 0 && ours.every(file => file.isDeclarationFile), name)
  }
})
