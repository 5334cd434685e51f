// @ts-check
/**
 * The demo: a small real program on the folder host, which checks every claim it makes.
 *
 *     node index.js [--reset] [--data <folder>]
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { StorageError } from 'ministash'
import { bold, red } from './print.js'
import { claimCount } from './proof.js'
import { ask } from './sections/ask.js'
import { begin, leave } from './sections/begin.js'
import { showCache } from './sections/cache.js'
import { change } from './sections/change.js'
import { damage } from './sections/damage.js'
import { lookAtDisk } from './sections/disk.js'
import { sayGoodbye, showCosts } from './sections/end.js'
import { expire } from './sections/expire.js'
import { fetchThings } from './sections/fetch.js'
import { importCountries } from './sections/import.js'
import { killInCommit } from './sections/kill.js'
import { refuse } from './sections/refuse.js'
import { keepSecrets } from './sections/secret.js'
import { synchronise } from './sections/sync.js'
import { uploadFiles } from './sections/upload.js'
import { Tally } from './tally.js'
import { World } from './world.js'

const USAGE = `usage: npm run demo -- [--reset] [--data <folder>]
  --reset   forget earlier runs and start over
  --data    where to keep the data; examples/node/.ministash if not given
`

// Nobody reads on, as with `| head`.
process.stdout.on('error', () => process.exit())

try {
  const { values } = parseArgs({ options: {
    reset: { type: 'boolean' },
    data: { type: 'string', default: fileURLToPath(new URL('.ministash', import.meta.url)) },
    help: { type: 'boolean', short: 'h' },
  } })
  if (values.help) process.stdout.write(USAGE)
  else await run(values.data, values.reset === true)
} catch (error) {
  const isUsage = String(Object(error).code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`\n${red('✗')} ${messageOf(error)}\n${isUsage ? USAGE : ''}\n`)
  process.exitCode = 1
}

/** @type {(dataDir: string, isReset: boolean) => Promise<void>} */
async function run(dataDir, isReset) {
  const start = performance.now()
  const tally = new Tally()
  const world = new World(dataDir, tally)
  // Only what the demo itself has made: the folder may be anyone's.
  const own = isReset ? ['world', 'small', 'cached', 'uploads', 'devices'] : []
  for (const name of own) rmSync(join(dataDir, name), { recursive: true, force: true })
  try {
    const number = await begin(world)
    importCountries(world)
    ask(world)
    change(world, number)
    await expire(world)
    await fetchThings(world)
    lookAtDisk(world)
    const kills = await killInCommit(world)
    await refuse(world)
    await damage(world)
    await showCache(world)
    await keepSecrets(world)
    const killed = kills + await uploadFiles(world)
    await synchronise(world)
    leave(world, number)
    showCosts(tally)
    sayGoodbye({ run: number, claims: claimCount(), kills: killed, ms: performance.now() - start })
  } finally {
    await world.close()
  }
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof StorageError) return `${bold(error.code)}: ${error.message}\n  ${error.remedy}`
  return error instanceof Error ? error.message : String(error)
}
