// The packed package in Node: what it holds, and every entry used from ES modules and from CommonJS.
// @ts-check
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { packed, project, runInNode } from './support/package.js'

/** Uses every entry; `from` imports one. */
const USE = `
  const { open, memory, node, robust, StorageError } = await from('ministash')
  const { keyvStore } = await from('ministash/keyv')
  const { webStorage } = await from('ministash/web-storage')
  const seen = {}
  const stash = await open({ host: node({ dir: folder, durable: false }) })
  await stash.storage.set('map', new Map([[1n, 'x'.repeat(20000)]]))
  await stash.close()
  const again = await open({ host: node({ dir: folder }) })
  seen.size = (await again.storage.get('map')).get(1n).length
  webStorage(again.storage).setItem('state', [NaN])
  seen.item = String(webStorage(again.storage).getItem('state'))
  await keyvStore(again.storage).set('keyv:a', 'b', 1000)
  seen.keys = again.storage.keysSync()
  try { keyvStore({}) } catch (error) { seen.same = [error instanceof StorageError, error.code] }
  seen.robust = robust(again.storage, { onError() {} }).setSync('f', () => {})
  await again.close()
  const other = await open({ host: memory() })
  seen.host = other.host.name
  await other.close()
  console.log(JSON.stringify(seen))`

const SEEN = {
  size: 20000, item: 'NaN', keys: ['keyv:a', 'map', 'state'], same: [true, 'INVALID_OPTION'], robust: false,
  host: 'memory',
}

/** Uses what has a core with storage alone. */
const SMALL = `
  if ((await from('ministash/core-only')).open !== (await from('ministash')).open) throw new Error('another one')
  const { open, memory, StorageError } = await from('ministash/storage')
  const stash = await open({ host: memory() })
  stash.storage.setSync('map', new Map([[1n, NaN]]))
  const seen = [String([...stash.storage.getSync('map')]), stash.isPlain]
  await stash.close()
  const code = await open({ host: memory(), secret: 'a' }).catch(error => error instanceof StorageError && error.code)
  const { open: openInline } = await import('ministash/storage/inline')
  const { storage } = await openInline({ host: memory() })
  const { plain } = await import('ministash/storage/plain')
  console.log(JSON.stringify([...seen, code, storage.incrementSync('a', 2), typeof plain]))`
const SMALL_SEEN = ['1,NaN', false, 'UNSUPPORTED', 2, 'function']

test('the package is used from ES modules and from CommonJS', context => {
  const folder = project(context, {
    'esm.mjs': `const folder = 'data-esm', from = name => import(name);${USE}`,
    'cjs.cjs': `(async () => { const folder = 'data-cjs', from = name => require(name);${USE} })()`,
    'static.mjs': `import { open, memory } from 'ministash'
      import { createRequire } from 'node:module'
      const { StorageError } = createRequire(import.meta.url)('ministash')
      const stash = await open({ host: memory() })
      const error = await stash.storage.set('', 1).catch(error => error)
      console.log(JSON.stringify([error instanceof StorageError, error.code]))`,
    'inline.mjs': `import { open, memory, StorageError } from 'ministash/inline'
      const stash = await open({ host: memory() })
      const refusals = []
      for (const wrong of [7, null, { wsm: 1 }, { host: memory(), wasm: new Uint8Array(3) }]) {
        refusals.push(await open(wrong).then(() => 'open', error => error instanceof StorageError && error.code))
      }
      console.log(JSON.stringify([await stash.storage.increment('a', 41), ...refusals]))`,
    'storage.mjs': `const from = name => import(name);${SMALL}`,
    'storage.cjs': `(async () => { const from = name => require(name);${SMALL} })()`,
    'detected.cjs': `require('ministash').open().then(stash => {
      console.log(JSON.stringify(stash.host.name)); return stash.close() })`,
  })
  assert.deepEqual(runInNode(folder, 'esm.mjs'), SEEN)
  assert.deepEqual(runInNode(folder, 'cjs.cjs'), SEEN)
  // Errors of both forms know each other.
  assert.deepEqual(runInNode(folder, 'static.mjs'), [true, 'INVALID_KEY'])
  // The core is loaded once: wrong bytes are not looked at any more.
  const refusals = Array(3).fill('INVALID_OPTION')
  assert.deepEqual(runInNode(folder, 'inline.mjs'), [41, ...refusals, 'open'])
  assert.equal(runInNode(folder, 'detected.cjs'), 'node')
  assert.deepEqual(runInNode(folder, 'storage.mjs'), SMALL_SEEN)
  assert.deepEqual(runInNode(folder, 'storage.cjs'), SMALL_SEEN)
})

test('the package holds what its manifest names, and nothing else', context => {
  const folder = path.join(project(context, {}), 'node_modules/ministash')
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const places = /** @type {string[]} */ ([])
  /** @param {unknown} value */
  const collect = value => {
    if (typeof value === 'string') places.push(value)
    else if (typeof value === 'object') Object.values(Object(value)).forEach(collect)
  }
  const { main, module, browser, types, typesVersions, exports } = manifest
  collect([main, module, Object.entries(browser), types, typesVersions, exports])
  assert.ok(places.length > 20)
  for (const place of places) assert.ok(existsSync(path.join(folder, place)), place)
  const { dependencies, scripts, sideEffects } = manifest
  assert.deepEqual([dependencies, scripts, sideEffects], [undefined, undefined, false])

  const listed = execFileSync('tar', ['tzf', packed()], { encoding: 'utf8' }).trim().split('\n')
  const top = new Set(listed.map(name => name.replace(/^package\//, '').split('/')[0]))
  assert.deepEqual([...top].sort(), [...manifest.files, 'package.json'].sort())
  // The entry for tests of users is none of ours.
  const odd = listed.filter(name => /test|\.stamp|\.map$/.test(name.replace(/\/testing[./]/, '/')))
  assert.deepEqual(odd, [], 'no tests, stamps or maps')
  console.log(`the tarball: ${listed.length} files, ${statSync(packed()).size.toLocaleString('en')} bytes`)
})
