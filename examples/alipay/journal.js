// The journal: what is stored where. It is all that the pages know of MiniStash.
const { server } = require('./config')

/** What was typed and not saved is kept so long. */
const DRAFT_TTL = '1d'

function journalOf(stash) {
  const { http, storage, sync } = stash
  // Entries are synchronised, drafts concern nobody else.
  const entries = storage.namespace('journal')
  const drafts = storage.namespace('drafts')

  return {
    stash,

    /** Every entry, the youngest first. */
    list: () => entries.entriesSync({ reverse: true }).map(([id, entry]) => Object.assign({ id }, entry)),

    /** A name for an entry; names are in the order of time. */
    freshId: () => `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,

    /** An entry as it is stored, and what was typed since, if it was not saved. */
    read: id => ({ entry: entries.getSync(id), draft: drafts.getSync(id) }),

    /** Keeps what is being typed. */
    keepDraft: (id, fields) => drafts.setSync(id, fields, { ttl: DRAFT_TTL }),

    /** The value and the note that it is to be sent are one commit. */
    save(id, fields) {
      const data = entries.hasSync(id) ? fields : Object.assign({ photos: [], at: Date.now() }, fields)
      sync.addPendingChangeSync({ type: 'update', key: id, data })
      drafts.removeSync(id)
    },

    remove(id) {
      sync.addPendingChangeSync({ type: 'delete', key: id })
      drafts.removeSync(id)
    },

    /** The guide, and whether it came from the cache; `isAsked`: the server is asked anew. */
    async guide({ isAsked = false } = {}) {
      const url = `${server}/guide?lang=zh`
      const { data, fromCache } = await http.request({ url, cache: isAsked ? 'no-cache' : 'default' })
      return { places: data, fromCache }
    },

    /** Calls back when something of the journal is another than before; returns what ends it. */
    follow(listener) {
      const ends = [entries.watch({ prefix: '' }, listener), sync.on('status', listener)]
      return () => ends.forEach(end => end())
    }
  }
}

module.exports = { journalOf }
