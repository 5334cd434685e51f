// @ts-check
/** Uploads that outlive their process: files go to a server, the process is killed, the next one goes on. */

import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node, open } from 'ministash'
import { startUploads } from '../child.js'
import { check, claim } from '../proof.js'
import { explain, passing, progress, size, table, time, title } from '../print.js'
import { startServer } from '../upload-server.js'
import { transportTo } from '../upload-transport.js'

/** @typedef {import('../world.js').World} World */

const FILES = 12
const FILE_BYTES = 600_000

/**
 * Uploads files from a second process, kills it half-way, and goes on in this one.
 * @param {World} world
 * @returns {Promise<number>} How often a process was killed.
 */
export async function uploadFiles(world) {
  title('Upload files, and kill the process half-way')
  explain(`A second process uploads ${FILES} files of ${size(FILE_BYTES)} to a server on this machine, three `
    + 'at once. Half-way it is killed with SIGKILL. This process opens the same folder and goes on where '
    + 'that one was.')
  const folder = join(world.dataDir, 'uploads')
  rmSync(folder, { recursive: true, force: true })
  const files = makeFiles(join(folder, 'files'))
  const server = await startServer()
  try {
    const child = await startUploads(folder, server.url)
    while (server.bytes < FILES * FILE_BYTES / 2) await new Promise(resolve => { setTimeout(resolve, 5) })
    check('the second process died of SIGKILL', await child.kill() === 'SIGKILL')
    const before = { bytes: server.bytes, arrived: server.arrived.size }

    const start = performance.now()
    const stash = await open({ host: node({ dir: join(folder, 'store') }),
      uploads: { transport: transportTo(server.url), progressInterval: 20 } })
    const { uploads } = stash
    const known = uploads.list()
    claim(`all ${FILES} files are known to the next process: ${countOf(known, 'done')} arrived, ${
      countOf(known, 'waiting')} go on`, known.length === FILES && before.arrived >= countOf(known, 'done'))
    /** @type {Map<string, string>} */
    const ends = new Map()
    uploads.onSettled(({ id, state }) => {
      check('an upload ends once', !ends.has(id))
      ends.set(id, state)
    })
    uploads.on('progress', ({ bytes, total }) => progress('bytes', bytes, total))
    await uploads.onIdle()
    passing('')
    table([{ head: 'process' }, { head: 'arrived', side: 'right' }, { head: 'bytes sent', side: 'right' }], [
      ['the first, killed', String(countOf(known, 'done')), size(before.bytes)],
      [`the next, in ${time(performance.now() - start)}`, String(ends.size), size(server.bytes - before.bytes)],
    ])
    claim('each file lies at the server, to the last byte',
      files.every(([name, digest]) => server.arrived.get(name) === digest))
    claim('each upload has one end, in the one process or in the other',
      ends.size + countOf(known, 'done') === FILES && uploads.list({ state: 'done' }).length === FILES)
    const sent = server.bytes / (FILES * FILE_BYTES)
    claim(`what had been sent was not sent again: ${sent.toFixed(2)} times the bytes of the files`, sent < 1.3)
    await stash.close()
  } finally {
    await server.close()
  }
  return 1
}

/**
 * @param {readonly { state: string }[]} uploads
 * @param {string} state
 */
function countOf(uploads, state) {
  return uploads.filter(upload => upload.state === state).length
}

/**
 * Makes files that differ; gives their names and digests.
 * @param {string} folder
 * @returns {[name: string, digest: string][]}
 */
function makeFiles(folder) {
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: FILES }, (_, index) => {
    const name = `${String(index + 1).padStart(2, '0')}.bin`
    const content = Buffer.alloc(FILE_BYTES, createHash('sha256').update(name).digest())
    writeFileSync(join(folder, name), content)
    check(`${name} lies in its folder`, statSync(join(folder, name)).size === FILE_BYTES)
    return [name, createHash('sha256').update(content).digest('hex')]
  })
}
