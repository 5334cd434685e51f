// @ts-check
/** What is told, in words. */

const STATES = Object.freeze(/** @type {const} */ ({
  idle: ['Synchronised', 'calm'], syncing: ['Synchronising …', 'busy'], offline: ['Offline', 'away'],
  'signed-out': ['Signed out', 'away'], locked: ['Locked', 'away'], failed: ['No server', 'away'],
}))

/** @param {import('ministash').SyncStatus} status */
export function syncWords({ state, pending }) {
  const [text, tone] = STATES[state]
  if (pending === 0) return { text, tone }
  const waiting = `${pending} to send`
  return state === 'idle' ? { text: waiting, tone: 'busy' } : { text: `${text} · ${waiting}`, tone }
}

/** @param {{ state: string, percent: number }} photo */
export function uploadWords({ state, percent }) {
  if (state === 'running') return `Uploading ${percent} %`
  return { waiting: 'Waiting to upload', failed: 'Could not be uploaded' }[state] ?? ''
}

/** How long ago, or until when. @param {number} ms */
export function inWords(ms) {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${Math.max(1, seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}

/** @param {Date} at */
export const day = at => at.toLocaleDateString('en', { month: 'long', day: 'numeric' })

const TINTS = Object.freeze(['#3f7cac, #95d0e8', '#a23b52, #f2a48f', '#d98324, #f6d186', '#243b55, #5f9ea0',
  '#8c5a2b, #e0b973', '#476a3f, #c7d36f'])

/** The colours of a place, always the same ones. @param {string} place */
export function tint(place) {
  const sum = [...place].reduce((all, letter) => all + Number(letter.codePointAt(0)), 0)
  return `linear-gradient(135deg, ${TINTS[sum % TINTS.length]})`
}
