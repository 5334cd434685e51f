// The list: it is read once, and again whenever a note changes, by whichever page.
const PREFIX = 'note/'

Page({
  data: { text: '', notes: [] },

  async onLoad() {
    this.storage = await getApp().storage()
    // What was typed last time and not added; it is kept for a day.
    this.setData({ text: this.storage.getSync('draft', '') })
    this.unwatch = this.storage.watch({ prefix: PREFIX }, () => this.read())
    this.read()
  },

  onShow() {
    // A note may have expired meanwhile.
    if (this.storage) this.read()
  },

  onUnload() {
    if (this.unwatch) this.unwatch()
  },

  read() {
    const notes = this.storage.entriesSync({ prefix: PREFIX, reverse: true })
      .map(([key, note]) => ({ key, text: note.text }))
    this.setData({ notes })
  },

  type(event) {
    this.setData({ text: event.detail.value })
    this.storage.setSync('draft', event.detail.value, { ttl: '1d' })
  },

  add() {
    const text = this.data.text.trim()
    if (text === '') return
    // Plain objects lie in WeChat's storage as themselves: wx.getStorageSync(key) reads the same note.
    this.storage.setSync(`${PREFIX}${Date.now()}`, { text, at: Date.now() })
    this.storage.removeSync('draft')
    this.setData({ text: '' })
  },

  remove(event) {
    this.storage.removeSync(event.currentTarget.dataset.key)
  },

  show(event) {
    wx.navigateTo({ url: `/pages/detail/detail?key=${encodeURIComponent(event.currentTarget.dataset.key)}` })
  },

  info() {
    wx.navigateTo({ url: '/pages/info/info' })
  }
})
