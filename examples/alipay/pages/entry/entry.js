// One entry: what is typed is kept at once, what is saved goes to the other devices.
const FIELDS = ['title', 'place', 'text']

Page({
  data: { title: '', place: '', text: '', isStored: false, isDraft: false },

  async onLoad({ id }) {
    this.id = id
    this.journal = await getApp().journal()
    const { entry, draft } = this.journal.read(id)
    const isDraft = draft !== undefined
    this.setData(Object.assign({ isStored: entry !== undefined, isDraft }, pick(entry), pick(draft)))
  },

  type(event) {
    this.setData({ [event.currentTarget.dataset.field]: event.detail.value, isDraft: true })
    this.journal.keepDraft(this.id, pick(this.data))
  },

  save() {
    this.journal.save(this.id, pick(this.data))
    my.navigateBack()
  },

  remove() {
    my.confirm({
      title: '删除这篇手记？', content: '其他设备上的也会删除。', confirmButtonText: '删除',
      success: ({ confirm }) => {
        if (!confirm) return
        this.journal.remove(this.id)
        my.navigateBack()
      }
    })
  }
})

function pick(from) {
  const picked = {}
  for (const field of FIELDS) if (from && from[field] !== undefined) picked[field] = from[field]
  return picked
}
