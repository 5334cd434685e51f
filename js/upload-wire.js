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
  const { id, file, target, priority, addedAt, metadata, kept, digest, progress } = item
  const more = metadata === undefined && kept === undefined && digest === undefined ? undefined
    : { metadata: metadata && stored(metadata), kept, digest }
  // Bytes are not stored: a process that ends takes them along.
  const path = typeof file === 'string' ? file : null
  const row = ['a', id, path, target, priority, addedAt, progress.total ?? null]
  return line(more ? [...row, more] : row)
}

/**
 * @param {string} id
 * @param {number} attempts
 */
export const runningLine = (id, attempts) => `["r","${id}",${attempts}]\n`

/**
 * @param {string} id
 * @param {number} attempts
 * @param {number} due
 * @param {StorageError | undefined} error
 */
export const waitingLine = (id, attempts, due, error) =>
  line(['w', id, attempts, due, error && storedError(error)])

/**
 * @param {string} id
 * @param {unknown} result
 */
export function doneLine(id, result) {
  if (result === undefined) return `["d","${id}"]\n`
  let pair
  try {
    pair = stored(result)
  } catch {
    // What cannot be stored has arrived all the same: this process gives it out, a later one cannot.
  }
  return line(['d', id, pair])
}

/**
 * @param {string} id
 * @param {StorageError} error
 */
export const failedLine = (id, error) => line(['f', id, storedError(error)])

/** @param {string} id */
export const cancelledLine = id => `["c","${id}"]\n`

/** @param {string} id */
export const forgottenLine = id => `["x","${id}"]\n`

/**
 * @param {string} id
 * @param {unknown} resume
 */
export const keptLine = (id, resume) => line(['k', id, stored(resume)])

/**
 * All of an item, as if it had just happened.
 * @param {Item} item
 */
export function itemLines(item) {
  const { id, state, attempts, dueAt, error, resume } = item
  const lines = [addedLine(item)]
  if (resume !== undefined && state !== 'done') lines.push(keptLine(id, resume))
  if (state === 'running') lines.push(runningLine(id, attempts))
  else if (attempts > 0 || error) lines.push(waitingLine(id, attempts, dueAt, error))
  if (state === 'done') lines.push(doneLine(id, item.result))
  else if (state === 'failed' && error) lines.push(failedLine(id, error))
  else if (state === 'cancelled') lines.push(cancelledLine(id))
  return lines.join('')
}

/**
 * Makes the items of what was stored; a change of an item that nobody knows is passed over.
 * @param {string} text
 * @returns {Map<string, Item>}
 */
export function readItems(text) {
  /** @type {Map<string, Item>} */
  const items = new Map()
  for (const one of text.split('\n')) {
    if (one === '') continue
    const [kind, id, ...rest] = JSON.parse(one)
    if (kind === 's') items.clear()
    else if (kind === 'a') items.set(id, addedItem(id, rest))
    else if (kind === 'x') items.delete(id)
    else {
      const item = items.get(id)
      if (item) change(item, kind, rest)
    }
  }
  return items
}

/**
 * @param {string} id
 * @param {any[]} rest
 */
function addedItem(id, [path, target, priority, addedAt, total, more]) {
  const item = new Item(id, path ?? undefined, target, priority, addedAt)
  item.progress.total = total ?? undefined
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
