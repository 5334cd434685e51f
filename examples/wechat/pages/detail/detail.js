// One note: its text, and how long it is kept.
const FOREVER = 'forever'

Page({
  data: { note: null, expires: '', terms: ['10s', '1d', FOREVER] },

  async onLoad({ key }) {
    this.key = decodeURIComponent(key)
    this.storage = await getApp().storage()
    // `set`, `remove`, and `expire` when its time is up and somebody looks.
    this.unwatch = this.storage.watch(this.key, () => this.read())
    this.read()
  },

  onUnload() {
    if (this.unwatch) this.unwatch()
  },

  read() {
    const note = this.storage.getSync(this.key, null)
    const meta = this.storage.getMetaSync(this.key)
    const until = meta ? meta.expiresAt : undefined
    this.setData({ note, expires: until ? `Kept until ${new Date(until).toLocaleString()}` : 'Kept for ever' })
  },

  save(event) {
    const text = event.detail.value
    // A change of the text leaves the time as it is. What is gone stays gone.
    if (this.storage.hasSync(this.key)) {
      this.storage.updateSync(this.key, note => Object.assign({}, note, { text }))
    }
  },

  keep(event) {
    const { term } = event.currentTarget.dataset
    const note = this.storage.getSync(this.key, null)
    if (note) this.storage.setSync(this.key, note, term === FOREVER ? {} : { ttl: term })
  }
})
