// @ts-check
/** All or nothing: a second process is killed in the middle of a commit of 250 keys, again and again. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../child.js'
import { COUNTRIES, JOURNAL, envelopeOf } from '../files.js'
import { check, claim } from '../proof.js'
import { beginTable, dim, explain, green, passing, title } from '../print.js'

/** @typedef {import('../stop-at.js').Stop} Stop */
/** @typedef {import('../world.js').World} World */

/** Where to kill, whether the journal decides by then, and where to kill the recovery, too. */
/** @type {{ where: string, stop: Stop, isDecided: boolean, again?: Stop }[]} */
const KILLS = [
  { where: 'before the journal', isDecided: false,
    stop: { call: 'writeFile', file: 'journal', nth: 1, when: 'before' } },
  { where: 'half of the journal written', isDecided: false,
    stop: { call: 'writeFile', file: 'journal', nth: 1, when: 'half' } },
  { where: 'journal written, not in place', isDecided: false,
    stop: { call: 'rename', file: 'journal', nth: 1, when: 'before' } },
  { where: 'journal in place', isDecided: true,
    stop: { call: 'rename', file: 'journal', nth: 1, when: 'after' } },
  { where: '125 files written beside', isDecided: true,
    stop: { call: 'writeFile', file: 'country', nth: 125, when: 'after' } },
  { where: '1 country replaced', isDecided: true,
    stop: { call: 'rename', file: 'country', nth: 1, when: 'after' } },
  { where: '125 countries replaced', isDecided: true,
    stop: { call: 'rename', file: 'country', nth: 125, when: 'after' } },
  { where: '249 countries replaced', isDecided: true,
    stop: { call: 'rename', file: 'country', nth: 249, when: 'after' } },
  { where: 'all replaced, journal there', isDecided: true,
    stop: { call: 'unlink', file: 'journal', nth: 1, when: 'before' } },
  { where: 'journal removed', isDecided: true,
    stop: { call: 'unlink', file: 'journal', nth: 1, when: 'after' } },
  { where: 'at 60, then at 125 of recovery', isDecided: true,
    stop: { call: 'rename', file: 'country', nth: 60, when: 'after' },
    again: { call: 'rename', file: 'country', nth: 125, when: 'after' } },
]

/**
 * @param {World} world
 * @returns {Promise<number>} How often a process was killed.
 */
export async function killInCommit(world) {
  title('Kill a process in the middle of a commit of 250 keys')
  explain('A second process gives all 250 countries their next edition in one commit. It is stopped at '
    + 'one system call and killed there with SIGKILL. Then its files are counted, and the store is opened.')
  const row = beginTable([{ head: 'killed', width: 30 }, { head: 'journal', width: 7 },
    { head: 'files old', side: 'right' }, { head: 'new', width: 3, side: 'right' },
    { head: 'recovery', width: 8 }, { head: 'after opening', width: 22 }])
  let edition = editionOf(world)
  let kills = 0
  /** @type {('all' | 'none' | 'some')[]} */
  const outcomes = []
  for (const { where, stop, isDecided, again } of KILLS) {
    passing(dim(`${where} ...`))
    await world.close()
    await killAt(world.dir, 'commit', stop)
    if (again !== undefined) await killAt(world.dir, 'open', again)
    kills += again === undefined ? 1 : 2
    const journal = existsSync(join(world.records, JOURNAL))
    const renewed = filesOf(world.records, edition + 1)
    const { recovery } = await world.open({ durable: false })
    const found = editionOf(world)
    passing('')
    row(where, journal ? 'whole' : dim('none'), String(250 - renewed), String(renewed), recovery,
      `${green('✓')} all 250 are ${found === edition ? 'old' : 'new'}`)
    check(`killed ${where}: the new edition is there if the journal was, and only then`,
      found === edition + (isDecided ? 1 : 0))
    check(`killed ${where}: the recovery says what it did`, recovery === (journal ? 'finished' : 'none'))
    check(`killed ${where}: nothing is left behind`, isTidy(world.records))
    outcomes.push(found === edition ? 'none' : found === edition + 1 ? 'all' : 'some')
    edition = found
  }
  await world.close()
  await world.open()
  claim(`killed ${kills} times in ${KILLS.length} commits: each time all 250 countries or none had changed`,
    outcomes.length === KILLS.length && outcomes.every(outcome => outcome === 'all' || outcome === 'none'))
  const next = edition + 1
  world.countries.setManySync(world.all().map(([key, country]) => [key, { ...country, edition: next }]))
  claim(`left in peace, the same commit brings all 250 to edition ${next}`, editionOf(world) === next)
  return kills
}

/** @type {(dir: string, job: 'commit' | 'open', stop: Stop) => Promise<void>} */
async function killAt(dir, job, stop) {
  const child = await startChild(dir, job, stop)
  const signal = await child.kill()
  check(`the second process stood still where it should; it told "${child.line}"`, child.line === 'standing still')
  check('the second process died of SIGKILL', signal === 'SIGKILL')
}

/**
 * The edition of all countries; a mixture of two is the end of the demo.
 * @param {World} world
 */
function editionOf(world) {
  const all = world.all()
  const editions = new Set(all.map(([, { edition }]) => edition))
  check(`250 countries are of one edition, found ${all.length} of ${[...editions].join()}`,
    all.length === 250 && editions.size === 1)
  return [...editions][0] ?? 0
}

/**
 * How many files of countries hold this edition, whatever the store thinks of them.
 * @type {(records: string, edition: number) => number}
 */
function filesOf(records, edition) {
  const names = readdirSync(records).filter(name => name.startsWith(COUNTRIES))
  const payloads = names.map(name => envelopeOf(readFileSync(join(records, name))).payload)
  return payloads.filter(payload => JSON.parse(payload).edition === edition).length
}

/** @param {string} records */
function isTidy(records) {
  return readdirSync(records).every(name => name.endsWith('.record') && name !== JOURNAL)
}
