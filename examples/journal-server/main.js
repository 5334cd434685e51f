// @ts-check
/** Serves the journal on this machine, or with HOST=0.0.0.0 to the phones around it. */

import { fileURLToPath } from 'node:url'
import { openJournalServer } from './server.js'

const { PORT = '8788', HOST = '127.0.0.1' } = process.env
const server = await openJournalServer({ folder: fileURLToPath(new URL('data', import.meta.url)) })
console.log(`the journal is kept at ${await server.listen(Number(PORT), HOST)}; end with Ctrl+C`)
process.once('SIGINT', () => void server.close())
process.once('SIGTERM', () => void server.close())
