// @ts-check
/**
 * How the demo speaks: titles, notes, tables, progress. Colours and moving lines are for terminals only;
 * a file or a pipe gets plain lines. What is said is decided by the sections.
 */

import { pad, widthOf, wrap } from './width.js'

const COLUMNS = 96
const MARGIN = '  '
const BAR = 30
const { stdout, env } = process
const isTerminal = stdout.isTTY === true && env['TERM'] !== 'dumb'
// https://no-color.org: present and not empty.
const isColoured = isTerminal && !env['NO_COLOR']

/** @type {(code: number) => (text: string) => string} */
const colour = code => text => isColoured ? `\x1b[${code}m${text}\x1b[0m` : text
export const bold = colour(1)
export const dim = colour(2)
export const red = colour(31)
export const green = colour(32)
export const yellow = colour(33)
export const cyan = colour(36)

let titles = 0

/** @param {string} [text] */
export function say(text = '') {
  stdout.write(text === '' ? '\n' : `${MARGIN}${text}\n`)
}

/**
 * Begins a section.
 * @param {string} text
 */
export function title(text) {
  titles += 1
  const rule = '─'.repeat(COLUMNS - widthOf(text) - 5)
  stdout.write(`\n${cyan(pad(String(titles), 2, 'right'))} ${bold(text)} ${dim(rule)}\n`)
}

/**
 * Says something in whole sentences, broken into lines.
 * @param {string} text
 */
export function explain(text) {
  for (const line of wrap(text, COLUMNS - MARGIN.length)) say(dim(line))
}

/**
 * Shows what a call was refused with: its code, then its message.
 * @param {{ code: string, message: string }} error
 */
export function refusal({ code, message }) {
  const [first = '', ...rest] = wrap(message, COLUMNS - MARGIN.length - 17)
  say(`${red(pad(code, 15))}  ${first}`)
  for (const line of rest) say(`${' '.repeat(17)}${line}`)
}

/**
 * A column of a table: its head, how wide it is at least, and which side its cells stand on.
 * @typedef {{ head: string, width?: number, side?: 'left' | 'right' }} Column
 */

/**
 * Begins a table whose rows come one by one; the columns must be wide enough beforehand.
 * @param {Column[]} columns
 * @returns {(...cells: string[]) => void} Prints a row.
 */
export function beginTable(columns) {
  const print = (/** @type {string[]} */ cells) => {
    const padded = columns.map(({ head, width, side }, index) =>
      pad(cells[index] ?? '', Math.max(width ?? 0, widthOf(head)), side))
    say(padded.join('  ').trimEnd())
  }
  print(columns.map(({ head }) => dim(head)))
  return (...cells) => print(cells)
}

/**
 * Prints a table that is known in full, as wide as its cells.
 * @param {Column[]} columns
 * @param {string[][]} rows
 */
export function table(columns, rows) {
  const fitted = columns.map((column, index) =>
    ({ ...column, width: Math.max(...rows.map(row => widthOf(row[index] ?? ''))) }))
  const row = beginTable(fitted)
  for (const cells of rows) row(...cells)
}

/**
 * Shows how far something long has come, on one line that is wiped when all is done.
 * @param {string} what
 * @param {number} done
 * @param {number} all
 */
export function progress(what, done, all) {
  if (!isTerminal) return
  const full = Math.round(BAR * done / all)
  const bar = cyan('█'.repeat(full)) + dim('░'.repeat(BAR - full))
  stdout.write(done >= all ? '\r\x1b[K' : `\r${MARGIN}${bar} ${what} ${done}/${all}\x1b[K`)
}

/**
 * Says something on a line that the next one replaces; a pipe gets none of it.
 * @param {string} text '' to wipe it.
 */
export function passing(text) {
  if (isTerminal) stdout.write(text === '' ? '\r\x1b[K' : `\r${MARGIN}${text}\x1b[K`)
}

/**
 * Bytes as people read them.
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`
}

/**
 * Milliseconds as people read them.
 * @param {number} ms
 * @returns {string}
 */
export function time(ms) {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  const minutes = Math.round(ms / 60_000)
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}
