// Every host of ours keeps the contract of hosts.
// @ts-check
import { join } from 'node:path'
import { memory } from '../../js/hosts/memory.js'
import { node } from '../../js/hosts/node.js'
import { faulty } from '../../js/testing/faulty.js'
import { hostContract } from './support/host-contract.js'
import { folderFor } from './support/host-folder.js'

for (const holds of /** @type {const} */ (['text', 'bytes', 'native'])) {
  for (const immediate of [true, false]) {
    for (const [atomic, batch] of [[false, true], [true, true], [false, false]]) {
      const name = `memory(${JSON.stringify({ holds, immediate, atomic, batch })})`
      hostContract(name, (_, limits) => memory({ holds, immediate, atomic, batch, ...limits }))
    }
  }
}

for (const immediate of [true, false]) {
  for (const durable of [true, false]) {
    const name = `node(${JSON.stringify({ immediate, durable })})`
    // A folder inside one that is not there yet, either.
    hostContract(name, (test, limits) =>
      node({ dir: join(folderFor(test), 'a/b'), immediate, durable, ...limits }))
  }
}

// The wrapper of the fault tests changes nothing while no fault is asked for.
for (const immediate of [true, false]) {
  hostContract(`a faulty host at rest (${immediate ? 'immediate' : 'deferred'})`,
    (_, limits) => faulty(memory({ immediate, atomic: true, ...limits })).host)
}
