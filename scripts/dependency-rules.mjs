// The rules that every dependency keeps, as pure functions over manifests and lock files: each returns what
// breaks it, in words. Reading files and asking the network is the business of check-dependencies.mjs.
// @ts-check

/** Licences under which everything we build with may be used, changed and shipped. */
export const LICENCES = new Set([
  '0BSD', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause',
  'CC0-1.0', 'ISC', 'MIT', 'Unicode-3.0', 'Unlicense', 'Zlib',
])

/** Licences that only tools may have: what they ask for concerns those who ship them, and we ship no tool. */
export const TOOL_LICENCES = new Set(['CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0', 'Python-2.0'])

/**
 * @typedef {{ name: string, version: string, license?: string | null, source?: string | null }} Crate
 * @typedef {{ version?: string, license?: string, integrity?: string, link?: boolean, deprecated?: string,
 *   resolved?: string }} LockedPackage
 */

/**
 * Whether an SPDX expression can be met with the accepted licences alone.
 * @param {string} expression
 * @param {(licence: string) => boolean} accepts
 * @returns {boolean}
 */
export function isMet(expression, accepts) {
  // crates.io once wrote `MIT/Apache-2.0` for a choice.
  const words = expression.replace(/\//g, ' OR ').match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  /** @returns {boolean} */
  const either = () => {
    let met = both()
    while (words[at] === 'OR') {
      at += 1
      met = both() || met
    }
    return met
  }
  /** @returns {boolean} */
  const both = () => {
    let met = one()
    while (words[at] === 'AND') {
      at += 1
      met = one() && met
    }
    return met
  }
  /** @returns {boolean} */
  const one = () => {
    const word = words[at]
    at += 1
    if (word === '(') {
      const met = either()
      at += 1
      return met
    }
    if (word === undefined || word === ')') return false
    if (words[at] !== 'WITH') return accepts(word)
    at += 2
    return accepts(`${word} WITH ${words[at - 1]}`)
  }
  const met = either()
  return met && at === words.length
}

/**
 * @param {Crate[]} crates as `cargo metadata` lists them; those without a source are our own
 * @returns {string[]}
 */
export function crateFindings(crates) {
  return crates.filter((crate) => crate.source !== null).flatMap((crate) => {
    const name = `crate ${crate.name} ${crate.version}`
    const found = []
    if (!isMet(crate.license ?? '', (licence) => LICENCES.has(licence))) {
      found.push(`${name}: its licence is not on the list: ${crate.license ?? 'none'}`)
    }
    if (crate.source !== 'registry+https://github.com/rust-lang/crates.io-index') {
      found.push(`${name}: it does not come from crates.io: ${crate.source}`)
    }
    return found
  })
}

/**
 * Every dependency in Cargo.toml has a comment above it that says why it is there.
 * @param {string} manifest the text of Cargo.toml
 * @returns {string[]}
 */
export function unexplainedCrates(manifest) {
  const found = []
  let inDependencies = false
  let explained = false
  for (const line of manifest.split('\n')) {
    if (line.startsWith('[')) inDependencies = /dependencies(\.|\]|$)/.test(line)
    if (inDependencies && /^[\w-]+\s*=/.test(line) && !explained) {
      found.push(`Cargo.toml: no comment above says why this is there: ${line.split('=')[0]?.trim()}`)
    }
    explained = line.startsWith('#')
  }
  return found
}

/**
 * What the tests alone use (peers, other people's build tools) is never given to anybody, so its licence and
 * its upkeep are not ours to choose; where it comes from is.
 * @param {{ packages: Record<string, LockedPackage> }} lock package-lock.json
 * @param {'build' | 'tests'} use
 * @returns {string[]}
 */
export function packageFindings(lock, use = 'build') {
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    if (!place.includes('node_modules/') || entry.link === true) return []
    const name = `package ${place.replace(/^.*node_modules\//, '')} ${entry.version}`
    const found = []
    const isAllowed = (/** @type {string} */ licence) => LICENCES.has(licence) || TOOL_LICENCES.has(licence)
    if (use === 'build' && !isMet(entry.license ?? '', isAllowed)) {
      found.push(`${name}: its licence is not on the list: ${entry.license ?? 'none'}`)
    }
    if (entry.integrity === undefined) found.push(`${name}: package-lock.json holds no checksum of it`)
    if (entry.resolved !== undefined && !entry.resolved.startsWith('https://registry.npmjs.org/')) {
      found.push(`${name}: it does not come from the npm registry: ${entry.resolved}`)
    }
    if (use === 'build' && entry.deprecated !== undefined) found.push(`${name}: deprecated: ${entry.deprecated}`)
    return found
  })
}

/**
 * Tools are pinned to one version and explained; the published package depends on nothing.
 * @param {{ devDependencies?: Record<string, string>, dependencies?: Record<string, string> }} workspace
 * @param {{ dependencies?: Record<string, string> }} published
 * @param {string} explanations the text that says why each tool is there
 * @returns {string[]}
 */
export function manifestFindings(workspace, published, explanations) {
  const found = []
  for (const [name, version] of Object.entries({ ...workspace.dependencies, ...workspace.devDependencies })) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      found.push(`package.json: ${name} is not pinned to one version: ${version}`)
    }
    if (!explanations.includes(`\`${name}\``)) {
      found.push(`scripts/README.md does not say why this is there: ${name}`)
    }
  }
  for (const name of Object.keys(published.dependencies ?? {})) {
    found.push(`pkg/package.json: the published package depends on nothing, but on ${name}`)
  }
  return found
}

/**
 * @param {string} output what `cargo package` prints
 * @returns {string[]}
 */
export function yankedCrates(output) {
  return [...output.matchAll(/package `([^`]+)` in Cargo.lock is yanked/g)]
    .map((match) => `crate ${match[1]}: this version was withdrawn (yanked)`)
}

/**
 * @param {{ name: string, version: string, ecosystem: string }[]} asked
 * @param {{ results?: ({ vulns?: { id: string }[] } | null)[] }} answer of OSV, in the order of the question
 * @param {Record<string, string>} accepted the ids that do not concern us, each with its reason
 * @returns {string[]}
 */
export function advisoryFindings(asked, answer, accepted) {
  return asked.flatMap(({ name, version, ecosystem }, i) =>
    (answer.results?.[i]?.vulns ?? [])
      .filter(({ id }) => !(id in accepted))
      .map(({ id }) => `${ecosystem} ${name} ${version}: https://osv.dev/vulnerability/${id}`))
}
