// The guide: the HTTP cache gives it at once for a minute, then asks the server whether it is still right.
const { ago } = require('../../words')

Page({
  data: { places: [], source: '', error: '' },

  async onLoad() {
    this.journal = await getApp().journal()
    await this.read()
  },

  async onShow() {
    if (this.journal) await this.read()
  },

  async onPullDownRefresh() {
    await this.read({ isAsked: true })
    wx.stopPullDownRefresh()
  },

  async read(how) {
    try {
      const { places, source } = await this.journal.guide(how)
      this.setData({ places, error: '', source: sourceWords(source) })
    } catch (error) {
      this.setData({ error: error.remedy ? '没有网络，这里也还没有缓存' : error.message })
    }
  }
})

function sourceWords({ fromCache, isConfirmed, age }) {
  if (!fromCache) return '刚从服务器取得'
  return isConfirmed ? '服务器说没有变化' : `来自缓存 · ${ago(age)}`
}
