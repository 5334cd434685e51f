// @ts-check
/** Starts the server, as the environment says; or does one thing with its database and ends. */

import { fileURLToPath } from 'node:url'
import { renewEpochs } from './accounts.js'
import { openDatabase } from './database.js'
import { LIMITS } from './limits.js'
import { purge } from './purge.js'
import { createSyncServer } from './server.js'
import { createToken } from './sign-in.js'

const USAGE = `usage: node main.js                 serves
       node main.js token USER     makes a token of this user, and the user if there is none
       node main.js new-epochs     after a backup was brought back: every device begins anew

DATABASE_URL  postgres://…, the folder of a PGlite, or memory://; the folder data/ here if not set
PORT, HOST    8787 and 127.0.0.1 if not set
ORIGINS       the origins of pages that may ask, separated by commas; * for any
SIGN_UP       open: anybody gets an account by POST /sign-up. For a demo
REQUESTS_PER_SECOND  of one user; ${LIMITS.requestsPerSecond} if not set, and five times as many at once`

const PURGE_EVERY_MS = 3_600_000

const { DATABASE_URL = fileURLToPath(new URL('data', import.meta.url)) } = process.env
const { PORT = '8787', HOST = '127.0.0.1', ORIGINS = '', SIGN_UP = '' } = process.env
const [command = 'serve', ...args] = process.argv.slice(2)

if (command === 'serve') await serve()
else if (command === 'token' && args[0]) await once(makeToken)
else if (command === 'new-epochs') await once(renewEpochs)
else {
  console.error(USAGE)
  process.exitCode = 1
}

async function serve() {
  const database = await openDatabase(DATABASE_URL)
  const requestsPerSecond = Number(process.env.REQUESTS_PER_SECOND ?? LIMITS.requestsPerSecond)
  const server = createSyncServer({
    database,
    isSignUpOpen: SIGN_UP === 'open',
    origins: ORIGINS.split(',').filter(origin => origin !== ''),
    limits: { requestsPerSecond, requestsAtOnce: requestsPerSecond * 5 },
  })
  console.log(`listening on ${await server.listen(Number(PORT), HOST)}`)

  const purges = setInterval(() => {
    purge(database, Date.now(), LIMITS).catch(error => console.error(`purge: ${error.message}`))
  }, PURGE_EVERY_MS)
  let isStopping = false
  const stop = async () => {
    // Who asks twice does not want to wait.
    if (isStopping) process.exit(1)
    isStopping = true
    clearInterval(purges)
    await server.close()
    await database.close()
    process.exit(0)
  }
  process.on('SIGINT', () => void stop())
  process.on('SIGTERM', () => void stop())
}

/** @param {(database: import('./database.js').Database) => Promise<void>} work */
async function once(work) {
  const database = await openDatabase(DATABASE_URL)
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** @param {import('./database.js').Database} database */
async function makeToken(database) {
  console.log(await createToken(database, String(args[0]), Date.now() + LIMITS.tokensKeptMs))
}
