// Checks what the project depends on: licences, origins, checksums, pinned versions, withdrawn versions,
// published advisories. Where the advisory database cannot be reached it says so; the rest is still checked.
// @ts-check
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  advisoryFindings, crateFindings, manifestFindings, packageFindings, unexplainedCrates, yankedCrates,
} from './dependency-rules.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** Advisories that do not concern us. An entry says why, and goes when the dependency does. */
const ACCEPTED_ADVISORIES = /** @type {Record<string, string>} */ ({})

/** @param {string} name */
const text = (name) => readFileSync(path.join(root, name), 'utf8')
/** @param {string} name */
const json = (name) => JSON.parse(text(name))

/** @param {string[]} words */
function cargo(...words) {
  const run = spawnSync('cargo', words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.error !== undefined || run.status !== 0) {
    throw new Error(`cargo ${words[0]} failed: ${run.error?.message ?? run.stderr}`)
  }
  return run
}

/**
 * Asks OSV, which holds RustSec's advisories on crates and GitHub's on npm packages.
 * @param {{ name: string, version: string, ecosystem: string }[]} packages
 */
async function askAdvisories(packages) {
  const response = await fetch('https://api.osv.dev/v1/querybatch', {
    method: 'POST',
    body: JSON.stringify({
      queries: packages.map(({ name, version, ecosystem }) => ({ package: { name, ecosystem }, version })),
    }),
    signal: AbortSignal.timeout(15_000),
  })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return response.json()
}

const crates = JSON.parse(cargo('metadata', '--locked', '--format-version', '1').stdout).packages
const lock = json('package-lock.json')
const testLock = json('tests/package-lock.json')
const serverLock = json('examples/sync-server/package-lock.json')
const findings = [
  ...crateFindings(crates),
  ...unexplainedCrates(text('Cargo.toml')),
  ...unexplainedCrates(text('src/bulk/Cargo.toml')),
  ...packageFindings(lock),
  ...packageFindings(serverLock),
  ...packageFindings(testLock, 'tests'),
  ...packageFindings(json('tests/packer/package-lock.json'), 'tests'),
  ...packageFindings(json('tests/bench/peers/package-lock.json'), 'tests'),
  ...manifestFindings(json('package.json'), json('pkg/package.json'), text('scripts/README.md')),
  ...manifestFindings(json('examples/sync-server/package.json'), {}, text('scripts/README.md')),
  ...manifestFindings(json('tests/package.json'), {}, text('scripts/README.md')),
  ...manifestFindings(json('tests/packer/package.json'), {}, text('scripts/README.md')),
  ...manifestFindings(json('tests/bench/peers/package.json'), {}, text('scripts/README.md')),
  // cargo says which locked versions were withdrawn when it packs a crate, and only then.
  ...yankedCrates(cargo('package', '--workspace', '--locked', '--no-verify', '--allow-dirty').stderr),
]

const asked = [
  ...crates
    .filter((/** @type {{ source: string | null }} */ { source }) => source !== null)
    .map((/** @type {{ name: string, version: string }} */ { name, version }) =>
      ({ name, version, ecosystem: 'crates.io' })),
  ...Object.entries({ ...lock.packages, ...testLock.packages, ...serverLock.packages })
    .filter(([place, entry]) => place.includes('node_modules/') && entry.link !== true)
    .map(([place, entry]) =>
      ({ name: place.replace(/^.*node_modules\//, ''), version: entry.version, ecosystem: 'npm' })),
]
const counted = `${asked.filter(({ ecosystem }) => ecosystem === 'npm').length} npm packages`
try {
  findings.push(...advisoryFindings(asked, await askAdvisories(asked), ACCEPTED_ADVISORIES))
  console.log(`advisories: asked api.osv.dev about ${asked.length} packages`)
} catch (error) {
  const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  console.log(`advisories: NOT CHECKED, api.osv.dev cannot be reached from here (${why})`)
}
console.log(`licences, origins, checksums, pins, withdrawn versions: checked ${crates.length} crates, ${counted}`)
for (const finding of findings) console.error(`- ${finding}`)
if (findings.length > 0) {
  console.error(`${findings.length} found: replace the dependency, or change the rule and say why`)
  process.exitCode = 1
}
