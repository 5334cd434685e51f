// The storage keeps its contract on every host of ours.
// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../js/hosts/memory.js'
import { KINDS, nameOf } from './support/shell.js'
import { storageContract } from './support/storage-contract.js'
import { HOSTS } from './support/storage-hosts.js'

for (const kind of KINDS) {
  const make = (/** @type {object} */ limits) => memory(/** @type {any} */ ({ ...kind, ...limits }))
  storageContract(nameOf(kind), (_, limits) => make(limits), { isImmediate: kind.immediate })
}

// The rest of the hosts: those above have no limits, and keep nothing on a disk.
const OTHERS = HOSTS.filter(({ name }) => name.startsWith('node') || name.includes('splitting'))
for (const { name, immediate, make } of OTHERS) storageContract(name, make, { isImmediate: immediate })

test('the contract runs on as many hosts as it did', () => {
  assert.deepEqual([KINDS.length, OTHERS.length], [18, 16])
})
