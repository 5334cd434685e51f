// @ts-check
/** What the app stores and how: notes in a namespace of one IndexedDB, shared by all tabs of the browser. */

import { browserIndexedDb, open } from 'ministash'

/**
 * @typedef {object} Note
 * @property {string} title
 * @property {string} text
 * @property {Date} editedAt Stored as a Date, and a Date when it is read.
 */

/** How long a note may live; '' for ever. */
export const LIVES = Object.freeze(/** @type {const} */ (['', '1h', '1d', '7d']))

/** Opens the store of the app. */
export async function openNotes() {
  const stash = await open({ host: browserIndexedDb({ name: 'slips' }) })
  const notes = stash.storage.namespace('notes')
  return {
    /** The error WIPED if the browser has deleted everything since the last time. */
    wiped: stash.wiped,

    /** Every note, the youngest first, with what is known of its record. */
    async list() {
      const all = /** @type {[string, Note][]} */ (await notes.entries())
      const metas = await Promise.all(all.map(([id]) => notes.getMeta(id)))
      return all.map(([id, note], at) => ({ id, note, expiresAt: expiryOf(metas[at]) }))
        .sort((one, other) => Number(other.note.editedAt) - Number(one.note.editedAt))
    },

    /** One note with the version that `save` expects, if it is there. @param {string} id */
    async read(id) {
      const note = /** @type {Note | undefined} */ (await notes.get(id))
      const meta = await notes.getMeta(id)
      if (note === undefined || !meta || meta.native) return undefined
      return { id, note, version: meta.version, expiresAt: expiryOf(meta) }
    },

    /**
     * Stores a note, unless another tab has changed it meanwhile: that is CONFLICT, and nothing is lost.
     * @param {string} id
     * @param {{ title: string, text: string }} words
     * @param {{ ttl: string, version?: number }} how Version 0: it is not there yet; none: over anything.
     */
    save: (id, words, { ttl, version }) => notes.set(id, { ...words, editedAt: new Date() },
      { ttl: /** @type {import('ministash').Ttl | null} */ (ttl === '' ? null : ttl), ifVersion: version }),

    /** @param {string} id */
    remove: id => notes.remove(id),

    /** Hears of every change, of this tab and of others. @param {import('ministash').Listener} listener */
    watch: listener => notes.watch({ prefix: '' }, listener),

    /** What is stored, and how much room there is. */
    async info() {
      return { ...await notes.getInfo(), hostCalls: stash.hostCalls }
    },

    /** Asks the browser to keep the data when room runs short. */
    keep: () => navigator.storage.persist(),
  }
}

/** @param {import('ministash').Meta | undefined} meta */
function expiryOf(meta) {
  return meta && !meta.native ? meta.expiresAt : undefined
}
/* global navigator -- of browsers */
