// Every entry. It is read once, and again whenever something changes, on whichever page or device.
const { day, syncWords, tint, uploadWords } = require('../../words')

Page({
  data: { isOpen: false, entries: [], sync: { text: '', tone: 'calm' } },

  async onLoad() {
    this.journal = await getApp().journal()
    this.unfollow = this.journal.follow(() => this.read())
    this.read()
  },

  onUnload() {
    if (this.unfollow) this.unfollow()
  },

  read() {
    const entries = this.journal.list().map(({ id, title, place, text, photos, at }) => {
      const all = photos.map(name => this.journal.photo(name))
      const waiting = all.find(({ state }) => state !== 'done')
      return {
        id, title, place, text, day: day(at), tint: tint(place), cover: all[0] ? all[0].src : '',
        count: all.length, upload: waiting ? uploadWords(waiting) : ''
      }
    })
    this.setData({ isOpen: true, entries, sync: syncWords(this.journal.stash.sync.status) })
  },

  async synchronise() {
    // What fails is told by the status, and tried again by itself.
    await this.journal.stash.sync.syncData().catch(() => {})
  },

  async onPullDownRefresh() {
    await this.synchronise()
    wx.stopPullDownRefresh()
  },

  open(event) {
    wx.navigateTo({ url: `/pages/entry/entry?id=${event.currentTarget.dataset.id}` })
  },

  write() {
    wx.navigateTo({ url: `/pages/entry/entry?id=${this.journal.freshId()}` })
  }
})
