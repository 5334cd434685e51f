// Every entry. It is read once, and again whenever something changes, on whichever page or device.
const STATES = {
  idle: '已同步', syncing: '同步中…', offline: '没有网络', 'signed-out': '需要登录', locked: '已锁定',
  failed: '连不上服务器'
}

Page({
  data: { isOpen: false, entries: [], status: '' },

  async onLoad() {
    this.journal = await getApp().journal()
    this.unfollow = this.journal.follow(() => this.read())
    this.read()
  },

  onUnload() {
    if (this.unfollow) this.unfollow()
  },

  read() {
    const { state, pending } = this.journal.stash.sync.status
    const status = pending === 0 ? STATES[state] : `${STATES[state]} · ${pending} 处待同步`
    this.setData({ isOpen: true, entries: this.journal.list(), status })
  },

  async onPullDownRefresh() {
    // What fails is told by the status, and tried again by itself.
    await this.journal.stash.sync.syncData().catch(() => {})
    my.stopPullDownRefresh()
  },

  open(event) {
    my.navigateTo({ url: `/pages/entry/entry?id=${event.currentTarget.dataset.id}` })
  },

  write() {
    my.navigateTo({ url: `/pages/entry/entry?id=${this.journal.freshId()}` })
  }
})
