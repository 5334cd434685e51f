// What the journal comes to, and how its synchronisation, its uploads and its room stand.
const { ago, changeWords, syncWords, uploadWords } = require('../../words')

Page({
  data: {
    footprint: { entries: 0, places: 0, photos: 0, letters: 0 },
    sync: { text: '', tone: 'calm', last: '', pending: [] },
    queue: { isPaused: false, items: [], hasFailed: false },
    room: { used: 0, limit: 0, share: 0, removed: null }
  },

  async onLoad() {
    this.journal = await getApp().journal()
    this.unfollow = this.journal.follow(() => this.read())
    await this.read()
  },

  async onShow() {
    if (this.journal) await this.read()
  },

  onUnload() {
    if (this.unfollow) this.unfollow()
  },

  async read() {
    const { sync, uploads, storage } = this.journal.stash
    const { lastSyncTime } = sync.status
    const items = uploads.list().filter(({ state }) => state !== 'done' && state !== 'cancelled')
      .map(({ id, cloudPath }) => Object.assign({ id }, this.journal.photo(cloudPath)))
      .map(photo => Object.assign({ words: uploadWords(photo) }, photo))
    const { currentSize, limitSize } = storage.getInfoSync()
    const share = Math.max(1, Math.round(currentSize / limitSize * 100))
    this.setData({
      queue: { isPaused: uploads.isPaused, items, hasFailed: items.some(({ state }) => state === 'failed') },
      room: Object.assign({}, this.data.room, { used: currentSize, limit: limitSize, share })
    })
    const [footprint, pending] = await Promise.all([this.journal.footprint(), sync.pendingChanges()])
    this.setData({
      footprint,
      sync: Object.assign(syncWords(sync.status), {
        last: lastSyncTime === undefined ? '还没有同步过' : `上次 ${ago(Date.now() - lastSyncTime)}`,
        pending: pending.slice(0, 5).map(change => ({ id: change.id, words: changeWords(change) }))
      })
    })
  },

  async synchronise() {
    await this.journal.stash.sync.syncData().catch(() => {})
    await this.read()
  },

  async pauseOrResume() {
    const { uploads } = this.journal.stash
    if (uploads.isPaused) uploads.resume()
    else uploads.pause()
    await this.read()
  },

  async retry() {
    const { uploads } = this.journal.stash
    // Their ends are heard by `follow`.
    for (const { id } of uploads.list({ state: 'failed' })) uploads.retry(id).catch(() => {})
    await this.read()
  },

  async clean() {
    const removed = this.journal.stash.storage.cleanupSync()
    this.setData({ room: Object.assign({}, this.data.room, { removed }) })
    await this.read()
  }
})
