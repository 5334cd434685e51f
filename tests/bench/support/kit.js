// The bench: runs contestants in turns, so that what the machine does meanwhile meets all of them, and
// prints medians and their ratios. Time is the processor's time of this process, so that a busy machine
// slows nobody. Only ratios taken in one run count. Nothing is asserted about time.
// @ts-check
import { readFileSync } from 'node:fs'
import os from 'node:os'

/**
 * One way of doing a thing. It does it `count` times, and returns a Promise only if it has to.
 * @typedef {{ name: string, run: (count: number) => void | Promise<void> }} Contestant
 */

/** @typedef {{ name: string, ns: number }} Median */

/** Rounds of a comparison; `MINISTASH_BENCH_ROUNDS` asks for more or fewer. */
export const ROUNDS = Number(process.env.MINISTASH_BENCH_ROUNDS ?? 15)

/** How long a contestant has in each round. */
const ROUND_MS = 12
/** How long each runs before anything is measured: engines compile what is hot, and late. */
const WARM_MS = 600

/** Where this runs, for the head of a table. @param {string[]} [packages] Peers, of tests/package.json. */
export function environment(packages = []) {
  const processor = os.cpus()[0]?.model ?? 'unknown processor'
  const day = new Date().toISOString().slice(0, 10)
  const peers = packages.map(name => `${name} ${versionOf(name)}`)
  return [`Node ${process.versions.node}`, processor, day, ...peers].join(', ')
}

/** @param {string} name A package that the tests have. */
export function versionOf(name) {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}

/**
 * Measures contestants against each other.
 * @param {Contestant[]} contestants
 * @returns {Promise<Median[]>} Nanoseconds of one time, in the order given.
 */
export async function compare(contestants) {
  const counts = []
  for (const contestant of contestants) counts.push(await warm(contestant))
  /** @type {number[][]} */
  const taken = contestants.map(() => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let place = 0; place < contestants.length; place += 1) {
      // Each round begins with another one, so that nobody always follows the same neighbour.
      const index = (place + round) % contestants.length
      taken[index].push(await timeOf(contestants[index], counts[index]) / counts[index])
    }
  }
  return contestants.map(({ name }, index) => ({ name, ns: median(taken[index]) }))
}

/**
 * @param {Contestant} contestant
 * @returns {Promise<number>} How many times fit into a round.
 */
async function warm(contestant) {
  const start = processorNs()
  let count = 1
  do {
    const ns = await timeOf(contestant, count) / count
    count = Math.max(1, Math.min(count * 2, Math.round(ROUND_MS * 1e6 / ns)))
  } while (processorNs() - start < WARM_MS * 1e6)
  return count
}

/** @param {Contestant} contestant @param {number} count @returns {Promise<number>} Nanoseconds. */
async function timeOf({ run }, count) {
  const start = processorNs()
  const running = run(count)
  if (running) await running
  return processorNs() - start
}

/** What this process has had of the processors, in nanoseconds; it is told in microseconds. */
export function processorNs() {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1000
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Prints a table: the first column to the left, the others to the right.
 * @param {string} title
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function printTable(title, head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => width(row[column]))))
  const line = (/** @type {string[]} */ row) => row.map((cell, column) => {
    const padding = ' '.repeat(widths[column] - width(cell))
    return column === 0 ? cell + padding : padding + cell
  }).join('  ').trimEnd()
  console.log([`\n${title}`, line(head), ...rows.map(line)].join('\n'))
}

/** @param {string} text */
function width(text) {
  return [...text].length
}

/** @param {number} ns */
export function duration(ns) {
  return ns < 1000 ? `${ns.toFixed(0)} ns` : ns < 1e6 ? `${(ns / 1000).toFixed(2)} us` : `${(ns / 1e6).toFixed(2)} ms`
}

/** @param {number} ratio */
export function times(ratio) {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)
}
