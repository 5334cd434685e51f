// The room: what is used, what there is, and whether more would fit.
Page({
  data: { keys: 0, used: 0, limit: 0, fits: true, removed: null },

  async onLoad() {
    this.storage = await getApp().storage()
    this.read()
  },

  read() {
    const { keys, currentSize, limitSize } = this.storage.getInfoSync()
    const fits = this.storage.willFitSync('large', 'x'.repeat(1024 * 1024))
    this.setData({ keys: keys.length, used: currentSize, limit: limitSize, fits })
  },

  clean() {
    this.setData({ removed: this.storage.cleanupSync() })
    this.read()
  }
})
