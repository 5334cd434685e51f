// `wechat(wx)` fits the types that WeChat publishes for its own projects.
// @ts-check
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

test('a mini-program in strict TypeScript compiles against the package', () => {
  const project = fileURLToPath(new URL('./types/wechat', import.meta.url))
  // Lines marked @ts-expect-error fail where nothing is wrong, so that types of `any` would be seen.
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
