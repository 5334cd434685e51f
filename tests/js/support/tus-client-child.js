// @ts-check
/**
 * A client in a process of its own that uploads a file by tus, tries again until it is there, and keeps what
 * an attempt keeps in a file, as the queue does: the endpoint, the file and that place are its arguments.
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { StorageError } from '../../../js/errors.js'
import { node } from '../../../js/hosts/node.js'
import { loadCore } from '../../../js/load/load.js'
import { Session } from '../../../js/session.js'
import { filesOf } from '../../../js/uploads/files.js'
import { tus } from '../../../js/uploads/tus.js'
import { attempt } from './upload-kinds.js'

const [endpoint = '', file = '', place = ''] = process.argv.slice(2)
const host = /** @type {any} */ (node({ dir: `${place}.store` }))
const files = filesOf(new Session(host, await loadCore(), Date.now, () => {}))
const transport = tus({ endpoint })
console.log('ready')
for (;;) {
  const resume = existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : undefined
  try {
    await attempt({ files }, transport, file, { resume, timeoutMs: 5000,
      keep: async kept => {
        writeFileSync(`${place}.new`, JSON.stringify(kept))
        renameSync(`${place}.new`, place)
      } })
    break
  } catch (error) {
    if (!StorageError.is(error) || !error.retryable) throw error
    await pause(20)
  }
}
console.log('done')
