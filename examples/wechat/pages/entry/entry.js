// One entry: what is typed is kept at once, what is saved goes to the other devices, photos follow.
const { uploadWords } = require('../../words')

const FIELDS = ['title', 'place', 'text']

Page({
  data: { title: '', place: '', text: '', photos: [], isStored: false, isDraft: false },

  async onLoad({ id }) {
    this.id = id
    this.journal = await getApp().journal()
    const { entry, draft } = this.journal.read(id)
    this.setData(Object.assign({ isDraft: draft !== undefined }, pick(entry), pick(draft)))
    this.unfollow = this.journal.follow(() => this.follow())
    this.follow()
  },

  onUnload() {
    if (this.unfollow) this.unfollow()
  },

  /** Shows what changed, but for the words of somebody who is typing. */
  follow() {
    const { entry } = this.journal.read(this.id)
    const photos = (entry ? entry.photos : []).map(name => this.journal.photo(name))
      .map(photo => Object.assign({ words: photo.state === 'done' ? '' : uploadWords(photo) }, photo))
    const shown = this.data.isDraft ? {} : pick(entry)
    this.setData(Object.assign({ photos, isStored: entry !== undefined }, shown))
  },

  type(event) {
    this.setData({ [event.currentTarget.dataset.field]: event.detail.value, isDraft: true })
    this.journal.keepDraft(this.id, pick(this.data))
  },

  save() {
    const { entry } = this.journal.read(this.id)
    this.journal.save(this.id, Object.assign(pick(this.data), entry ? {} : { at: Date.now() }))
    this.setData({ isDraft: false, isStored: true })
  },

  done() {
    this.save()
    wx.navigateBack()
  },

  async addPhoto() {
    const chosen = await choose().catch(() => [])
    if (chosen.length === 0) return
    this.save()
    try {
      for (const path of chosen) await this.journal.addPhoto(this.id, path)
    } catch (error) {
      wx.showModal({ title: '照片没有存下来', content: error.message, showCancel: false })
    }
  },

  show(event) {
    const { src } = event.currentTarget.dataset
    wx.previewImage({ current: src, urls: this.data.photos.map(photo => photo.src) })
  },

  remove() {
    wx.showModal({
      title: '删除这篇手记？', content: '其他设备上的也会删除。', confirmText: '删除', confirmColor: '#b3402a',
      success: ({ confirm }) => {
        if (!confirm) return
        this.journal.remove(this.id)
        wx.navigateBack()
      }
    })
  }
})

function pick(from) {
  const picked = {}
  for (const field of FIELDS) if (from && from[field] !== undefined) picked[field] = from[field]
  return picked
}

function choose() {
  return new Promise((resolve, reject) => {
    wx.chooseMedia({
      count: 9, mediaType: ['image'], sizeType: ['compressed'], fail: reject,
      success: ({ tempFiles }) => resolve(tempFiles.map(({ tempFilePath }) => tempFilePath))
    })
  })
}
