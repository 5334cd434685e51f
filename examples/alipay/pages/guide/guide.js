// The guide: the HTTP cache gives it at once for a minute, then asks the server whether it is still right.
Page({
  data: { places: [], source: '' },

  async onLoad() {
    await this.read()
  },

  async onPullDownRefresh() {
    await this.read({ isAsked: true })
    my.stopPullDownRefresh()
  },

  async read(how) {
    const journal = await getApp().journal()
    try {
      const { places, fromCache } = await journal.guide(how)
      this.setData({ places, source: fromCache ? '来自缓存，下拉向服务器确认' : '刚从服务器取得' })
    } catch {
      this.setData({ source: '没有网络，这里也还没有缓存' })
    }
  }
})
