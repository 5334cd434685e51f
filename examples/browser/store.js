// @ts-check
/** What the app stores and how: a journal in one IndexedDB, shared by all tabs, synchronised with others. */

import { StorageError, browserIndexedDb, open, rest } from 'ministash'
import { photoTransport, photosOf } from './photos.js'

/* global location, navigator -- of pages */

/**
 * @typedef {object} Entry
 * @property {string} title
 * @property {string} place
 * @property {string} text
 * @property {Date} writtenAt Stored as a Date, and a Date when it is read, on every device.
 * @property {string[]} photos Their names.
 */

/** @typedef {Pick<Entry, 'title' | 'place' | 'text'>} Words */
/** @typedef {Awaited<ReturnType<typeof openJournal>>} Journal */

/** What was typed and not saved is kept so long. */
const DRAFT_TTL = '1d'
/** The namespace of the bytes of photos. */
const PHOTOS = 'photos'

const urlOf = (/** @type {string} */ place) => new URL(place, location.href).href

/** Opens the store of the app. */
export async function openJournal() {
  /** @type {import('ministash').Stash<false>} */
  const stash = await open({
    host: browserIndexedDb({ name: 'slips' }),
    cache: { persist: true },
    // Without a network, or if the server fails, an old guide is better than none.
    http: { staleIfError: '30d', staleIfOffline: '30d' },
    // A photo is tried for hours: the server may be away, and so may the person.
    uploads: {
      transport: photoTransport(() => stash.storage.namespace(PHOTOS)), retry: { attempts: 100, cap: '5m' },
    },
    sync: {
      transport: rest({ url: urlOf('sync') }), namespace: 'journal', conflict: 'merge', interval: '15s',
    },
  })
  const { cache, http, storage, sync, uploads } = stash
  const entries = storage.namespace('journal')
  const drafts = storage.namespace('drafts')
  const photos = photosOf(storage.namespace(PHOTOS), uploads)
  // What was counted is counted again when an entry changes, here, in another tab or on another device.
  entries.watch({ prefix: '' }, () => { cache.deleteByTag('entries') })
  sync.start()

  /** Every entry, the youngest first. @returns {Promise<(Entry & { id: string })[]>} */
  const list = async () => {
    const all = /** @type {[string, Entry][]} */ (await entries.entries({ reverse: true }))
    return all.map(([id, entry]) => ({ id, ...entry }))
  }
  // Readers see it at once, and the note that it is to be sent is in the same commit.
  const write = (/** @type {string} */ key, /** @type {object} */ data) =>
    sync.addPendingChange({ type: 'update', key, data })

  return {
    stash, list, photos,

    /** A name for an entry; names are in the order of time. */
    freshId: () => `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,

    /** An entry with the version that `save` expects, and what was typed since. @param {string} id */
    async read(id) {
      const entry = /** @type {Entry | undefined} */ (await entries.get(id))
      const meta = await entries.getMeta(id)
      return { entry, draft: await drafts.get(id), version: meta && !meta.native ? meta.version : 0 }
    },

    /** Keeps what is being typed. @param {string} id @param {Words} words */
    keepDraft: (id, words) => drafts.set(id, words, { ttl: DRAFT_TTL }),

    /**
     * Stores an entry, unless another tab has changed it meanwhile: that is CONFLICT, and nothing is lost.
     * @param {string} id
     * @param {Words} words
     * @param {number} [version] 0: it is not there yet; none: over anything.
     */
    save: (id, words, version) => entries.lock(id, async () => {
      const meta = await entries.getMeta(id)
      const found = meta && !meta.native ? meta.version : 0
      if (version !== undefined && version !== found) {
        throw new StorageError('CONFLICT', 'another tab has changed the entry', { key: id })
      }
      await write(id, meta ? words : { photos: [], writtenAt: new Date(), ...words })
      await drafts.remove(id)
    }),

    /** @param {string} id @param {Blob} blob */
    async addPhoto(id, blob) {
      const name = await photos.take(blob)
      const entry = /** @type {Entry} */ (await entries.get(id))
      await write(id, { photos: [...entry.photos, name] })
    },

    /** @param {string} id */
    async remove(id) {
      const entry = /** @type {Entry | undefined} */ (await entries.get(id))
      for (const name of entry?.photos ?? []) await photos.drop(name)
      await sync.addPendingChange({ type: 'delete', key: id })
      await drafts.remove(id)
    },

    /** The guide, and where it came from. @param {{ isAsked?: boolean }} [how] The server is asked anew. */
    async guide({ isAsked = false } = {}) {
      const { statusCode, data, header, fromCache, age } =
        await http.request({ url: urlOf('guide?lang=en'), cache: isAsked ? 'no-cache' : 'default' })
      if (statusCode !== 200) throw new Error(`the server answered ${statusCode}`)
      const isConfirmed = /fwd-status=304/.test(header['Cache-Status'] ?? '')
      return { places: data, fromCache, age, isConfirmed }
    },

    /** What all entries come to: counted once, and kept until one changes. */
    footprint: () => cache.wrap('footprint', async () => {
      const all = await list()
      return {
        entries: all.length,
        places: new Set(all.map(({ place }) => place).filter(Boolean)).size,
        photos: all.reduce((sum, entry) => sum + entry.photos.length, 0),
      }
    }, { tags: ['entries'] }),

    /** What is stored, and how much room there is. */
    info: async () => ({ ...await storage.getInfo(), hostCalls: stash.hostCalls }),

    /** Asks the browser to keep the data when room runs short. */
    keep: () => navigator.storage.persist(),

    /**
     * Hears of whatever changes; of an entry by its key.
     * @param {(event: { key?: string }) => void} listener
     */
    follow(listener) {
      const told = () => listener({})
      entries.watch({ prefix: '' }, listener)
      sync.on('status', told)
      for (const event of /** @type {const} */ (['added', 'progress'])) uploads.on(event, told)
      uploads.onSettled(told)
    },
  }
}
