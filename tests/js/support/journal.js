// @ts-check
/** The server of the travel journals, and phones with their mini-program, for the tests of examples. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openJournalServer } from '../../../examples/journal-server/server.js'
import { startMiniApp } from './mini-app.js'

/** @typedef {import('./mini-app.js').MiniAppOptions} MiniAppOptions */
/** @typedef {import('./mini-app.js').Instance} Instance */
/** @typedef {{ after(act: () => unknown): void }} Ends */

export const WECHAT = fileURLToPath(new URL('../../../examples/wechat', import.meta.url))
/** Where nobody listens. */
export const NOWHERE = 'http://127.0.0.1:9'

/**
 * Starts a server that forgets everything when it ends.
 * @param {Ends} context
 * @param {Partial<import('../../../examples/journal-server/server.js').JournalOptions>} [options]
 */
export async function journalServer(context, options = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ministash-journal-'))
  const server = await openJournalServer({ folder, database: 'memory://', ...options })
  context.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  return { url: await server.listen() }
}

/**
 * Starts the journal for WeChat on a phone.
 * @param {Ends} context
 * @param {MiniAppOptions & { server?: string }} [options]
 */
export function startJournal(context, { server = NOWHERE, ...options } = {}) {
  const sources = { config: `module.exports = { server: ${JSON.stringify(server)} }` }
  const phone = startMiniApp(WECHAT, { ...options, sources })
  // Uploads and synchronisation have timers.
  context.after(() => stash().then(opened => opened.close(), () => {}))
  /** @returns {Promise<any>} */
  const stash = () => phone.app.journal().then((/** @type {any} */ journal) => journal.stash)
  return {
    ...phone, stash,
    /**
     * Writes an entry on its page, and saves it.
     * @param {Record<string, string>} fields
     * @param {string} [url] Of its page, if it is not a new one.
     */
    async write(fields, url) {
      const entry = await phone.open(url ?? await freshEntry(phone))
      for (const [field, value] of Object.entries(fields)) entry.type(typed(field, value))
      entry.done()
      return entry
    },
  }
}

/** Where the button of the list leads. @param {ReturnType<typeof startMiniApp>} phone */
async function freshEntry(phone) {
  const list = await phone.open('/pages/journal/journal')
  list.write()
  list.onUnload()
  return String(phone.visited.at(-1))
}

/** What a field tells its page. @param {string} field @param {string} value @returns {any} */
export const typed = (field, value) => ({ detail: { value }, currentTarget: { dataset: { field } } })

/** What a touched element tells its page. @param {object} dataset @returns {any} */
export const tapped = dataset => ({ currentTarget: { dataset } })
