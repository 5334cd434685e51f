// @ts-check
/**
 * A second process on the same folder. Its first argument is the folder, its second what to do: `commit`
 * replaces all countries in one commit, `open` opens the store, which finishes a commit that was cut off.
 * The third says at which system call to stop and wait for the end.
 */

import { writeSync } from 'node:fs'
import { StorageError, node, open } from 'ministash'
import { stopAt } from './stop-at.js'

/** @typedef {import('./countries.js').Country} Country */

const [dir = '', job = '', stop] = process.argv.slice(2)

try {
  if (job === 'open' && stop !== undefined) stopAt(JSON.parse(stop))
  // Without syncs: they protect against a power cut, and here only the process dies.
  const stash = await open({ host: node({ dir, durable: false }) })
  if (job === 'commit') {
    const countries = stash.storage.namespace('countries')
    const next = countries.entriesSync().map(([key, country]) =>
      /** @type {const} */ ([key, { ...country, edition: country.edition + 1 }]))
    if (stop !== undefined) stopAt(JSON.parse(stop))
    countries.setManySync(next)
  }
  await stash.close()
  writeSync(1, 'done\n')
} catch (error) {
  writeSync(1, StorageError.is(error) ? `${JSON.stringify(error)}\n` : `${String(error)}\n`)
  process.exitCode = 1
}
