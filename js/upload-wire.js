// @ts-check
/**
 * What the upload queue stores: a line for each change of an item, JSON, in the order in which they happened.
 * Values of the app are in it as the value codec writes them. What is drawn here is drawn in format.md.
 */

import { StorageError } from './errors.js'
import { Item } from './upload-item.js'
import { decode, encode } from './value.js'

/** @typedef {[form: number, text: string]} Stored */

/** The line that makes everything before it void: what follows is all there is. */
export const RESET_LINE = '["s"]\n'

/** @param {unknown} value @returns {Stored} */
function stored(value) {
  const { form, text } = encode(value)
  return [form, text]
}

/** @param {unknown} pair */
function restored(pair) {
  return Array.isArray(pair) ? decode(pair[0], pair[1]) : undefined
}

/** @param {unknown[]} row */
const line = row => `${JSON.stringify(row)}\n`

/** @param {Item} item */
export function addedLine(item) {
  const { number, id, file, target, priority, addedAt, metadata, kept, digest, total } = item
  const more = metadata === undefined && kept === undefined && digest === undefined ? undefined
    : { metadata: metadata && stored(metadata), kept, digest }
  // Bytes are not stored: a process that ends takes them along.
  const path = typeof file === 'string' ? file : null
  const size = total ?? null
  return line(more ? ['a', number, id, path, target, priority, addedAt, size, more]
    : ['a', number, id, path, target, priority, addedAt, size])
}

/**
 * @param {number} number
 * @param {number} attempts
 */
export const runningLine = (number, attempts) => `["r",${number},${attempts}]\n`

/**
 * @param {number} number
 * @param {number} attempts
 * @param {number} due
 * @param {StorageError | undefined} error
 */
export const waitingLine = (number, attempts, due, error) =>
  line(['w', number, attempts, due, error && storedError(error)])

/**
 * @param {number} number
 * @param {unknown} result
 */
export function doneLine(number, result) {
  if (result === undefined) return `["d",${number}]\n`
  let pair
  try {
    pair = stored(result)
  } catch {
    // What cannot be stored has arrived all the same: this process gives it out, a later one cannot.
  }
  return line(['d', number, pair])
}

/**
 * @param {number} number
 * @param {StorageError} error
 */
export const failedLine = (number, error) => line(['f', number, storedError(error)])

/** @param {number} number */
export const cancelledLine = number => `["c",${number}]\n`

/** A copy of a file that belongs to no item. @param {string} copy */
export const copyLine = copy => line(['n', copy])

/** @param {boolean} isPaused */
export const pausedLine = isPaused => `["p",${isPaused ? 1 : 0}]\n`

/** @param {number} number */
export const forgottenLine = number => `["x",${number}]\n`

/**
 * @param {number} number
 * @param {unknown} resume
 */
export const keptLine = (number, resume) => line(['k', number, stored(resume)])

/**
 * All of an item, as if it had just happened.
 * @param {Item} item
 */
export function itemLines(item) {
  const { number, state, attempts, dueAt, error, resume } = item
  let lines = addedLine(item)
  if (resume !== undefined && state !== 'done') lines += keptLine(number, resume)
  if (state === 'running') lines += runningLine(number, attempts)
  else if (attempts > 0 || error) lines += waitingLine(number, attempts, dueAt, error)
  if (state === 'done') lines += doneLine(number, item.result)
  else if (state === 'failed' && error) lines += failedLine(number, error)
  else if (state === 'cancelled') lines += cancelledLine(number)
  return lines
}

/**
 * What the log of a queue says: its items, the copies of files that belong to none of them, and whether the
 * app had paused it.
 * @typedef {{ items: Item[], copies: string[], isPaused: boolean }} Logged
 */

/**
 * Makes sense of what was stored; a change of an item that nobody knows is passed over.
 * @param {string} text
 * @returns {Logged}
 */
export function readLog(text) {
  /** @type {Map<number, Item>} */
  const items = new Map()
  /** @type {Set<string>} */
  const copies = new Set()
  let isPaused = false
  for (const one of text.split('\n')) {
    if (one === '') continue
    const [kind, number, ...rest] = JSON.parse(one)
    if (kind === 's') {
      items.clear()
      copies.clear()
      isPaused = false
    } else if (kind === 'p') isPaused = number === 1
    else if (kind === 'n') copies.add(number)
    else if (kind === 'a') {
      const item = addedItem(number, rest)
      items.set(number, item)
      if (item.kept !== undefined) copies.delete(item.kept)
    } else if (kind === 'x') {
      const { kept } = items.get(number) ?? {}
      if (kept !== undefined) copies.add(kept)
      items.delete(number)
    } else {
      const item = items.get(number)
      if (item) change(item, kind, rest)
    }
  }
  return { items: Array.from(items.values()), copies: Array.from(copies), isPaused }
}

/**
 * @param {number} number
 * @param {any[]} rest
 */
function addedItem(number, [id, path, target, priority, addedAt, total, more]) {
  const item = new Item(id, path ?? undefined, target, priority, addedAt)
  item.number = number
  item.total = total ?? undefined
  if (more) {
    item.metadata = /** @type {any} */ (restored(more.metadata))
    item.kept = more.kept
    item.digest = more.digest
  }
  return item
}

/**
 * @param {Item} item
 * @param {string} kind
 * @param {any[]} rest
 */
function change(item, kind, [first, second, third]) {
  switch (kind) {
    case 'k':
      item.resume = restored(first)
      return
    case 'r':
      item.state = 'running'
      item.attempts = first
      return
    case 'w':
      item.state = 'waiting'
      item.attempts = first
      item.dueAt = second
      item.error = third && restoredError(third)
      return
    case 'd':
      item.state = 'done'
      item.error = undefined
      item.result = restored(first)
      return
    case 'f':
      item.state = 'failed'
      item.error = restoredError(first)
      return
    default:
      item.state = 'cancelled'
  }
}

/** @param {StorageError} error */
function storedError({ code, message, retryable, status }) {
  return [code, message, retryable, status]
}

/** @param {any[]} stored */
function restoredError([code, message, retryable, status]) {
  return new StorageError(code, message, { retryable, status: status ?? undefined })
}
