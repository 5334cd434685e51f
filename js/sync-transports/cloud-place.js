// @ts-check
/**
 * The place in a collection that is read by the time at which its documents changed. A write gets its time
 * before others see it, so whoever reads up to the newest may not have seen what is a little older. How long
 * that takes is bounded by `overlap`: a sweep from the oldest to the newest has seen for certain what changed
 * so long before it began, and the next one begins there.
 */

/**
 * @typedef {object} Place
 * @property {number} at The time of the last document that was read, by the server's clock.
 * @property {string} id Its id; '' if the documents of that time are to be read, too.
 * @property {number} offset How far the server's clock is ahead of the device's at least: no document is of a
 *   time that the server has not reached.
 * @property {number} began When the sweep began, by the device's clock; 0 between two sweeps.
 */

const CURSOR = /^1;([^;]+);(\d{1,15});(-?\d{1,15});(\d{1,15});([\s\S]*)$/
/** Less than any. */
const NO_OFFSET = -999_999_999_999_999

/**
 * @param {string} cursor
 * @param {string} collection
 * @returns {Place | undefined} Nothing if it is none of this collection.
 */
export function placeOf(cursor, collection) {
  if (cursor === '') return { at: 0, id: '', offset: NO_OFFSET, began: 0 }
  const [, name, at, offset, began, id] = CURSOR.exec(cursor) ?? []
  if (id === undefined || name !== collection) return undefined
  return { at: Number(at), id, offset: Number(offset), began: Number(began) }
}

/**
 * @param {Place} place
 * @param {string} collection
 */
export function cursorOf({ at, id, offset, began }, collection) {
  return `1;${collection};${at};${offset};${began};${id}`
}

/**
 * Goes on behind a document.
 * @param {Place} place
 * @param {{ at: number, id: string }} document
 * @param {number} now When it was read, by the device's clock.
 */
export function advance(place, { at, id }, now) {
  place.at = at
  place.id = id
  place.offset = Math.max(place.offset, at - Math.ceil(now))
}

/**
 * Ends a sweep: the next one begins before what may not have been seen.
 * @param {Place} place
 * @param {number} overlapMs
 */
export function endSweep(place, overlapMs) {
  const seenUpTo = place.began + place.offset - overlapMs
  place.began = 0
  if (seenUpTo >= place.at) return
  place.at = Math.max(0, seenUpTo)
  place.id = ''
}
