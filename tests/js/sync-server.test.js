// @ts-check
/** The sync server of the examples, held against the page of the protocol, on both databases. */

import { after, before, describe } from 'node:test'
import { openDatabase } from '../../examples/sync-server/database.js'
import { startPostgres } from './support/postgres.js'
import { serving } from './support/sync-served.js'
import { doorSuite } from './support/sync-suite-door.js'
import { feedSuite } from './support/sync-suite-feed.js'
import { pushSuite } from './support/sync-suite-push.js'

/** @import { Database } from '../../examples/sync-server/database.js' */

/** @type {Record<string, () => Promise<{ database: Database, end: () => Promise<void> }>>} */
const DATABASES = {
  PGlite: async () => {
    const database = await openDatabase('memory://')
    return { database, end: () => database.close() }
  },
  PostgreSQL: async () => {
    const postgres = await startPostgres()
    const database = await openDatabase(postgres.url)
    const end = async () => {
      await database.close()
      await postgres.stop()
    }
    return { database, end }
  },
}

for (const [name, open] of Object.entries(DATABASES)) {
  describe(`the sync server on ${name}`, () => {
    /** @type {Awaited<ReturnType<typeof open>>} */
    let opened
    before(async () => { opened = await open() })
    after(() => opened.end())
    // Each test has users of its own.
    const serve = serving(() => opened.database)
    pushSuite(serve)
    feedSuite(serve)
    doorSuite(serve)
  })
}
