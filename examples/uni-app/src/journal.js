// The journal: one stash for the whole app, and what is stored in it. Pages know nothing else of MiniStash.
// A mini-program has its own build of MiniStash; for H5 it is `ministash`, without `wasm`.
import { open, rest } from 'ministash/miniprogram'

/** Where the server of the journal is; see the README. Without one everything works, and changes wait. */
const SERVER = 'http://127.0.0.1:8788'

async function openJournal() {
  const stash = await open({
    // vite.config.js puts it there.
    wasm: '/static/core.wasm.br',
    sync: { transport: rest({ url: `${SERVER}/sync` }), namespace: 'journal', conflict: 'merge' }
  })
  const entries = stash.storage.namespace('journal')
  stash.sync.start()
  return {
    stash,

    /** Every entry, the youngest first. */
    list: () => entries.entriesSync({ reverse: true }).map(([id, entry]) => Object.assign({ id }, entry)),

    /** The value and the note that it is to be sent are one commit. */
    add: text => stash.sync.addPendingChangeSync({
      type: 'create', key: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,
      data: { title: text, place: '', text: '', photos: [], at: Date.now() }
    }),

    remove: id => stash.sync.addPendingChangeSync({ type: 'delete', key: id }),

    /** What is typed and not added is kept for a day. */
    draft: () => stash.storage.getSync('draft', ''),
    keepDraft(text) {
      if (text === '') stash.storage.removeSync('draft')
      else stash.storage.setSync('draft', text, { ttl: '1d' })
    },

    /** Calls back when an entry or the status is another one; returns what ends it. */
    follow(listener) {
      const ends = [entries.watch({ prefix: '' }, listener), stash.sync.on('status', listener)]
      return () => ends.forEach(end => end())
    }
  }
}

/** @type {ReturnType<typeof openJournal> | undefined} */
let opening

/** The journal; opened once, whoever asks first. */
export function journal() {
  opening = opening || openJournal()
  return opening
}
