// The suites of the storage hold on the core with storage alone. Node loads the one that is compiled for
// speed; on the one for size they run in storage-core-small.test.js: a process has one of them.
// @ts-check
import assert from 'node:assert/strict'
import { register } from 'node:module'
import { test } from 'node:test'

register('./support/storage-core.js', import.meta.url)
const { memory, open } = await import('../../js/index.js')

test('the suites open a store without features', async () => {
  const stash = /** @type {any} */ (await open({ host: memory() }))
  assert.deepEqual([stash.secure, stash.cache, stash.http], [undefined, undefined, undefined])
  await stash.close()
})

await import('./storage-contract.test.js')
await import('./shell-verbs.test.js')
