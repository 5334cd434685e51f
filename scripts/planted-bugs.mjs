/**
 * `npm run test:planted`: plants the bugs of tests/planted/sync.json into a copy of the crate, one after the
 * other, and demands that the simulation of synchronisation finds each, or the unit test that the bug names.
 *
 *     node scripts/planted-bugs.mjs [--seeds 0..2000] [WORDS]     WORDS: only the bugs that have them
 *
 * A bug that is not found is a hole in the simulation. The copy and what is compiled of it lie in
 * .tools/planted; the sources are not touched.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PLANTED = join(ROOT, '.tools/planted')
const CRATE = join(PLANTED, 'crate')
const TIMEOUT_MS = 15 * 60_000

const { values: { seeds }, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '0..2000' } }, allowPositionals: true,
})
/**
 * `guide`: one of the faults of the guide; `test`: the unit test that finds what a simulation cannot see.
 * @typedef {{ bug: string, guide?: boolean, file: string, find: string[], replace: string[], test?: string }}
 *   Bug
 */
/** @type {Bug[]} */
const all = JSON.parse(readFileSync(join(ROOT, 'tests/planted/sync.json'), 'utf8'))
const bugs = all.filter(({ bug }) => positionals.every(word => bug.includes(word)))

copyCrate()
console.log(`without a bug, seeds ${seeds}`)
const sound = simulate()
if (sound.status !== 0) fail(`the simulation fails without a bug:\n${sound.said.slice(-3000)}`)
console.log('  holds\n\n| planted | found by |\n|---|---|')
let holes = 0
for (const bug of bugs) {
  const found = plant(bug, () => bug.test === undefined ? foundBySimulation() : foundByTest(bug.test))
  if (found === undefined) holes += 1
  console.log(`| ${bug.bug}${bug.guide ? ' (the guide)' : ''} | ${found ?? '**nothing**'} |`)
}
console.log(`\n${bugs.length} bugs, ${bugs.length - holes} found`)
process.exitCode = holes > 0 || bugs.length === 0 ? 1 : 0

/** Copies what git knows, and what it will know. What has not changed keeps its time, for cargo. */
function copyCrate() {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 })
  if (listed.status !== 0) fail(`git ls-files failed: ${listed.stderr}`)
  rmSync(CRATE, { recursive: true, force: true })
  for (const file of listed.stdout.split('\0').filter(name => name !== '')) {
    mkdirSync(dirname(join(CRATE, file)), { recursive: true })
    cpSync(join(ROOT, file), join(CRATE, file), { preserveTimestamps: true })
  }
}

/**
 * @template T
 * @param {Bug} bug
 * @param {() => T} look
 */
function plant({ bug, file, find, replace }, look) {
  const path = join(CRATE, file)
  const text = readFileSync(path, 'utf8')
  const parts = text.split(find.join('\n'))
  if (parts.length !== 2) fail(`"${bug}" fits ${parts.length - 1} places in ${file}, not one: plant it anew`)
  writeFileSync(path, parts.join(replace.join('\n')))
  const found = look()
  writeFileSync(path, text)
  return found
}

/** The first seed that finds it. */
function foundBySimulation() {
  const { status, said } = simulate()
  const [, seed] = /^seed (\d+) fails/m.exec(said) ?? []
  if (seed !== undefined) return `seed ${seed}: ${complaint(said)}`
  if (status !== 0) fail(`neither found nor missed:\n${said.slice(-3000)}`)
  return undefined
}

/** @param {string} name */
function foundByTest(name) {
  const { status, said } = cargo(['--lib', name, '--', '--exact'])
  if (/^test \S+ \.\.\. FAILED$/m.test(said)) return `the test \`${name}\``
  if (status !== 0 || !/ 1 passed/.test(said)) fail(`neither found nor missed:\n${said.slice(-3000)}`)
  return undefined
}

function simulate() {
  return cargo(['--test', 'sync_simulation', '--', '--nocapture'])
}

/** What the first panic said. @param {string} said */
function complaint(said) {
  const [, words = ''] = /panicked at [^\n]*\n(.*)/.exec(said) ?? []
  return words.replace(/^assertion `left == right` failed: /, '').replaceAll('|', '\\|').slice(0, 90)
}

/** @param {string[]} args */
function cargo(args) {
  const { status, stdout, stderr, error } = spawnSync('cargo', ['test', '--locked', ...args], {
    cwd: CRATE, encoding: 'utf8', maxBuffer: 1e8, timeout: TIMEOUT_MS,
    env: {
      ...process.env, CARGO_TARGET_DIR: join(PLANTED, 'target'), RUST_BACKTRACE: '0',
      // A planted bug may leave something unused.
      RUSTFLAGS: '--cap-lints warn', MINISTASH_SIMULATION_SEEDS: seeds,
    },
  })
  if (error) fail(`cargo: ${error.message}`)
  return { status, said: stdout + stderr }
}

/** @param {string} why @returns {never} */
function fail(why) {
  console.error(`\nerror: ${why}`)
  process.exit(1)
}
