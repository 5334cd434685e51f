// @ts-check
/**
 * A cursor: the epoch of the account, and a place in its feed. One that was begun with an empty cursor
 * carries where the feed ended at that time, until it is past it: tombstones up to there do not concern it,
 * whether they are still here or not.
 */

/** @typedef {{ epoch: string, at: number, begun: number }} Cursor */

const FORM = /^([0-9a-f]{8,32})\.(0|[1-9]\d{0,15})(?:\.([1-9]\d{0,15}))?$/

/** @param {Cursor} cursor */
export function cursorText({ epoch, at, begun }) {
  return begun > at ? `${epoch}.${at}.${begun}` : `${epoch}.${at}`
}

/**
 * @param {string} text
 * @returns {Cursor | undefined} Undefined for what was not made here.
 */
export function parseCursor(text) {
  const [, epoch, at, begun] = FORM.exec(text) ?? []
  return epoch === undefined ? undefined : { epoch, at: Number(at), begun: Number(begun ?? 0) }
}

/**
 * Whether what comes after the cursor is all still known.
 * @param {Cursor} cursor
 * @param {{ epoch: string, seq: number, horizon: number }} account
 */
export function isKnown({ epoch, at, begun }, account) {
  const seen = Math.max(at, begun)
  // A place that was not given out yet is one of a history that a backup did not bring back.
  return epoch === account.epoch && seen <= account.seq && seen >= account.horizon
}
