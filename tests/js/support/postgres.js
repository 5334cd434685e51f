// @ts-check
/** A PostgreSQL of a test's own: an empty one in a temporary folder, on loopback, that can be killed. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.js'

/**
 * @typedef {object} Postgres
 * @property {string} url
 * @property {() => Promise<void>} stop Ends it and removes what it kept.
 * @property {() => Promise<void>} kill By SIGKILL.
 * @property {() => Promise<void>} restart After that: on the same port, with what it had committed.
 */

/**
 * Starts it.
 * @returns {Promise<Postgres>}
 */
export async function startPostgres() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ministash-postgres-'))
  const owner = unprivileged()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const bin = binaries()
  const made = spawnSync(path.join(bin, 'initdb'),
    ['--pgdata', folder, '--auth', 'trust', '--username', 'postgres', '--encoding', 'UTF8',
      '--locale', 'C.UTF-8', '--no-sync'],
    { ...owner, cwd: folder, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)

  const port = await freePort()
  let running = await start()
  const onExit = () => running.child.kill('SIGKILL')
  process.on('exit', onExit)

  async function start() {
    // Whoever kills it may do so before the disk has everything: the machine goes on, and so does its memory.
    const child = spawn(path.join(bin, 'postgres'),
      ['-D', folder, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off'],
      { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const exited = once(child, 'exit')
    let said = ''
    /** @type {boolean} */
    const isReady = await new Promise(resolve => {
      child.stderr.setEncoding('utf8').on('data', text => {
        said = (said + text).slice(-10_000)
        if (said.includes('ready to accept connections')) resolve(true)
      })
      void exited.then(() => resolve(false))
    })
    return { child, exited, isReady, said: () => said }
  }

  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      process.off('exit', onExit)
      running.child.kill('SIGINT')
      await running.exited
      rmSync(folder, { recursive: true, force: true })
    },
    async kill() {
      running.child.kill('SIGKILL')
      await running.exited
    },
    async restart() {
      // Its processes notice one by one that they are orphans; until then they hold what they shared.
      for (let tries = 1; ; tries += 1) {
        running = await start()
        if (running.isReady) return
        if (tries === 200) throw new Error(`postgres does not start again: ${running.said()}`)
      }
    },
  }
}

/** The folder of its programs: of the newest that Debian has, outside of PATH, or one in PATH. */
function binaries() {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const inPath = (process.env.PATH ?? '').split(':')
  const folders = [...versions.map(one => path.join(root, one, 'bin')), ...inPath]
  const found = folders.find(folder => existsSync(path.join(folder, 'initdb')))
  if (found === undefined) throw new Error('PostgreSQL is missing: scripts/setup.sh --tests brings it')
  return found
}

/** Who runs it when the tests are run by root, whom it refuses. */
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined
  /** @param {string} flag */
  const idOf = flag => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  const [uid, gid] = [idOf('-u'), idOf('-g')]
  return uid > 0 ? { uid, gid } : { uid: 65_534, gid: 65_534 }
}
