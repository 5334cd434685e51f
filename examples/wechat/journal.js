// The journal: what is stored where. It is all that the pages know of MiniStash.
const { server } = require('./config')

/** What was typed and not saved is kept so long. */
const DRAFT_TTL = '1d'

function journalOf(stash) {
  const { cache, http, storage, sync, uploads } = stash
  // Entries are synchronised. Where a photo lies on this device concerns nobody else, and drafts neither.
  const entries = storage.namespace('journal')
  const photos = storage.namespace('photos')
  const drafts = storage.namespace('drafts')

  // The value and the note that it is to be sent are one commit. Others see only the fields that changed.
  const write = (id, fields) => sync.addPendingChangeSync({ type: 'update', key: id, data: fields })

  // What was counted is counted again when an entry changes, here or on another device.
  entries.watch({ prefix: '' }, () => cache.deleteByTag('entries'))

  const uploadOf = name => uploads.list().find(({ cloudPath }) => cloudPath === name)

  const journal = {
    stash,

    /** Every entry, the youngest first. */
    list: () => entries.entriesSync({ reverse: true }).map(([id, entry]) => Object.assign({ id }, entry)),

    /** A name for an entry; names are in the order of time. */
    freshId: () => `${Date.now()}-${letters()}`,

    /** An entry as it is stored, and what was typed since, if it was not saved. */
    read: id => ({ entry: entries.getSync(id), draft: drafts.getSync(id) }),

    /** Keeps what is being typed. */
    keepDraft: (id, fields) => drafts.setSync(id, fields, { ttl: DRAFT_TTL }),

    save(id, fields) {
      write(id, entries.hasSync(id) ? fields : Object.assign({ photos: [] }, fields))
      drafts.removeSync(id)
    },

    remove(id) {
      const entry = entries.getSync(id)
      if (entry) entry.photos.forEach(dropPhoto)
      sync.addPendingChangeSync({ type: 'delete', key: id })
      drafts.removeSync(id)
    },

    /** Takes a photo in: it is there at once, and uploaded one day, by a later run if need be. */
    async addPhoto(id, temporary) {
      const [, ending = 'jpg'] = /\.(png|webp)$/.exec(temporary) || []
      const name = `${Date.now()}-${letters()}.${ending}`
      // Temporary files go when WeChat wants.
      const path = `${wx.env.USER_DATA_PATH}/${name}`
      await copyFile(temporary, path)
      photos.setSync(name, path)
      const entry = entries.getSync(id)
      write(id, { photos: (entry ? entry.photos : []).concat(name) })
      // Its end is heard by `follow`, also of a photo that an earlier run began with.
      uploads.uploadFile(path, name).catch(() => {})
    },

    /** A photo: from this device if it was taken here, else from the server; and how far its upload is. */
    photo(name) {
      const upload = uploadOf(name)
      const state = upload ? upload.state : 'done'
      return {
        name,
        src: photos.getSync(name, `${server}/photos/${name}`),
        state,
        percent: state === 'done' ? 100 : percentOf(upload.progress)
      }
    },

    /** The guide, and where it came from; `isAsked`: the server is asked whether it is still right. */
    async guide({ isAsked = false } = {}) {
      const url = `${server}/guide?lang=zh`
      const { statusCode, data, header, fromCache, age } =
        await http.request({ url, cache: isAsked ? 'no-cache' : 'default' })
      if (statusCode !== 200) throw new Error(`服务器回答 ${statusCode}`)
      const isConfirmed = /fwd-status=304/.test(header['Cache-Status'])
      return { places: data, source: { fromCache, isConfirmed, age } }
    },

    /** What all entries come to: counted once, and kept until one changes. */
    footprint: () => cache.wrap('footprint', () => {
      const all = journal.list()
      return {
        entries: all.length,
        places: new Set(all.map(({ place }) => place).filter(Boolean)).size,
        photos: all.reduce((sum, one) => sum + one.photos.length, 0),
        letters: all.reduce((sum, { text }) => sum + Array.from(text).length, 0)
      }
    }, { tags: ['entries'] }),

    /** Calls back when something of the journal is another than before; returns what ends it. */
    follow(listener) {
      const ends = [entries.watch({ prefix: '' }, listener), sync.on('status', listener),
        uploads.on('added', listener), uploads.on('progress', listener), uploads.onSettled(listener)]
      return () => ends.forEach(end => end())
    }
  }
  return journal

  function dropPhoto(name) {
    const upload = uploadOf(name)
    if (upload) uploads.cancel(upload.id)
    const path = photos.getSync(name)
    photos.removeSync(name)
    if (path) wx.getFileSystemManager().unlink({ filePath: path, fail() {} })
  }
}

function copyFile(srcPath, destPath) {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().copyFile({
      srcPath, destPath, success: resolve, fail: ({ errMsg }) => reject(new Error(errMsg))
    })
  })
}

/** What was sent has not arrived before the server says so. */
const percentOf = ({ bytes, total }) => total > 0 ? Math.min(99, Math.floor(bytes / total * 100)) : 0

/** Two devices may make something in the same millisecond. */
const letters = () => Math.random().toString(36).slice(2, 8)

module.exports = { journalOf }
