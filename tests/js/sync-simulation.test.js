// @ts-check
/**
 * The simulation of support/sync-simulation.js, some hundred seeds of it. `MINISTASH_SYNC_SEEDS=first..last`
 * chooses them, `MINISTASH_SYNC_STEPS` the length; a seed that fails prints the command that replays it.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./support/sync-simulation.js', import.meta.url))
const [FIRST = '0', LAST = '300'] = process.env.MINISTASH_SYNC_SEEDS?.split('..') ?? []
const { MINISTASH_SYNC_STEPS: STEPS = '150' } = process.env

test('whatever happens, all hold the same in the end, and no change is lost or applied twice', context => {
  const args = [PROGRAM, FIRST, LAST, STEPS]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  context.diagnostic(stdout.trim())
  const [, seeds, applied, kills] = /(\d+) seeds: (\d+) changes applied, (\d+) kills/.exec(stdout) ?? []
  const isBusy = Number(kills) > Number(seeds) && Number(applied) > Number(seeds)
  assert.ok(Number(seeds) < 100 || isBusy, 'hardly anything happened')
})
