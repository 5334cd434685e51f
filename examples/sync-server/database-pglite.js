// @ts-check
/// <reference path="./modules.d.ts" />
/** PGlite: PostgreSQL compiled to WebAssembly, in this process, with one transaction at a time. */

import { mkdir } from 'node:fs/promises'
import { answerOf } from './database-failure.js'

/** @import { Engine } from './database.js' */

const INT8 = 20

/** @param {string} place @returns {Promise<Engine>} */
export async function openPglite(place) {
  // Loaded here, because a server with a PostgreSQL of its own has no use for its 20 megabytes.
  const { PGlite } = await import('@electric-sql/pglite')
  if (!place.startsWith('memory:')) await mkdir(place, { recursive: true })
  const pglite = await PGlite.create(place, { parsers: { [INT8]: Number } })
  return {
    query: async (text, values) => (await answerOf(pglite.query(text, values))).rows,
    script: async script => { await answerOf(pglite.exec(script)) },
    // Nothing comes between the statements of a transaction, so each one is a snapshot.
    async transaction(_kind, work) {
      /** @type {{ error: unknown } | undefined} */
      let failed
      const done = pglite.transaction(queries => work({
        query: async (text, values) => (await answerOf(queries.query(text, values))).rows,
      }).catch(error => {
        failed = { error }
        throw error
      }))
      return done.catch(error => (failed ? Promise.reject(failed.error) : answerOf(Promise.reject(error))))
    },
    close: () => pglite.close(),
  }
}
